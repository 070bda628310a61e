from odoo.tests import tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestApiRefunds(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bought = {
            "member": cls.member.code,
            "lines": [
                {"sku": "SHOE", "quantity": 3, "amount": 100},
                {"name": "Hat", "quantity": 1, "amount": 50.5},
                {"name": "Gift", "quantity": 2, "amount": 0},
            ],
            "source": "shop",
            "reference": "sale",
        }
        cls.api.record_purchase(**cls.bought, program=cls.program.id)

    def back(self, *lines, **values):
        return {
            "source": "shop", "reference": self.next_reference(), "original_reference": "sale",
            "lines": list(lines) or None, **values,
        }  # fmt: skip

    def refund(self, *lines, **values):
        return self.call("record_refund", **self.back(*lines, **values))

    def test_all_of_it_takes_all_points_back(self):
        answer = self.refund(reference="back")
        row = self.Transaction.browse(answer["transaction"])
        self.assertEqual(answer, {
            "transaction": row.id, "points": -150, "balance": 0, "tier": None, "duplicate": False,
        })  # fmt: skip
        self.assertEqual((row.type, row.amount, row.reference), ("refund", -150.5, "back"))
        self.assertTrue(row.origin_id.is_refunded)
        self.assertEqual(self.call("get_member", member=self.member.code)["stats"]["amount"], 0)
        self.assertBalanced()

    def test_steps_end_where_one_step_does(self):
        steps = [
            ({"sku": "SHOE", "quantity": 1}, -33.33),
            ({"line": 1, "amount": 6.67}, -6.67),
            ({"line": 1, "quantity": 1}, -30),
            ({"name": "Hat", "amount": 10, "quantity": 1}, -10),
            ({"name": "Gift", "quantity": 1}, 0),
        ]
        points = 0
        for line, amount in steps:
            answer = self.refund(line)
            points += answer["points"]
            self.assertEqual(self.Transaction.browse(answer["transaction"]).amount, amount)
        points += self.refund()["points"]
        self.assertEqual((points, self.points()), (-150, 0))
        self.assertBalanced()

    def test_the_second_delivery_is_answered_as_the_first(self):
        back = self.back({"sku": "SHOE", "quantity": 1})
        first = self.call("record_refund", **back)
        before = self.counts()
        self.assertEqual(self.call("record_refund", **back), {**first, "duplicate": True})
        self.assertEqual(self.counts(), before)
        self.assertRefused(409, "reference: ", "record_refund", **{**back, "lines": [{"sku": "SHOE", "quantity": 2}]})
        self.assertRefused(409, "reference: ", "record_refund", **{**back, "reference": "sale"})

    def test_no_more_than_what_is_left(self):
        self.refund({"line": 1, "quantity": 2})
        for line, start in (
            ({"line": 1, "quantity": 2}, "lines[0].quantity: is 2, and only 1"),
            ({"line": 1, "amount": 33.34}, "lines[0].amount: is 33.34, and only 33.33"),
            ({"name": "Gift", "quantity": 3}, "lines[0].quantity: "),
            ({"name": "Gift", "amount": 1}, "lines[0].amount: "),
        ):
            self.assertRefused(422, start, "record_refund", **self.back(line))
        twice = [{"name": "Hat", "quantity": 1}, {"name": "Hat", "quantity": 1}]
        self.assertRefused(422, "lines[1]: nothing", "record_refund", **self.back(*twice))
        self.refund()
        self.assertRefused(422, "original_reference: nothing", "record_refund", **self.back())

    def test_a_refund_before_its_sale_is_unknown(self):
        for values in ({"original_reference": "later"}, {"source": "till"}):
            self.assertRefused(404, "original_reference: ", "record_refund", **self.back(**values))
        refunded = self.refund({"line": 1}, reference="back")
        self.assertTrue(refunded["points"])
        self.assertRefused(404, "original_reference: ", "record_refund", **self.back(original_reference="back"))

    def test_what_is_refused(self):
        for line, start in (
            ({}, "lines[0]: must name"), ({"line": 1, "sku": "SHOE"}, "lines[0]: must name"), (5, "lines[0]: must be an object"),
            ({"line": 0}, "lines[0].line: "), ({"line": 4}, "lines[0]: there is no such"), ({"line": "1"}, "lines[0].line: "),
            ({"sku": ""}, "lines[0].sku: "), ({"sku": "HAT"}, "lines[0]: there is no such"),
            ({"line": 1, "quantity": 0}, "lines[0].quantity: "), ({"line": 1, "quantity": -1}, "lines[0].quantity: "),
            ({"line": 1, "amount": 0}, "lines[0].amount: "), ({"line": 1, "amount": float("inf")}, "lines[0].amount: "),
            ({"line": 1, "price": 5}, "lines[0].price: is not known"),
        ):  # fmt: skip
            with self.subTest(line=line):
                self.assertRefused(422, start, "record_refund", **self.back(line))
        self.assertRefused(422, "lines: ", "record_refund", **self.back(lines=[]))
        self.assertRefused(422, "date: must not be before", "record_refund", **self.back(date="2020-01-01"))
        self.assertRefused(422, "source: ", "record_refund", **self.back(source="odoo"))

    def test_a_frozen_member_may_give_back(self):
        self.member.state = "frozen"
        self.assertEqual(self.refund()["balance"], 0)

    def test_foreign_money_comes_back_at_the_rate_of_the_purchase(self):
        foreign = self.env["res.currency"].create({"name": "XTS", "symbol": "X", "rounding": 0.01})
        self.env["res.currency.rate"].create([
            {"currency_id": foreign.id, "name": day, "rate": rate, "company_id": self.program.company_id.root_id.id}
            for day, rate in (("2025-01-01", 0.5), ("2025-06-01", 4))
        ])
        self.record(10, 10, currency="XTS", date="2025-05-31", reference="abroad")
        answer = self.refund({"line": 1, "amount": 10}, original_reference="abroad", currency="XTS")
        self.assertEqual(self.Transaction.browse(answer["transaction"]).amount, -20)
        self.assertRefused(
            422, "lines[0].amount: is 22", "record_refund",
            **self.back({"line": 2, "amount": 11}, original_reference="abroad", currency="XTS"),
        )  # fmt: skip

    def test_points_that_are_spent_are_owed(self):
        self.spend(150)
        answer = self.refund()
        self.assertEqual((answer["points"], answer["balance"]), (-150, -150))
        self.assertEqual(self.call("get_member", member=self.member.code)["debt"], 150)
