from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemptionOrder(RedemptionCase):
    """Points and money: the order that a redemption makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls.make_item("Mug for 30 and points", 400, product_id=cls.mug_product.id, money=30)

    def test_the_member_pays_the_money_and_points_pay_the_rest_once(self):
        redemption = self.redeem(self.deal, 2)
        order = redemption.sudo().sale_order_id
        self.assertEqual((order.state, order.amount_total), ("sale", 60))
        reward = order.order_line.filtered("reward_id")
        self.assertEqual((reward.price_total, reward.coupon_id, order.loyalty_points_spent), (-100, self.member.card_id, 800))
        self.assertEqual((self.points(), self.free(), redemption.state), (2000 - 800 + 60, 8, "approved"))
        self.assertBalanced()

    def test_taxes_are_in_what_the_member_pays(self):
        for included in (False, True):
            tax = self.env["account.tax"].create({
                "name": f"13 {included}", "amount": 13, "price_include_override": "tax_included" if included else "tax_excluded",
            })  # fmt: skip
            self.mug_product.taxes_id = tax
            with self.subTest(included=included):
                self.assertAlmostEqual(self.redeem(self.deal).sudo().sale_order_id.amount_total, 30, places=2)

    def test_an_order_that_waits_takes_the_points_once_when_it_is_approved(self):
        self.need_approval()
        redemption = self.redeem(self.deal, 5)
        order = redemption.sudo().sale_order_id
        self.assertEqual((order.state, self.points()), ("draft", 0))
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 150)
        redemption.with_user(self.manager).action_approve()
        self.assertEqual((order.state, order.amount_total, self.points()), ("sale", 150, 150))
        self.assertBalanced()

    def test_a_rejection_cancels_the_order_and_gives_the_points_back(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        redemption.with_user(self.manager)._reject("No")
        self.assertEqual((redemption.sudo().sale_order_id.state, self.points()), ("cancel", 2000))
        self.assertBalanced()

    def test_cancelling_the_order_cancels_the_redemption_and_the_other_way_round(self):
        by_order, by_redemption = self.redeem(self.deal), self.redeem(self.deal)
        by_order.sudo().sale_order_id._action_cancel()
        self.assertEqual((by_order.state, self.free()), ("cancelled", 9))
        by_redemption._cancel("No")
        self.assertEqual((by_redemption.sudo().sale_order_id.state, self.points(), self.free()), ("cancel", 2000, 10))
        self.assertBalanced()

    def test_cancelling_a_waiting_order_gives_the_points_back(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        redemption.sudo().sale_order_id._action_cancel()
        self.assertEqual((redemption.state, self.points()), ("cancelled", 2000))
        self.assertFalse(redemption.sudo().activity_ids)

    def test_handing_over_delivers_the_order(self):
        redemption = self.redeem(self.deal)
        redemption.action_collect_and_hand_over()
        self.assertEqual(redemption.state, "done")
        self.assertEqual(redemption.sudo().sale_order_id.order_line.filtered(lambda line: not line.reward_id).qty_delivered, 1)

    def test_a_returned_gift_gives_points_and_state_back(self):
        redemption = self.redeem(self.deal)
        redemption.action_collect_and_hand_over()
        self.return_goods(redemption.sudo().picking_ids, 1)
        self.assertEqual((redemption.state, self.points()), ("cancelled", 2000))
        self.assertBalanced()

    def test_more_than_was_redeemed_is_paid_for_as_on_any_order(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        order.order_line.filtered(lambda line: not line.reward_id).product_uom_qty = 9
        redemption.with_user(self.manager).action_approve()
        self.assertEqual(order.amount_total, 30 + 8 * 80)

    def test_what_waits_for_approval_is_not_confirmed_by_others(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        with self.assertRaisesRegex(UserError, "waits for approval"):
            redemption.sudo().sale_order_id.action_confirm()
        redemption.with_user(self.manager).action_approve()
        self.assertEqual(redemption.sudo().sale_order_id.state, "sale")

    def test_a_discount_of_the_seller_is_not_paid_twice(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        order.order_line.filtered(lambda line: not line.reward_id).discount = 50
        redemption.with_user(self.manager).action_approve()
        self.assertEqual(order.amount_total, 30)
