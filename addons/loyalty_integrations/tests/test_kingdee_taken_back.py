"""A gift that is given up here is not ordered in Kingdee, and taken back where it was."""

from odoo import fields
from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.tests import tagged

from .common_kingdee_connection import KingdeeFlowsCase


@tagged("-at_install", "post_install")
class TestKingdeeTakenBack(KingdeeFlowsCase, RedemptionCase):
    def setUp(self):
        super().setUp()
        self.mug_product.default_code = "MUG"
        self.dispatch()

    def gift_row(self):
        return self.dispatch().filtered(lambda row: row.flow == "push_redemption")[-1]

    def states(self):
        return [order["head"]["fdocumentstatus"] for order in self.fake.forms["SAL_OUTSTOCK"].records.values()]

    def due(self, row):
        row.sudo().write({"next_attempt_at": fields.Datetime.subtract(fields.Datetime.now(), days=1)})

    def tasks(self):
        return self.connection.activity_ids.mapped("note")

    def test_one_that_waits_is_skipped_and_nobody_is_bothered(self):
        redemption = self.redeem(self.mug)
        self.env.cr.precommit.run()
        redemption._cancel("changed my mind")
        row = self.gift_row()
        self.assertEqual((row.flow, row.state, row.error_code), ("push_redemption", "skipped", "cancelled"))
        self.assertEqual((self.states(), self.tasks()), ([], []))

    def test_one_that_ends_in_the_transaction_that_approved_it_is_not_even_queued(self):
        self.redeem(self.mug)._cancel("changed my mind")
        self.assertNotIn("push_redemption", self.dispatch().mapped("flow"))

    def test_a_row_that_is_left_is_refused_at_its_first_try_and_when_sent_again(self):
        redemption = self.redeem(self.mug)
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_redemption SET state = 'cancelled' WHERE id = %s", [redemption.id])
        self.env.invalidate_all()
        row = self.gift_row()
        self.assertEqual((row.state, row.error_code), ("dead", "cancelled"))
        row.action_send_again()
        self.dispatch()
        self.assertEqual((row.state, row.error_code), ("dead", "cancelled"))
        row.action_send_as_new()
        self.assertEqual(self.gift_row().error_code, "cancelled")
        self.assertEqual(self.states(), [])

    def test_one_that_broke_off_at_any_step_goes_no_further_and_is_to_be_taken_back(self):
        for step, left in (("Save", "A"), ("Submit", "B"), ("Audit", "C")):
            self.fake.forms["SAL_OUTSTOCK"].records.clear()
            self.fake.fail_next("reset_after", path=f".{step}.")
            redemption = self.redeem(self.mug)
            row = self.gift_row()
            self.assertEqual((row.state, self.states()), ("verify", [left]))
            redemption._cancel("changed my mind")
            self.due(row)
            self.dispatch()
            self.assertEqual((row.state, self.states()), ("skipped", [left]))
            (order,) = self.fake.forms["SAL_OUTSTOCK"].records.values()
            self.assertIn(order["head"]["fbillno"], str(self.tasks()))

    def test_one_that_was_refused_half_way_stays_where_it_is_when_sent_again(self):
        self.fake.stock["MUG"] = 0
        redemption = self.redeem(self.mug)
        row = self.gift_row()
        self.assertEqual((row.state, self.states()), ("dead", ["B"]))
        redemption._cancel("changed my mind")
        self.fake.stock["MUG"] = 5
        row.action_send_as_new()
        self.assertEqual((self.gift_row().error_code, self.states()), ("cancelled", ["B"]))
        self.assertEqual(len(self.tasks()), 1)

    def test_one_that_was_ordered_is_to_be_taken_back_by_the_responsible_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.connection.user_id = self.make_user("keeper", "base.group_system")
        self.connection.user_id.lang = "zh_CN"
        redemption = self.redeem(self.mug)
        row = self.gift_row()
        redemption._cancel("changed my mind")
        (order,) = self.fake.forms["SAL_OUTSTOCK"].records.values()
        activity = self.connection.activity_ids
        self.assertEqual((row.state, activity.user_id), ("done", self.connection.user_id))
        self.assertIn(order["head"]["fbillno"], activity.note)
        self.assertEqual(self.connection._as_responsible().env.lang, "zh_CN")
