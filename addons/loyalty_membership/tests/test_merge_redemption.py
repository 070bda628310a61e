from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestMergeRedemption(RedemptionCase):
    """Redemptions go with a merged member, and come back with it."""

    def test_what_is_redeemed_moves_and_points_given_back_reach_who_has_it(self):
        redemption = self.draft(self.seat)
        redemption.action_submit()
        merge = self.member._merge_into(self.other, "Same person")
        self.assertEqual((redemption.member_id, self.points(self.other)), (self.other, 1950))
        merge._undo("It was somebody else")
        self.env.invalidate_all()
        self.assertEqual((redemption.member_id, self.points(), self.points(self.other)), (self.member, 1950, 0))
        self.assertBalanced()

    def test_points_and_money_that_wait_are_approved_for_who_has_them_now(self):
        deal = self.make_item("Mug for 30 and points", 400, product_id=self.mug_product.id, money=30)
        self.need_approval()
        approved, rejected = self.redeem(deal), self.redeem(deal)
        self.member._merge_into(self.other, "Same person")
        self.env.invalidate_all()
        order = approved.sudo().sale_order_id
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 30)
        approved.with_user(self.manager).action_approve()
        self.assertEqual((approved.state, order.state, order.amount_total), ("approved", "sale", 30))
        self.assertEqual(order._redemption_line().coupon_id, self.other.card_id)
        rejected.with_user(self.manager)._reject("No")
        earned = order.loyalty_transaction_ids.entry_ids
        self.assertEqual(self.points(self.other), 1600 + sum(earned.mapped("points")))
        approved._cancel("No")
        self.assertEqual((self.points(), self.points(self.other)), (0, 2000))
        self.assertBalanced()

    def test_points_and_money_that_wait_come_back_with_a_merge_that_is_undone(self):
        deal = self.make_item("Mug for 30 and points", 400, product_id=self.mug_product.id, money=30)
        self.need_approval()
        redemption = self.redeem(deal)
        merge = self.member._merge_into(self.other, "Same person")
        redemption.sudo().sale_order_id._update_programs_and_rewards()
        merge._undo("It was somebody else")
        self.env.invalidate_all()
        redemption.with_user(self.manager).action_approve()
        order = redemption.sudo().sale_order_id
        self.assertEqual((order.amount_total, order._redemption_line().coupon_id), (30, self.member.card_id))
        redemption._cancel("No")
        self.assertEqual((self.points(), self.points(self.other)), (2000, 0))
