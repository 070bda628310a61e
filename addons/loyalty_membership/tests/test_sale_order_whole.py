"""An order is one purchase, in however many parts it is delivered, paid, edited and returned."""

from datetime import timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestOrderAsAWhole(LoyaltyCase):
    def add_rule(self, **values):
        return self.env["loyalty.earning.rule"].create({"program_id": self.program.id, "name": "Extra", **values})

    def confirmed(self, *quantities, **values):
        order = self.make_order(*quantities, **values)
        order.action_confirm()
        return order

    def earn_by_delivery(self, rule=None, **values):
        self.program.earn_on = "delivery"
        if values:
            self.rule.write(values)

    def types(self, order):
        return order.loyalty_transaction_ids.sorted("id").mapped("type")

    # ------------------------------------------------------------ in parts

    def test_points_for_the_purchase_are_given_once_in_three_deliveries(self):
        self.earn_by_delivery(points_mode="fixed", points=50)
        order = self.confirmed(3)
        for _part in range(3):
            self.deliver(order, 1)
        self.assertEqual(self.points(), 50)
        self.assertEqual(self.types(order), ["purchase", "addition", "addition"])
        self.assertBalanced()

    def test_fractions_are_rounded_for_the_whole(self):
        self.earn_by_delivery()
        order = self.confirmed(4, price=0.5)
        earned = []
        for _part in range(4):
            self.deliver(order, 1)
            earned.append(self.points())
        self.assertEqual(earned, [0, 1, 1, 2])

    def test_a_minimum_is_met_by_both_parts(self):
        self.earn_by_delivery(min_amount=150)
        order = self.confirmed(2)
        self.deliver(order, 1)
        self.assertEqual(self.points(), 0)
        self.deliver(order, 1)
        self.assertEqual(self.points(), 200)
        self.assertEqual(order.loyalty_points, 200)

    def test_the_first_purchase_is_the_whole_order(self):
        self.earn_by_delivery()
        self.add_rule(points_mode="money", points=1, first_purchase=True)
        order = self.confirmed(2)
        self.deliver(order, 1)
        self.deliver(order, 1)
        self.assertEqual(self.points(), 400)
        self.confirmed_and_delivered(1)
        self.assertEqual(self.points(), 500)

    def confirmed_and_delivered(self, quantity):
        order = self.confirmed(quantity)
        self.deliver(order, quantity)
        return order

    def test_an_order_in_parts_counts_as_one_purchase(self):
        self.program.tier_metric = "purchases"
        _low, high = self.make_tiers(0, 2)
        order = self.confirmed(1)
        for price in (110, 120, 130):
            order.order_line.price_unit = price
        self.assertEqual(self.member.purchase_count, 1)
        self.assertEqual(self.member.purchase_amount, 130)
        self.assertNotEqual(self.member.tier_id, high)
        self.confirmed(1)
        self.assertEqual(self.member.tier_id, high)

    def test_a_part_is_worked_out_as_of_the_orders_day_and_tier(self):
        _low, high = self.make_tiers(0, 100, earn_multiplier={0: 1, 1: 2})
        order = self.confirmed(1)
        self.assertEqual(self.member.tier_id, high)
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.points(), 200)
        self.confirmed(1)
        self.assertEqual(self.points(), 400)

    def test_the_best_of_a_group_is_the_best_for_the_whole(self):
        self.earn_by_delivery(group="g")
        self.add_rule(group="g", points_mode="fixed", points=150)
        order = self.confirmed(3)
        self.deliver(order, 1)
        self.assertEqual(self.points(), 150)
        self.deliver(order, 2)
        self.assertEqual(self.points(), 300)
        self.assertIn("less 150 given before", order.loyalty_explanation)
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_a_cap_is_a_days_cap_for_an_addition_too(self):
        self.rule.write({"cap_points": 150, "cap_period": "day"})
        order = self.confirmed(1)
        order.order_line.product_uom_qty = 5
        self.assertEqual(self.points(), 150)
        order._action_cancel()
        self.assertEqual(self.points(), 0)

    def test_a_budget_gets_back_what_refunds_take(self):
        self.rule.budget_points = 300
        order = self.confirmed(2)
        self.assertEqual(self.rule.budget_used, 200)
        order._action_cancel()
        self.assertEqual(self.rule.budget_used, 0)

    # ------------------------------------------------------------ edits

    def test_more_units_at_the_same_price_are_seen(self):
        self.rule.points_mode = "unit"
        order = self.confirmed(2)
        self.assertEqual(self.points(), 2)
        order.order_line.write({"product_uom_qty": 4, "price_unit": 50})
        self.assertEqual(self.points(), 4)
        order.order_line.write({"product_uom_qty": 2, "price_unit": 100})
        self.assertEqual(self.points(), 2)

    def test_goods_exchanged_at_the_same_price_change_nothing(self):
        self.add_rule(points_mode="fixed", points=50)
        order = self.confirmed(1)
        order.write({"order_line": [
            Command.update(order.order_line.id, {"product_uom_qty": 0}),
            Command.create({"product_id": self.product.id, "price_unit": 100}),
        ]})  # fmt: skip
        self.assertEqual(self.points(), 150)
        self.assertBalanced()

    def test_an_exchange_gives_no_points_that_the_program_forgives(self):
        self.program.negative_policy = "available"
        order = self.confirmed(1)
        self.spend(100)
        order.write({"order_line": [
            Command.update(order.order_line.id, {"product_uom_qty": 0}),
            Command.create({"product_id": self.product.id, "price_unit": 100}),
        ]})  # fmt: skip
        self.assertEqual(self.points(), 0)

    def test_up_and_down_never_drifts(self):
        order = self.confirmed(1, price=1.5)
        for price in (0.9, 1.5, 0.2, 1.5, 1.9, 1.5):
            order.order_line.price_unit = price
            self.assertLessEqual(self.points(), int(price) + 1)
        self.assertEqual(self.points(), 1)
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_a_cancelled_order_that_is_confirmed_again_earns_again(self):
        self.add_rule(points_mode="fixed", points=50)
        order = self.confirmed(1)
        order._action_cancel()
        self.assertEqual((self.points(), self.member.purchase_count), (0, 0))
        order.action_draft()
        order.action_confirm()
        self.assertEqual((self.points(), self.member.purchase_count), (150, 1))
        self.assertEqual(self.types(order), ["purchase", "refund", "purchase"])
        self.assertEqual(order.loyalty_transaction_ids.sorted("id").mapped("is_refunded"), [True, False, False])
        self.assertBalanced()

    def test_a_rule_changed_meanwhile_counts_for_what_comes_after(self):
        order = self.confirmed(1)
        self.rule.points = 10
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.points(), 1100)

    # ------------------------------------------------------------ back again

    def test_each_part_takes_its_share_of_what_the_whole_had_given(self):
        self.earn_by_delivery(points_mode="fixed", points=50)
        order = self.confirmed(2)
        first, second = self.deliver(order, 1), self.deliver(order, 1)
        self.return_goods(first, 1)
        self.assertEqual(self.points(), 25)
        self.return_goods(second, 1)
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_refund_growth_and_refund_end_at_nothing(self):
        self.add_rule(points_mode="fixed", points=31)
        order = self.confirmed(1, price=7)
        for price in (3, 11, 10, 13, 2):
            order.order_line.price_unit = price
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.purchase_amount, 0)
        self.assertBalanced()

    def test_reconciling_again_changes_nothing(self):
        order = self.confirmed(3)
        order.order_line.product_uom_qty = 1.5
        rows = order.loyalty_transaction_ids
        order._loyalty_reconcile()
        self.assertEqual(order.loyalty_transaction_ids, rows)

    # ------------------------------------------------------------ who, when

    def test_what_a_frozen_member_orders_never_earns(self):
        self.member._freeze("Asked for")
        order = self.confirmed(1)
        with freeze_time(order.date_order + timedelta(minutes=5)):
            self.member._reactivate("Asked for")
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.points(), 0)

    def test_what_is_delivered_to_a_frozen_member_earns_nothing_later(self):
        self.earn_by_delivery()
        order = self.confirmed(3)
        self.deliver(order, 1)
        self.member._freeze("Asked for")
        self.deliver(order, 1)
        self.assertEqual(self.points(), 100)
        self.member._reactivate("Asked for")
        self.deliver(order, 1)
        self.assertEqual(self.points(), 200)
        order._action_cancel()
        self.assertBalanced()

    def test_orders_from_before_joining_never_earn(self):
        partner = self.env["res.partner"].create({"name": "Later"})
        order = self.confirmed(1, partner=partner)
        member = self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": self.program.id})
        order.date_order = "2020-01-01 00:00:00"
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.points(member), 0)

    def test_several_orders_at_once_lock_their_members_together(self):
        orders = self.make_order(1) | self.make_order(1, partner=self.other.partner_id)
        orders.action_confirm()
        self.assertEqual((self.points(), self.points(self.other)), (100, 100))


@tagged("post_install", "-at_install")
class TestOrdersFromBeforeTheMembership(LoyaltyCase):
    """An ordinary loyalty program that becomes a membership has settled its old orders itself."""

    def setUp(self):
        super().setUp()
        self.native = self.env["loyalty.program"].create({
            "name": "Stamps", "program_type": "loyalty", "applies_on": "both", "trigger": "auto",
            "company_id": self.env.company.id,
            "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1})],
            "reward_ids": [Command.create({
                "reward_type": "discount", "discount": 0.01, "discount_mode": "per_point", "required_points": 1,
            })],
        })  # fmt: skip
        self.partner = self.env["res.partner"].create({"name": "Zhao Lei"})
        self.card = self.env["loyalty.card"].create({
            "program_id": self.native.id, "partner_id": self.partner.id, "points": 2000,
        })  # fmt: skip
        self.program.active = False
        self.order = self.make_order(1, partner=self.partner)
        self.order._update_programs_and_rewards()
        self.order._apply_program_reward(self.native.reward_ids, self.card)
        self.order.action_confirm()
        self.before = self.card.points
        self.native.is_membership = True
        self.native.membership_since = "2200-01-01 00:00:00"
        self.joined = self.env["loyalty.member"].search([("card_id", "=", self.card.id)])

    def test_it_was_paid_with_points(self):
        self.assertLess(self.before, 2000)
        self.assertEqual(self.points(self.joined), self.before)

    def test_a_later_event_neither_charges_nor_earns_again(self):
        self.order._loyalty_reconcile()
        self.deliver(self.order)
        self.assertEqual(self.points(self.joined), self.before)
        self.assertFalse(self.order.loyalty_transaction_ids)

    def test_its_cancellation_gives_back_what_native_code_took(self):
        salesperson = self.make_user("sam", "sales_team.group_sale_manager")
        self.order.with_user(salesperson)._action_cancel()
        self.assertEqual(self.points(self.joined), 2000)
        self.assertEqual(self.joined.entry_ids.sorted("id")[-1:].kind, "adjust")

    def test_points_can_not_pay_for_it_any_more(self):
        with self.assertRaisesRegex(UserError, "older than the membership"):
            self.order.order_line = [Command.create({
                "product_id": self.native.reward_ids.discount_line_product_id.id, "price_unit": -1,
                "reward_id": self.native.reward_ids[:1].id, "coupon_id": self.card.id, "points_cost": 100, "name": "Points",
                "reward_identifier_code": "X",
            })]  # fmt: skip
