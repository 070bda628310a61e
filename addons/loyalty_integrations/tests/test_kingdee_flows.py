"""Members and gifts of this database arrive in a Kingdee of our own."""

from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.tests import tagged

from .common_kingdee_connection import KingdeeFlowsCase


@tagged("-at_install", "post_install")
class TestKingdeeMembersFlow(KingdeeFlowsCase):
    def test_a_member_who_changes_is_a_customer_with_these_fields(self):
        rows = self.dispatch()
        self.assertEqual(rows.mapped("state"), ["done"])
        (customer,) = [record["head"] for record in self.fake.forms["BD_Customer"].records.values()]
        told = [customer[name] for name in ("fnumber", "fname", "faddress", "fuseorgid.fnumber")]
        self.assertEqual(told, [f"LOY-{self.member.code}", "Li Na", "南京路 1 号", "100"])
        self.member.partner_id.street = "淮海路 2 号"
        self.dispatch()
        (customer,) = [record["head"] for record in self.fake.forms["BD_Customer"].records.values()]
        self.assertEqual(customer["faddress"], "淮海路 2 号")

    def test_customers_who_are_as_they_were_sent_are_no_difference(self):
        self.dispatch()
        self.assertFalse(self.differences())

    def test_a_customer_who_carries_a_members_number_is_bound_by_a_repair(self):
        self.dispatch()
        self.env["loyalty.binding"].search([("connection_id", "=", self.connection.id)]).unlink()
        line = self.differences()
        self.assertEqual((line.action, line.res_id), ("unbound", self.member.id))
        line.action_repair()
        self.dispatch()
        self.assertEqual(len(self.fake.forms["BD_Customer"].records), 1)
        self.assertFalse(self.differences())

    def test_a_customer_who_was_given_another_number_there_is_not_made_a_second_time(self):
        self.dispatch()
        [customer] = self.fake.forms["BD_Customer"].records.values()
        customer["head"]["fnumber"] = "VIP-1"
        run = self.work(self.run_of("reconcile"))
        line = run.line_ids.filtered(lambda line: line.res_id == self.member.id)
        self.assertEqual((line.action, line.changes), ("different", [["FNumber", None, self.member.code]]))
        line.action_repair()
        self.dispatch()
        self.assertEqual(len(self.fake.forms["BD_Customer"].records), 1)

    def differences(self):
        """What reconciliation finds, but whoever was never sent."""
        run = self.work(self.run_of("reconcile"))
        self.assertEqual((run.state, run.count_there), ("done", 1))
        return run.line_ids.filtered(lambda line: line.res_id != self.other.id)

    def test_a_customer_whose_answer_was_lost_is_found_and_not_doubled(self):
        self.fake.fail_next("reset_after", path=".Save.")
        self.assertEqual(self.dispatch().state, "verify")
        self.env["loyalty.outbox"].search([]).write({"next_attempt_at": "2020-01-01"})
        self.assertEqual(self.dispatch().state, "done")
        self.assertEqual(len(self.fake.forms["BD_Customer"].records), 1)

    def test_a_customer_who_was_numbered_by_a_rule_there_is_told_once_and_not_doubled(self):
        self.fake.numbering["BD_Customer"] = "CUST"
        row = self.dispatch()
        self.assertEqual((row.state, row.error_code), ("dead", "numbered_there"))
        row.action_send_again()
        self.dispatch()
        self.assertEqual((row.state, row.error_code), ("skipped", "unchanged"))
        self.assertEqual(len(self.fake.forms["BD_Customer"].records), 1)


@tagged("-at_install", "post_install")
class TestKingdeeGifts(KingdeeFlowsCase, RedemptionCase):
    def setUp(self):
        super().setUp()
        self.mug_product.default_code = "MUG"
        self.dispatch()

    def orders(self):
        return list(self.fake.forms["SAL_OUTSTOCK"].records.values())

    def test_an_approved_gift_is_an_audited_outbound_order_of_the_member(self):
        redemption = self.redeem(self.mug, 2, note="请轻放 🎁")
        self.assertEqual(self.dispatch()[-1].state, "done")
        (order,) = self.orders()
        head, (line,) = order["head"], order["lines"]
        self.assertTrue(head["fbillno"].startswith(f"LOY-{redemption.name}-"))
        told = [head[name] for name in ("fdocumentstatus", "fcustomerid.fnumber", "fnote")]
        self.assertEqual(told, ["C", f"LOY-{self.member.code}", "请轻放 🎁"])
        self.assertEqual((line["fmaterialid.fnumber"], line["frealqty"], line["fstockid.fnumber"]), ("MUG", 2, "CK001"))

    def test_a_gift_that_broke_off_half_way_is_finished_and_not_doubled(self):
        self.redeem(self.mug)
        for step in ("Save", "Submit", "Audit"):
            self.fake.fail_next("reset_after", path=f".{step}.")
            self.assertEqual(self.dispatch()[-1].state, "verify")
            self.env["loyalty.outbox"].search([("state", "=", "verify")]).write({"next_attempt_at": "2020-01-01"})
        self.assertEqual(self.dispatch()[-1].state, "done")
        self.assertEqual([order["head"]["fdocumentstatus"] for order in self.orders()], ["C"])

    def test_a_gift_that_is_out_of_stock_there_says_so_and_can_be_replayed(self):
        self.fake.stock["MUG"] = 0
        self.redeem(self.mug)
        row = self.dispatch()[-1]
        self.assertEqual((row.state, row.error_code), ("dead", "11"))
        self.assertIn("库存不足", row.error_message)
