from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemptionApproval(RedemptionCase):
    """Who decides, and what a decision does."""

    def test_a_dear_redemption_waits_and_the_approvers_are_asked(self):
        self.need_approval(points_from=1000)
        redemption = self.redeem(self.mug, 2)
        self.assertEqual((redemption.state, self.points(), self.free()), ("to_approve", 1000, 10))
        self.assertIn(self.manager, redemption.sudo().activity_ids.user_id)
        redemption.with_user(self.manager).action_approve()
        self.assertEqual((redemption.state, self.free()), ("approved", 8))
        self.assertEqual(redemption.decided_by_id, self.manager)
        self.assertFalse(redemption.sudo().activity_ids)

    def test_rules_look_at_points_kind_and_first_redemption(self):
        self.need_approval(kind="coupon")
        self.assertEqual(self.redeem(self.coupon).state, "to_approve")
        self.assertEqual(self.redeem(self.seat).state, "approved")
        self.need_approval(first_only=True)
        self.assertEqual(self.redeem(self.seat).state, "approved")
        self.grant(1000, self.other)
        self.assertEqual(self.redeem(self.seat, member=self.other).state, "to_approve")

    def test_only_chosen_approvers_are_asked(self):
        chosen = self.make_user("redeem_chosen", "loyalty_membership.group_manager")
        self.program.approver_ids = chosen
        self.need_approval()
        self.assertEqual(self.redeem(self.seat).sudo().activity_ids.user_id, chosen)

    def test_looking_for_who_may_decide_costs_the_same_for_many_managers(self):
        self.need_approval()
        redemption = self.redeem(self.seat)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(redemption.with_user(self.manager).approval_notice)
            return self.env.cr.sql_log_count - before

        few = min(cost(), cost())
        for number in range(10):
            self.make_user(f"redeem_manager_{number}", "loyalty_membership.group_manager")
        cost()
        self.assertLessEqual(cost(), few)

    def test_a_rejection_needs_a_reason_and_gives_the_points_back(self):
        self.need_approval()
        redemption = self.redeem(self.mug)
        action = redemption.with_user(self.manager).action_reject()
        wizard = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.create({"reason": "  "}).action_confirm()
        wizard.create({"reason": "Not this month"}).action_confirm()
        self.assertEqual((redemption.state, redemption.rejection_reason, self.points()), ("rejected", "Not this month", 2000))
        self.assertFalse(redemption.sudo().activity_ids)
        self.assertBalanced()

    def test_nobody_approves_their_own(self):
        self.need_approval()
        redemption = self.redeem(self.seat, user=self.manager)
        self.assertFalse(redemption.may_decide)
        with self.assertRaisesRegex(UserError, "their own"):
            redemption.with_user(self.manager).action_approve()
        self.assertNotIn(self.manager, redemption.sudo().activity_ids.user_id)

    def test_nobody_approves_what_they_get_as_a_member(self):
        self.need_approval()
        mine = self.env["loyalty.member"].create({"partner_id": self.manager.partner_id.id, "program_id": self.program.id})
        self.grant(500, mine)
        redemption = self.redeem(self.seat, member=mine)
        with self.assertRaisesRegex(UserError, "their own"):
            redemption.with_user(self.manager).action_approve()

    def test_who_asked_cant_be_written_to_approve_ones_own(self):
        self.need_approval()
        redemption = self.redeem(self.seat, user=self.manager).with_user(self.manager)
        for vals in ({"requested_by_id": self.clerk.id}, {"state": "approved"}, {"decided_by_id": self.clerk.id}, {"points": 0}):
            with self.subTest(vals), self.assertRaises(AccessError):
                redemption.write(vals)
        with self.assertRaises(AccessError):
            self.draft(self.seat, user=self.manager, requested_by_id=self.clerk.id)
        with self.assertRaises(AccessError):
            self.draft(self.seat, state="done")

    def test_whoever_submits_a_colleagues_draft_has_asked_for_it(self):
        self.need_approval()
        draft = self.draft(self.seat).with_user(self.manager)
        draft.quantity = 4
        draft.action_submit()
        with self.assertRaisesRegex(UserError, "their own"):
            draft.action_approve()

    def test_store_staff_cant_decide(self):
        self.need_approval()
        redemption = self.redeem(self.seat)
        other_clerk = self.make_user("redeem_clerk2", "loyalty_membership.group_store")
        for method in ("action_approve", "_reject"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(redemption.with_user(other_clerk), method)(*(["no"] if method == "_reject" else []))

    def test_a_list_is_approved_one_by_one_and_what_cant_be_is_told(self):
        self.need_approval()
        waiting = self.redeem(self.seat)
        own = self.redeem(self.seat, user=self.manager)
        told = (waiting | own).with_user(self.manager).action_approve()["params"]
        self.assertEqual((waiting.state, own.state, told["type"]), ("approved", "to_approve", "warning"))
        self.assertIn("1 approved", told["message"])
        self.assertIn(own.name, told["message"])

    def test_a_list_is_rejected_one_by_one_and_what_cant_be_is_told(self):
        self.need_approval()
        waiting, decided = self.redeem(self.seat), self.redeem(self.seat)
        decided.with_user(self.manager)._reject("No")
        own = self.redeem(self.seat, user=self.manager)
        told = self.reject(waiting | decided | own, "Not this month")["params"]
        self.assertEqual((waiting.state, waiting.rejection_reason, own.state), ("rejected", "Not this month", "to_approve"))
        self.assertEqual((decided.rejection_reason, told["type"], self.points()), ("No", "warning", 1950))
        self.assertIn("1 rejected", told["message"])
        for left in (decided, own):
            self.assertIn(left.name, told["message"])

    def test_a_long_list_of_reasons_is_cut(self):
        done = self.Redemption.union(*(self.redeem(self.coupon) for _number in range(7)))
        told = done.with_user(self.manager).action_approve()["params"]["message"]
        self.assertEqual(sum(redemption.name in told for redemption in done), 5)
        self.assertIn("2 more could not be", told)

    def test_of_one_alone_the_reason_why_not_is_told_at_once(self):
        self.need_approval()
        own = self.redeem(self.seat, user=self.manager)
        with self.assertRaisesRegex(UserError, "their own"):
            self.reject(own, "No")

    def test_a_list_is_cancelled_one_by_one(self):
        ready, done = self.redeem(self.seat), self.redeem(self.seat)
        done.action_hand_over()
        told = self.reject(ready | done, "Moved away", "cancel")["params"]
        self.assertEqual((ready.state, done.state, self.points()), ("cancelled", "done", 1950))
        self.assertIn("1 cancelled", told["message"])
        self.assertIn(done.name, told["message"])

    def reject(self, redemptions, reason, purpose="reject"):
        action = getattr(redemptions.with_user(self.manager), f"action_{purpose}")()
        wizards = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        return wizards.create({"reason": reason}).action_confirm()

    def test_what_needs_a_coupon_program_that_was_archived_is_not_approved(self):
        self.need_approval()
        redemption = self.redeem(self.coupon)
        self.coupon_program.active = False
        with self.assertRaisesRegex(UserError, "10 off is archived"), self.env.cr.savepoint():
            redemption.with_user(self.manager).action_approve()
        redemption.invalidate_recordset()
        self.assertEqual((redemption.state, self.points()), ("to_approve", 1900))

    def test_what_cant_be_reserved_is_not_approved(self):
        self.need_approval()
        redemption = self.redeem(self.mug, 2)
        self.env["stock.quant"]._update_available_quantity(self.mug_product, self.warehouse.lot_stock_id, -9)
        with self.assertRaisesRegex(UserError, "can't be reserved"), self.env.cr.savepoint():
            redemption.with_user(self.manager).action_approve()
        redemption.invalidate_recordset()
        self.assertEqual(redemption.state, "to_approve")
