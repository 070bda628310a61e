"""An order that was cancelled and starts again is another purchase: of today's customer, day, tier and rules."""

from datetime import datetime

from freezegun import freeze_time
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestOrderAgain(LoyaltyCase):
    def add_rule(self, **values):
        return self.env["loyalty.earning.rule"].create({"program_id": self.program.id, "name": "Extra", **values})

    def confirmed(self, *quantities, **values):
        order = self.make_order(*quantities, **values)
        order.action_confirm()
        return order

    def start_again(self, order, **values):
        order.action_draft()
        order.write(values)
        order.action_confirm()

    def cancelled(self, *quantities, **values):
        order = self.confirmed(*quantities, **values)
        order._action_cancel()
        return order

    # ------------------------------------------------------------ whose, when

    def test_it_is_the_purchase_of_who_buys_now(self):
        order = self.cancelled(1)
        self.start_again(order, partner_id=self.other.partner_id.id)
        self.assertEqual((self.points(), self.points(self.other)), (0, 100))
        self.assertEqual((self.member.purchase_count, self.other.purchase_count), (0, 1))
        self.assertEqual((order.loyalty_member_id, order.loyalty_points), (self.other, 100))
        self.assertBalanced()

    def test_what_happens_to_it_later_is_the_new_customers(self):
        order = self.cancelled(1)
        self.start_again(order, partner_id=self.other.partner_id.id)
        order.order_line.product_uom_qty = 3
        self.assertEqual((self.points(), self.points(self.other)), (0, 300))
        self.return_goods(self.deliver(order), 1)
        self.assertEqual((self.points(), self.points(self.other)), (0, 200))
        order._action_cancel()
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))
        self.assertEqual((self.member.purchase_amount, self.other.purchase_amount), (0, 0))
        self.assertBalanced()

    def test_who_is_no_member_earns_nothing_with_it(self):
        order = self.cancelled(1)
        self.start_again(order, partner_id=self.env["res.partner"].create({"name": "Passer-by"}).id)
        self.assertEqual(self.points(), 0)
        self.assertFalse(order.loyalty_member_id)

    def test_who_is_frozen_when_it_starts_again_earns_nothing_with_it(self):
        order = self.cancelled(1)
        self.member._freeze("Asked for")
        self.start_again(order)
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.points(), 0)
        self.assertEqual(len(order.loyalty_transaction_ids), 2)

    def test_it_goes_by_the_rules_of_its_new_day(self):
        with freeze_time("2027-01-10 10:00:00"):
            order = self.cancelled(1)
        with freeze_time("2027-06-10 10:00:00"):
            self.add_rule(kind="multiplier", multiplier=2, date_from="2027-06-01", date_to="2027-06-30")
            self.start_again(order)
            self.assertEqual(self.points(), 200)
            self.assertEqual(self.member.last_purchase_at, datetime(2027, 6, 10, 10))

    def test_it_goes_by_the_tier_of_its_new_day(self):
        _low, high = self.make_tiers(0, 100, earn_multiplier={0: 1, 1: 2})
        order = self.cancelled(1)
        self.confirmed(1)
        self.assertEqual((self.points(), self.member.tier_id), (100, high))
        self.start_again(order)
        self.assertEqual(self.points(), 300)

    def test_the_tier_that_it_brought_falls_and_rises_with_it(self):
        self.program.tier_metric = "purchases"
        low, high = self.make_tiers(0, 1)
        order = self.confirmed(1)
        seen = [self.member.tier_id]
        for _again in range(2):
            order._action_cancel()
            seen.append(self.member.tier_id)
            self.start_again(order)
            seen.append(self.member.tier_id)
        self.assertEqual(seen, [high, low, high, low, high])

    def test_it_belongs_to_whom_the_member_was_merged_into(self):
        order = self.cancelled(1, partner=self.other.partner_id)
        self.env["base.partner.merge.automatic.wizard"]._merge((self.other | self.member).partner_id.ids, self.member.partner_id)
        self.start_again(order)
        self.assertEqual((self.points(), self.member.purchase_count), (100, 1))
        self.assertBalanced()

    def test_delivered_goods_earn_for_who_buys_now(self):
        self.program.earn_on = "delivery"
        order = self.confirmed(1)
        self.return_goods(self.deliver(order), 1)
        order._action_cancel()
        self.start_again(order, partner_id=self.other.partner_id.id)
        self.deliver(order)
        self.assertEqual((self.points(), self.points(self.other)), (0, 100))

    # ------------------------------------------------------------ once

    def test_the_welcome_is_given_once_though_the_first_order_starts_again(self):
        self.add_rule(points_mode="fixed", points=500, first_purchase=True)
        first, second = self.make_order(1), self.make_order(1)
        first.action_confirm()
        first._action_cancel()
        second.action_confirm()
        self.assertEqual(self.points(), 600)
        self.start_again(first)
        self.assertEqual(self.points(), 700)

    def test_the_welcome_is_given_once_though_the_first_order_was_emptied(self):
        self.add_rule(points_mode="fixed", points=500, first_purchase=True)
        first = self.confirmed(1)
        first.order_line.product_uom_qty = 0
        self.confirmed(1)
        self.assertEqual(self.points(), 600)
        first.order_line.product_uom_qty = 1
        self.assertEqual(self.points(), 700)
        first.order_line.product_uom_qty = 2
        self.assertEqual(self.points(), 800)

    def test_a_first_order_that_is_emptied_and_filled_again_stays_the_first(self):
        self.add_rule(points_mode="fixed", points=500, first_purchase=True)
        first = self.confirmed(1)
        self.confirmed(1)
        first.order_line.product_uom_qty = 0
        first.order_line.product_uom_qty = 1
        self.assertEqual(self.points(), 700)

    def test_a_budget_is_used_once(self):
        self.rule.budget_points = 1000
        order = self.cancelled(2)
        self.start_again(order)
        self.assertEqual((self.points(), self.rule.budget_used), (200, 200))

    def test_reconciling_again_changes_nothing(self):
        order = self.cancelled(2)
        order._loyalty_reconcile()
        self.assertEqual(len(order.loyalty_transaction_ids), 2)
        self.start_again(order)
        rows = order.loyalty_transaction_ids
        order._loyalty_reconcile()
        self.assertEqual(order.loyalty_transaction_ids, rows)

    def test_every_life_has_references_of_its_own(self):
        order = self.cancelled(2)
        for _again in range(2):
            self.start_again(order)
            order._action_cancel()
        rows = order.loyalty_transaction_ids.sorted("id")
        self.assertEqual(rows.mapped("type"), ["purchase", "refund"] * 3)
        self.assertEqual(rows.mapped("reference"), [f"{order.id}/{number}" for number in range(1, 7)])
        self.assertEqual(
            [row.origin_id for row in rows if row.type == "refund"], [*rows.filtered(lambda r: r.type == "purchase")]
        )
        self.assertEqual((self.points(), self.member.purchase_count), (0, 0))
        self.assertBalanced()

    def test_an_order_whose_goods_had_all_come_back_before_it_was_cancelled_is_over_too(self):
        order = self.confirmed(1)
        order.order_line.product_uom_qty = 0
        order._action_cancel()
        self.start_again(order, partner_id=self.other.partner_id.id)
        order.order_line.product_uom_qty = 1
        self.assertEqual((self.points(), self.points(self.other)), (0, 100))

    def test_several_orders_that_start_again_at_once_are_each_their_customers(self):
        orders = self.confirmed(1) | self.confirmed(2)
        orders._action_cancel()
        orders.action_draft()
        orders[1].partner_id = self.other.partner_id
        orders.action_confirm()
        self.assertEqual((self.points(), self.points(self.other)), (100, 200))
        self.assertBalanced()

    # ------------------------------------------------------------ points that paid

    def test_points_that_paid_for_it_are_back_whoever_buys_now(self):
        self.grant(1000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 90)
        order._action_cancel()
        self.grant(2000, self.other)
        order.action_draft()
        order.partner_id = self.other.partner_id
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual((self.points(), self.points(self.other)), (1000, 80))
        order._action_cancel()
        self.assertEqual((self.points(), self.points(self.other)), (1000, 2000))
        self.assertBalanced()

    def test_points_that_paid_for_it_twice_come_back_twice(self):
        lot = self.grant(1000)
        order = self.make_order(1)
        for _life in range(2):
            self.pay_with_points(order)
            order.action_confirm()
            self.assertEqual(self.points(), 90)
            order._action_cancel()
            self.assertEqual((self.points(), lot.remaining), (1000, 1000))
            order.action_draft()
        self.assertBalanced()

    # ------------------------------------------------------------ what it says

    def test_the_quotation_says_what_it_will_earn(self):
        order = self.cancelled(1)
        self.assertEqual(order.loyalty_points, 0)
        order.action_draft()
        self.assertEqual(order.loyalty_points, 100)
        order.partner_id = self.other.partner_id
        self.assertEqual(order.loyalty_member_id, self.other)

    def test_a_cancelled_order_still_tells_whose_it_was(self):
        order = self.cancelled(1)
        self.assertEqual(order.loyalty_member_id, self.member)
        self.assertIn("+100", order.loyalty_explanation)

    def test_an_order_tells_nothing_of_its_former_life(self):
        self.program.negative_policy = "available"
        order = self.confirmed(1)
        self.spend(100)
        order._action_cancel()
        self.start_again(order, partner_id=self.other.partner_id.id)
        self.assertEqual((order.loyalty_points, order.loyalty_explanation.count("\n")), (100, 0))


@tagged("post_install", "-at_install")
class TestOrderKeepsItsSettings(LoyaltyCase):
    """What has earned is settled by what the program said then, whatever it says today."""

    def test_when_it_earns_stays(self):
        order = self.make_order(2)
        order.action_confirm()
        self.program.earn_on = "payment"
        picking = self.deliver(order)
        self.assertEqual(self.points(), 200)
        self.return_goods(picking, 1)
        self.assertEqual(self.points(), 100)

    def test_an_order_that_waits_for_its_payment_goes_on_waiting(self):
        self.program.earn_on = "payment"
        order = self.make_order(2)
        order.action_confirm()
        invoice = self.invoice(order)
        self.pay(invoice)
        self.assertEqual(self.points(), 200)
        self.program.earn_on = "confirm"
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.points(), 0)

    def test_whether_taxes_count_stays(self):
        tax = self.env["account.tax"].create({"name": "10%", "amount": 10, "price_include_override": "tax_excluded"})
        order = self.make_order(1)
        order.order_line.tax_ids = tax
        order.action_confirm()
        self.program.amount_basis = "tax_excluded"
        self.deliver(order)
        self.assertEqual(self.points(), 110)

    def test_an_order_that_has_not_earned_yet_goes_by_what_is_set_today(self):
        self.program.earn_on = "delivery"
        order = self.make_order(2)
        order.action_confirm()
        self.program.earn_on = "confirm"
        order._loyalty_reconcile()
        self.assertEqual(self.points(), 200)

    def test_an_order_that_starts_again_goes_by_what_is_set_then(self):
        order = self.make_order(1)
        order.action_confirm()
        order._action_cancel()
        self.program.earn_on = "delivery"
        order.action_draft()
        order.action_confirm()
        self.assertEqual(self.points(), 0)
        self.deliver(order)
        self.assertEqual(self.points(), 100)
        self.program.earn_on = "payment"
        order._loyalty_reconcile()
        self.assertEqual(self.points(), 100)

    def test_purchases_of_other_systems_keep_none(self):
        self.assertFalse(self.buy(100).earn_on)
