from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestApiStatement(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()

    def statement(self, **arguments):
        return self.call("get_statement", member=self.member.code, **arguments)

    def ago(self, days):
        return f"{(self.now - timedelta(days=days)).isoformat()}Z"

    def test_the_newest_first_with_the_balance_after_each(self):
        for days, amount in ((3, 10), (1, 5.5), (2, 20)):
            self.record(amount, date=self.ago(days), reference=f"p{days}")
        answer = self.statement()
        self.assertEqual(answer["total"], 3)
        self.assertEqual(
            [(e["reference"], e["points"], e["balance"], e["date"]) for e in answer["entries"]],
            [("p1", 5, 35, self.ago(1)), ("p2", 20, 30, self.ago(2)), ("p3", 10, 10, self.ago(3))],
        )
        self.assertEqual(answer["entries"][0]["explanation"], "Purchase: 5.50 × 1")
        self.assertEqual(answer["entries"][0]["kind"], "earn")

    def test_pages_and_bounds_keep_the_balances(self):
        for days in (3, 2, 1):
            self.record(10, date=self.ago(days))
        page = self.statement(limit=1, offset=1)
        self.assertEqual((page["total"], [e["balance"] for e in page["entries"]]), (3, [20]))
        since = self.statement(since=self.ago(2))
        self.assertEqual((since["total"], [e["balance"] for e in since["entries"]]), (2, [30, 20]))
        until = self.statement(until=self.ago(2))
        self.assertEqual((until["total"], [e["balance"] for e in until["entries"]]), (1, [10]))

    def test_who_sent_points_is_masked_for_the_shop(self):
        self.Entry._post([{"member_id": self.other.id, "kind": "adjust", "points": 10}])
        self.Entry._transfer(self.other, self.member, 10, None, kind="gift")
        [entry] = self.statement()["entries"]
        self.assertEqual(entry["explanation"], f"Transferred from W* (…{self.other.code[-4:]})")

    def test_pending_points_have_no_balance(self):
        self.program.hold_days = 7
        answer = self.record(10)
        self.assertEqual((answer["points"], answer["pending"], answer["balance"]), (10, 10, 0))
        [entry] = self.statement()["entries"]
        self.assertEqual((entry["state"], entry["points"], entry["balance"]), ("pending", 10, None))

    def test_points_without_a_purchase_have_no_reference(self):
        self.grant(7, note="Sorry")
        [entry] = self.statement()["entries"]
        self.assertEqual((entry["kind"], entry["reference"], entry["balance"]), ("adjust", None, 7))

    def test_bounds_are_checked(self):
        for wrong in (
            {"limit": 0}, {"limit": 501}, {"limit": "5"}, {"limit": True}, {"limit": 2.0}, {"offset": -1},
            {"offset": 10**30}, {"since": "yesterday"}, {"until": 5},
        ):  # fmt: skip
            with self.subTest(wrong=wrong):
                self.assertRefused(422, f"{next(iter(wrong))}: ", "get_statement", member=self.member.code, **wrong)

    def test_the_explanation_is_in_the_language_of_the_member(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.rule.with_context(lang="zh_CN").name = "消费"
        self.member.partner_id.lang = "zh_CN"
        self.record(10)
        [entry] = self.statement()["entries"]
        self.assertTrue(entry["explanation"].startswith("消费"), entry["explanation"])
        simulated = self.call("simulate_purchase", member=self.member.code, lines=[{"quantity": 1, "amount": 10}])
        self.assertEqual(simulated["entries"][0]["explanation"], entry["explanation"])
