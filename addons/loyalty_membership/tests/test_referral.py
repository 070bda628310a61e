"""Members who bring friends: both are rewarded after the friend's first paid purchase, once, and it is taken back with it."""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common_referral import ReferralCase


@tagged("post_install", "-at_install")
class TestReferral(ReferralCase):
    def test_a_friend_who_joins_is_noted(self):
        self.assertEqual(self.told(), ("joined", False, 0, 0))
        self.assertEqual(self.member.referral_ids.friend_id, self.friend)

    def test_the_first_paid_purchase_rewards_both(self):
        purchase = self.buy(50, self.friend)
        self.assertEqual(self.referral().state, "bought")
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertEqual(self.referral().purchase_id, purchase)
        self.assertEqual((self.referral().referrer_points, self.referral().friend_points), (100, 30))
        self.assertBalanced()

    def test_a_purchase_wakes_the_job(self):
        cron = self.env.ref("loyalty_membership.cron_settle_referrals")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.buy(50, self.friend)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers)

    def test_later_purchases_reward_nobody(self):
        for _time in range(3):
            self.buy(50, self.friend)
            self.settle()
        self.referral()._settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_two_purchases_before_the_job_reward_once(self):
        first = self.buy(50, self.friend)
        self.buy(60, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertEqual(self.referral().purchase_id, first)

    def test_what_costs_nothing_is_no_purchase(self):
        self.buy(0, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("joined", False, 0, 0))

    def test_a_full_refund_takes_both_back_and_a_later_purchase_earns_it_again(self):
        self.buy_and_return()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertBalanced()

    def test_a_partial_refund_takes_nothing_back(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase, amount=20)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.refund(purchase, amount=30)
        self.settle()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))

    def test_a_gift_that_is_kept_is_no_purchase_where_all_the_money_went_back(self):
        shoe, gift = ({"amount": amount, "quantity": 1, "product_id": self.product.id} for amount in (50, 0))
        purchase = self.buy(50, self.friend, lines=[shoe, gift])
        self.settle()
        self.refund(purchase)
        self.settle()
        self.assertFalse(purchase.is_refunded)
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))

    def test_a_refund_before_the_job_leaves_nothing_to_reward(self):
        self.refund(self.buy(50, self.friend))
        self.settle()
        self.assertEqual(self.told(), ("joined", False, 0, 0))

    def test_another_purchase_takes_the_place_of_one_that_is_returned(self):
        first, second = self.buy(50, self.friend), self.buy(60, self.friend)
        self.settle()
        self.refund(first)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertEqual(self.referral().purchase_id, second)

    def test_points_come_back_from_their_own_lot_first(self):
        self.grant(40, expires_on=date.today() + timedelta(days=1))
        self.buy_and_return()
        lot = self.member.entry_ids.filtered(lambda entry: entry.kind == "adjust")
        self.assertEqual((lot.remaining, self.points()), (40, 40))

    def test_points_that_are_spent_are_owed(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.spend(100)
        self.refund(purchase)
        self.settle()
        self.assertEqual((self.points(), self.member.points_debt), (-100, 100))
        self.assertBalanced()

    def test_where_spent_points_are_forgiven_there_is_no_second_reward(self):
        for policy in ("available", "pending_only"):
            self.program.negative_policy = policy
            friend, spent = self.bring(f"Friend {policy}"), 0
            for _time in range(3):
                purchase = self.buy(50, friend)
                self.settle()
                for member in (self.member, friend):
                    spent += self.points(member)
                    if self.points(member):
                        self.spend(self.points(member), member)
                self.refund(purchase)
                self.settle()
            self.assertEqual((spent, *self.told(friend)), (130, "refused", "forgiven", 0, 0))
        self.assertBalanced()

    def test_points_of_the_friend_alone_that_are_forgiven_end_it_too(self):
        self.program.negative_policy = "available"
        purchase = self.buy(50, self.friend)
        self.settle()
        self.spend(30, self.friend)
        self.refund(purchase)
        self.settle()
        self.assertEqual(self.told(), ("refused", "forgiven", 0, 0))

    def test_where_nothing_was_forgiven_it_is_earned_again(self):
        self.program.negative_policy = "available"
        self.buy_and_return()
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_points_on_hold_are_withdrawn_before_they_are_released(self):
        self.program.hold_days = 7
        purchase = self.buy(50, self.friend)
        self.settle()
        self.assertEqual((self.points(), self.member.points_pending), (0, 100))
        self.refund(purchase)
        self.settle()
        self.assertEqual((self.points(), self.member.points_pending), (0, 0))

    def test_a_budget_gets_back_what_is_taken_back(self):
        self.referral_rule.budget_points = 100
        self.buy_and_return()
        self.assertEqual(self.referral_rule.budget_used, 0)

    def test_without_a_rule_nothing_is_looked_for(self):
        (self.referral_rule + self.referred_rule).active = False
        self.buy(50, self.friend)
        self.assertFalse(self.referral().to_settle)

    def test_a_rule_for_one_side_rewards_one_side(self):
        self.referred_rule.active = False
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 0))

    def test_fifty_referrals_are_settled_in_as_many_statements_as_five(self):
        def settle(number):
            friends = [self.bring(f"Friend {self.next_reference()}", referrer=self.other) for _time in range(number)]
            self.Transaction._book(self.program, [self.row(50, friend) for friend in friends])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.settle()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        settle(5)
        few = settle(5)
        self.assertLessEqual(settle(50), few)
        self.assertEqual(self.points(self.other), 6000)


@tagged("post_install", "-at_install")
class TestReferralOrders(ReferralCase):
    def order(self):
        order = self.make_order(1, partner=self.friend.partner_id, price=50)
        order.action_confirm()
        self.settle()
        return order

    def test_an_order_waits_until_its_invoice_is_paid(self):
        order = self.order()
        self.assertEqual(self.told(), ("bought", "unpaid", 0, 0))
        invoice = self.invoice(order)
        self.settle()
        self.assertEqual(self.referral().reason, "unpaid")
        self.pay(invoice)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_an_order_whose_online_payment_is_done_is_paid(self):
        order = self.order()
        self.pay_online(order, "pending")
        self.referral()._settle()
        self.assertEqual(self.referral().reason, "unpaid")
        self.pay_online(order, "done")
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def pay_online(self, order, state):
        provider = self.env["payment.provider"].search([("code", "=", "none")], limit=1) or self.env["payment.provider"].search(
            [], limit=1
        )
        method = self.env["payment.method"].with_context(active_test=False).search([], limit=1)
        payment = self.env["payment.transaction"].create({
            "provider_id": provider.id, "payment_method_id": method.id, "amount": order.amount_total,
            "currency_id": order.currency_id.id, "partner_id": order.partner_id.id, "reference": self.next_reference(),
            "operation": "validation", "state": state, "sale_order_ids": [Command.set(order.ids)],
        })  # fmt: skip
        payment._post_process()

    def test_a_cancelled_order_takes_both_back(self):
        order = self.order()
        self.pay_online(order, "done")
        self.settle()
        order._action_cancel()
        self.settle()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))

    def test_a_credited_invoice_takes_both_back(self):
        order = self.order()
        invoice = self.invoice(order)
        self.pay(invoice)
        self.settle()
        self.credit(invoice).action_post()
        self.settle()
        self.assertEqual(self.told()[2:], (0, 0))

    def test_a_gift_paid_with_points_alone_is_no_purchase(self):
        self.grant(10000, self.friend)
        order = self.make_order(1, partner=self.friend.partner_id, price=50)
        self.pay_with_points(order)
        order.action_confirm()
        self.settle()
        self.assertEqual(self.referral().state, "joined")
