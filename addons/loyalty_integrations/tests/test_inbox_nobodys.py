"""Fetched documents that wait as they should: of customers who haven't joined, and of days to come."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from ..adapters.base import Page
from .common_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestNobodys(DocumentCase):
    def later(self, days):
        self.env.cr.flush()
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.work()

    def claim(self, reference):
        return self.env["loyalty.api"].claim_purchase(
            member=self.member.code, source="erp", reference=reference, program=self.program.id
        )

    def nobodys(self):
        """Orders of a customer who never joins, and what that customer gave back of them and of an older one."""
        self.fetch(self.order("SO1", 30, customer="WHOLESALE"), self.order("SO2", 40, customer="WHOLESALE"))
        self.fetch(
            self.returned("R1", ("SO1", "S1", 10), customer="WHOLESALE"),
            self.returned("R2", ("SO0", "S1", 10), customer="WHOLESALE"), stream="refund",
        )  # fmt: skip

    def test_documents_of_customers_who_never_join_are_no_failure(self):
        self.nobodys()
        self.assertEqual(self.rows().mapped("state"), ["parked"] * 4)
        self.later(31)
        self.assertEqual(self.rows().mapped("state"), ["done"] * 4)
        self.assertFalse(self.booked())

    def test_they_are_worth_nobody_s_look(self):
        self.nobodys()
        self.assertEqual((self.connection.health_light, self.connection.health_inbox_parked), ("good", 0))
        run = self.env["loyalty.sync.run"].create({
            "connection_id": self.connection.id, "kind": "reconcile", "flow": "pull_purchases",
        })  # fmt: skip
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.assertFalse(run._not_booked())

    def test_a_return_of_a_member_s_order_that_never_came_is_a_failure(self):
        self.fetch(self.returned("R1", ("SO0", "S1", 10)), stream="refund")
        self.later(31)
        self.assertEqual((self.rows().state, self.rows().error_code), ("dead", "original_missing"))

    def test_who_joins_in_time_gets_the_points_and_the_return(self):
        self.nobodys()
        self.env["loyalty.binding"]._keep(self.connection, "member", self.other, "WHOLESALE")
        self.later(1)
        self.assertEqual((self.other.points, self.row("R1").state), (60, "done"))

    def test_they_may_be_claimed_while_they_wait_and_afterwards(self):
        self.nobodys()
        self.assertEqual(self.claim("SO1")["points"], 30)
        self.later(31)
        self.assertEqual(self.claim("SO2")["points"], 40)
        self.assertTrue(self.claim("SO2")["duplicate"])

    def test_a_manager_may_try_them_again_when_the_customer_is_known(self):
        self.nobodys()
        self.later(31)
        self.env["loyalty.binding"]._keep(self.connection, "member", self.other, "WHOLESALE")
        self.row("SO2").with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_try_again()
        self.work()
        self.assertEqual(self.other.points, 40)

    def test_reasons_are_told_in_the_language_of_who_is_responsible(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.connection.user_id = self.make_user("zh", "loyalty_membership.group_manager")
        self.connection.user_id.lang = "zh_CN"
        self.fetch(self.order("SO1", 30, customer="WHOLESALE"))
        self.assertEqual(self.row("SO1").error_message, "会员计划中找不到它所指的会员。")
        wrong = self.order("SO2", "dear")
        self.connection._keep_page_in("pull_purchases", "sale", Page([wrong], {}, True), {})
        self.assertIn("不能是“dear”", self.row("SO2").error_message)

    def test_an_order_of_a_day_to_come_waits_until_then_however_long(self):
        day = fields.Date.today() + timedelta(days=45)
        self.fetch(self.order("SO1", 30, day=f"{day}"))
        self.assertEqual((self.row("SO1").state, self.row("SO1").error_code), ("parked", "not_yet"))
        self.assertEqual(self.connection.health_inbox_parked, 0)
        self.later(40)
        self.assertEqual(self.row("SO1").state, "parked")
        self.later(46)
        self.assertEqual((self.row("SO1").state, self.member.points), ("done", 30))
