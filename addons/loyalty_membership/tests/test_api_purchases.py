from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestApiPurchases(ApiCase):
    def row_of(self, answer):
        return self.Transaction.browse(answer["transaction"])

    def test_a_purchase_gives_points(self):
        self.make_tiers(0, 100)
        answer = self.record(99.99, 0.02, reference="p-1")
        row = self.row_of(answer)
        self.assertEqual(answer, {
            "transaction": row.id, "points": 100, "pending": 0, "qualifying_points": 100, "balance": 100,
            "tier": {"code": "T1", "name": "Tier 1"}, "duplicate": False,
        })  # fmt: skip
        self.assertEqual((row.source, row.reference, row.type, row.amount), ("shop", "p-1", "purchase", 100.01))
        self.assertEqual(row.member_id, self.member)
        self.assertBalanced()

    def test_the_second_delivery_is_answered_as_the_first(self):
        purchase = self.purchase(10)
        first = self.call("record_purchase", **purchase)
        before = self.counts()
        again = {**purchase, "lines": [{"amount": 10.0, "quantity": 1.0, "sku": "", "name": None}], "member": "13800138000"}
        self.assertEqual(self.call("record_purchase", **again), {**first, "duplicate": True})
        self.member.state = "frozen"
        self.assertTrue(self.call("record_purchase", **purchase)["duplicate"])
        self.assertEqual(self.counts(), before)

    def test_another_content_under_a_known_reference_is_a_conflict(self):
        purchase = self.purchase(10)
        self.call("record_purchase", **purchase)
        for change in (
            {"lines": [{"quantity": 1, "amount": 11}]}, {"lines": [{"quantity": 2, "amount": 10}]},
            {"member": self.other.code}, {"date": "2025-01-01"},
        ):  # fmt: skip
            self.assertRefused(409, "reference: ", "record_purchase", **{**purchase, **change})
        self.assertRefused(
            409, "reference: ", "record_activity",
            member=self.member.code, activity="visit", source="shop", reference=purchase["reference"],
        )  # fmt: skip
        self.assertFalse(self.record(10, source="till", reference=purchase["reference"])["duplicate"])

    def test_products_and_categories_are_found(self):
        tea = self.env["product.category"].create({
            "name": "Tea",
            "parent_id": self.env["product.category"].search([], limit=1).id,
        })
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Shoes", "points": 2,
            "product_domain": [("id", "=", self.product.id)],
        })  # fmt: skip
        answer = self.record(lines=[
            {"sku": "SHOE", "quantity": 1, "amount": 10},
            {"sku": "HAT", "quantity": 1, "amount": 10},
            {"category": tea.complete_name, "name": "Longjing", "quantity": 2, "amount": 10},
            {"category": "Tea", "quantity": 2, "amount": 10},
            {"category": "Magic", "quantity": 2, "amount": 10},
        ])  # fmt: skip
        self.assertEqual(answer["points"], 50 + 20)
        lines = self.row_of(answer).line_ids.sorted("id")
        self.assertEqual(lines.product_id, self.product)
        self.assertEqual(lines.mapped("sku"), ["SHOE", "HAT", False, False, False])
        self.assertEqual(lines.mapped("name"), [self.product.display_name, False, "Longjing", False, "Magic"])
        self.assertEqual([line.category_id for line in lines[2:4]], [tea, tea])
        self.assertFalse(lines[4].category_id)

    def test_products_that_earn_nothing_earn_nothing_here(self):
        self.product.loyalty_excluded = True
        self.assertEqual(self.record(lines=[{"sku": "SHOE", "quantity": 1, "amount": 10}])["points"], 0)

    def test_a_store_by_name_and_id(self):
        store = self.env["crm.team"].create({"name": "Nanjing Road", "company_id": self.env.company.id})
        for key in (store.id, "Nanjing Road"):
            self.assertEqual(self.row_of(self.record(5, store=key)).team_id, store)
        self.env["crm.team"].create({"name": "Nanjing Road"})
        self.assertRefused(422, "store: several", "record_purchase", **self.purchase(5, store="Nanjing Road"))

    def test_the_day_is_that_of_the_program(self):
        """23:30 on Friday in Shanghai is Friday there, whoever calls and wherever the server stands."""
        friday = self.env["loyalty.weekday"].search([("number", "=", 4)])
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Friday", "weekdays": [(6, 0, friday.ids)],
        })  # fmt: skip
        self.till.tz = "America/New_York"
        for date, points in (
            ("2025-06-06T23:30:00", 20), ("2025-06-07T00:30:00", 10), ("2025-06-06T15:30:00Z", 20),
            ("2025-06-06T16:30:00Z", 10), ("2025-06-06", 20),
        ):  # fmt: skip
            answer = self.record(10, date=date)
            self.assertEqual(answer["points"], points, date)
        self.assertEqual(self.row_of(self.record(1, date="2025-06-06T23:30:00")).date, datetime(2025, 6, 6, 15, 30))

    @freeze_time("2025-06-06 12:00:00")
    def test_the_clock_of_a_till_may_be_five_minutes_fast(self):
        self.assertEqual(self.record(5, date="2025-06-06T12:05:00Z")["points"], 5)
        self.assertRefused(
            422, "date: must not be in the future", "record_purchase", **self.purchase(5, date="2025-06-06T12:06:00Z")
        )

    def test_frozen_closed_and_archived_members_are_refused(self):
        for values, word in (({"state": "frozen"}, "frozen"), ({"state": "closed"}, "closed"), ({"active": False}, "archived")):
            with self.subTest(word=word):
                self.other.write({"state": "active", "active": True} | values)
                message = self.assertRefused(422, "member: ", "record_purchase", **self.purchase(5, member=self.other.code))
                self.assertIn(word, message)
                self.assertRefused(
                    422, "member: ", "simulate_purchase", member=self.other.code, lines=[{"quantity": 1, "amount": 1}]
                )

    def test_what_is_refused(self):
        for wrong, start in (
            ({"member": "nobody"}, "member: "), ({"member": None}, "member: "), ({"member": 13800138000}, "member: "),
            ({"lines": []}, "lines: "), ({"lines": None}, "lines: "), ({"lines": [[]]}, "lines[0]: "),
            ({"lines": [{"quantity": 1, "amount": 1}] * 1001}, "lines: "),
            ({"lines": [{"quantity": 1}]}, "lines[0].amount: "),
            ({"lines": [{"quantity": 1, "amount": 1}, {"quantity": 0, "amount": 1}]}, "lines[1].quantity: "),
            ({"lines": [{"quantity": 0.0001, "amount": 1}]}, "lines[0].quantity: "),
            ({"lines": [{"quantity": 1, "amount": -0.01}]}, "lines[0].amount: "),
            ({"lines": [{"quantity": 1, "amount": float("nan")}]}, "lines[0].amount: "),
            ({"lines": [{"quantity": 1, "amount": 9e11}] * 2}, "lines: "),
            ({"lines": [{"quantity": 1, "amount": 1, "price": 1}]}, "lines[0].price: is not known"),
            ({"lines": [{"quantity": 1, "amount": 1, "sku": "A\x00"}]}, "lines[0].sku: "),
            ({"date": "2999-01-01"}, "date: "), ({"date": 20250101}, "date: "), ({"currency": "XXX"}, "currency: "),
            ({"currency": "RMB¥"}, "currency: "), ({"store": []}, "store: "), ({"source": "sale.order"}, "source: "),
            ({"reference": ""}, "reference: "), ({"reference": "r" * 129}, "reference: "),
        ):  # fmt: skip
            with self.subTest(wrong=str(wrong)[:80]):
                status = 404 if wrong.get("member") == "nobody" else 422
                self.assertRefused(status, start, "record_purchase", **{**self.purchase(5), **wrong})

    def test_any_text_stays_text(self):
        text = "'; DELETE FROM loyalty_member; -- <script>alert(1)</script> %s {0}"
        answer = self.record(
            lines=[{"name": text, "sku": text[:64], "category": text, "quantity": 1, "amount": 1}],
            reference=text,
            source=text[:64],
        )
        row = self.row_of(answer)
        self.assertEqual((row.reference, row.line_ids.name, row.line_ids.sku), (text, text, text[:64]))

    # ------------------------------------------------------------ currencies

    def test_amounts_are_exchanged_at_the_day_of_the_purchase(self):
        own = self.program.currency_id
        foreign = self.env["res.currency"].create({"name": "XTS", "symbol": "X", "rounding": 0.01})
        self.assertRefused(422, "currency: there is no rate", "record_purchase", **self.purchase(5, currency="XTS"))
        company = self.program.company_id.root_id.id
        self.env["res.currency.rate"].create([
            {"currency_id": foreign.id, "name": day, "rate": rate, "company_id": company}
            for day, rate in (("2025-01-01", 0.5), ("2025-06-01", 4))
        ])
        for date, amount in (("2025-05-31", 200.5), ("2025-06-01", 25.06), ("2024-01-01", 200.5)):
            row = self.row_of(self.record(100.25, currency="XTS", date=date))
            self.assertEqual((row.amount, row.currency_id), (amount, own), date)
            expected = foreign._convert(100.25, own, self.program.company_id, fields.Date.to_date(date))
            self.assertAlmostEqual(row.amount, expected, places=2)

    def test_float_noise_is_rounded_away(self):
        self.assertEqual(self.row_of(self.record(0.1 + 0.2)).amount, 0.3)

    # ------------------------------------------------------------ batches

    def test_a_batch_reports_a_wrong_row_and_lets_the_others_land(self):
        known = self.purchase(5)
        self.call("record_purchase", **known)
        self.other.state = "frozen"
        good = self.purchase(10)
        rows = [
            good, known, {**known, "lines": [{"quantity": 9, "amount": 9}]}, self.purchase(5, member="nobody"),
            self.purchase(5, member=self.other.code), self.purchase(-5), self.purchase(5, store="Nowhere"), None,
            self.purchase(5, colour="red"), good, {**good, "date": "2025-01-01"}, self.purchase(5, currency="XXX"),
            self.purchase(7),
        ]  # fmt: skip
        answers = self.call("record_purchases", purchases=rows)
        errors = {
            index: (answer["error"]["status"], answer["error"]["argument"])
            for index, answer in enumerate(answers)
            if "error" in answer
        }
        self.assertEqual(errors, {
            2: (409, "reference"), 3: (404, "member"), 4: (422, "member"), 5: (422, "lines[0].amount"), 6: (422, "store"),
            7: (422, "purchases[7]"), 8: (422, "colour"), 10: (409, "reference"), 11: (422, "currency"),
        })  # fmt: skip
        self.assertEqual([answers[i]["duplicate"] for i in (0, 1, 9, 12)], [False, True, True, False])
        self.assertEqual(answers[0]["transaction"], answers[9]["transaction"])
        self.assertEqual(answers[12]["balance"], 22)
        self.assertEqual(self.points(), 22)
        self.assertBalanced()
        again = self.call("record_purchases", purchases=rows)
        self.assertEqual([{**answer, "duplicate": True} if "error" not in answer else answer for answer in answers], again)

    def test_a_batch_that_is_none_is_refused(self):
        for purchases in ([], {}, "x", None, [self.purchase(1)] * 1001):
            self.assertRefused(422, "purchases: ", "record_purchases", purchases=purchases)

    def test_a_batch_needs_no_more_queries_for_more_rows(self):
        people = [self.person() for _number in range(60)]
        members = [answer["member"] for answer in self.call("enroll_members", members=people)]

        def queries(number):
            rows = [self.purchase(5, member=member, date="2025-06-06") for member in members[:number]]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.call("record_purchases", purchases=rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(60), queries(2) + 2)

    # ------------------------------------------------------------ simulation, activities

    def test_a_simulation_tells_the_same_and_writes_nothing(self):
        lines = [{"sku": "SHOE", "quantity": 2, "amount": 128}]
        before = self.counts()
        answer = self.call("simulate_purchase", member="13800138000", lines=lines)
        self.assertEqual(answer, {
            "points": 128, "qualifying_points": 128,
            "entries": [{"points": 128, "qualifying_points": 128, "explanation": "Purchase: 128.00 × 1"}],
        })  # fmt: skip
        self.assertEqual(self.counts(), before)
        self.assertEqual(self.record(lines=lines)["points"], answer["points"])

    def test_an_activity_gives_its_points_once(self):
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Check-in", "trigger": "activity", "activity_code": "check_in",
            "points_mode": "fixed", "points": 5,
        })  # fmt: skip
        visit = {"member": self.member.code, "activity": "check_in", "source": "app", "reference": "v-1"}
        self.assertEqual(self.call("record_activity", **visit), {"points": 5, "balance": 5, "duplicate": False})
        self.assertEqual(self.call("record_activity", **visit), {"points": 5, "balance": 5, "duplicate": True})
        self.assertRefused(409, "reference: ", "record_activity", **{**visit, "activity": "review"})
        answer = self.call("record_activity", **{**visit, "activity": "unheard_of", "reference": "v-2"})
        self.assertEqual(answer, {"points": 0, "balance": 5, "duplicate": False})
        row = self.Transaction.search([("reference", "=", "v-2"), ("source", "=", "app")])
        self.assertEqual((row.type, row.activity_code, row.amount), ("activity", "unheard_of", 0))

    def test_what_the_program_gives_by_itself_no_caller_gives_again(self):
        for activity in ("joined", "birthday", "anniversary"):
            self.env["loyalty.earning.rule"].create({
                "program_id": self.program.id, "name": activity, "trigger": "activity", "activity_code": activity,
                "points_mode": "fixed", "points": 5,
            })  # fmt: skip
            message = self.assertRefused(
                422, "activity: ", "record_activity", member=self.member.code, activity=activity, source="app", reference="j1"
            )
            self.assertIn(activity, message)
        self.assertEqual(self.points(), 0)

    def test_an_activity_has_a_plain_code(self):
        for activity in ("", "Check In", "检查", "a" * 65, 5, None, ["check_in"], "a\n"):
            self.assertRefused(
                422, "activity: ", "record_activity", member=self.member.code, activity=activity, source="app", reference="1"
            )
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.call("record_activity", member=self.member.code, activity="x", source="app", reference="1", date=f"{yesterday}Z")
        self.assertEqual(self.Transaction.search([("source", "=", "app")]).date, yesterday)
