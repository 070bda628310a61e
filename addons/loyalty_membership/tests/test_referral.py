"""Members who bring friends: both are rewarded after the friend's first paid purchase, once, and it is taken back with it."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


class ReferralCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.points = 0.01  # so that purchases of this size give nothing themselves
        cls.referral_rule, cls.referred_rule = cls.env["loyalty.earning.rule"].create([
            {"program_id": cls.program.id, "name": name, "trigger": "activity", "activity_code": code, "points": points}
            for name, code, points in (("Brought a friend", "referral", 100), ("Was brought", "referred", 30))
        ])
        cls.friend = cls.make_member("Zhao Min", phone="13800138055", referrer_id=cls.member.id)

    def referral(self, friend=None):
        return self.env["loyalty.referral"].search([("friend_id", "=", (friend or self.friend).id)])

    def settle(self):
        self.env["loyalty.referral"].search([("to_settle", "=", True)])._settle()
        self.env.invalidate_all()

    def told(self, friend=None):
        """State, reason, points of who brought, points of the friend."""
        friend = friend or self.friend
        referral = self.referral(friend)
        return referral.state, referral.reason, self.points(self.member), self.points(friend)

    def bring(self, name, **values):
        return self.make_member(name, referrer_id=values.pop("referrer", self.member).id, **values)


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
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase)
        self.settle()
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
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase)
        self.settle()
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
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase)
        self.settle()
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
        self.settle()
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


@tagged("post_install", "-at_install")
class TestReferralLimits(ReferralCase):
    def test_beyond_the_limit_of_the_month_only_friends_get_points(self):
        self.program.referral_limit = 2
        friends = [self.friend, self.bring("Two"), self.bring("Three")]
        self.Transaction._book(self.program, [self.row(50, friend) for friend in friends])
        self.settle()
        self.assertEqual([self.told(friend)[:2] for friend in friends], [("rewarded", False)] * 2 + [("bought", "limit")])
        self.assertEqual((self.points(), [self.points(friend) for friend in friends]), (200, [30] * 3))

    def test_the_limit_starts_again_with_the_month_of_the_programs_time_zone(self):
        self.program.referral_limit = 1
        for number, moment in enumerate(("2025-06-30 15:59:00", "2025-06-30 16:00:00", "2025-06-30 16:01:00")):
            with freeze_time(moment):
                friend = self.friend if not number else self.bring(f"Friend {number}", joined_on="2025-06-01")
                self.buy(50, friend)
                self.settle()
                self.assertEqual(self.referral(friend).state, ("rewarded", "rewarded", "bought")[number])

    def test_what_is_taken_back_makes_room(self):
        self.program.referral_limit = 1
        first = self.buy(50, self.friend)
        self.settle()
        self.refund(first)
        self.settle()
        second = self.bring("Two")
        self.buy(50, second)
        self.settle()
        self.assertEqual(self.referral(second).state, "rewarded")

    def test_who_is_frozen_or_closed_gets_nothing_and_the_friend_does(self):
        for state in ("frozen", "closed"):
            referrer = self.make_member(f"Gone {state}")
            friend = self.bring(f"Friend of {state}", referrer=referrer)
            referrer.state = state
            self.buy(50, friend)
            self.settle()
            self.assertEqual((self.referral(friend).state, self.referral(friend).reason), ("bought", "barred"))
            self.assertEqual((self.points(referrer), self.points(friend)), (0, 30))

    def test_points_are_taken_back_from_who_was_frozen_meanwhile(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.member.state = "frozen"
        self.refund(purchase)
        self.settle()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))

    def test_who_was_a_customer_already_is_not_brought(self):
        self.buy(50, self.other)
        self.other.referrer_id = self.member
        self.assertEqual((self.referral(self.other).state, self.referral(self.other).reason), ("refused", "bought_before"))
        self.buy(50, self.other)
        self.settle()
        self.assertEqual(self.points(), 0)

    def test_a_friend_is_brought_once_and_by_whom_was_said_last(self):
        self.friend.referrer_id = self.other
        self.assertEqual((len(self.referral()), self.referral().referrer_id), (1, self.other))
        self.friend.referrer_id = False
        self.assertFalse(self.referral())

    def test_whom_was_rewarded_stays(self):
        self.buy(50, self.friend)
        self.settle()
        self.friend.referrer_id = self.other
        self.assertEqual((self.referral().referrer_id, self.referral().state), (self.member, "rewarded"))


@tagged("post_install", "-at_install")
class TestReferralMerges(ReferralCase):
    def test_who_takes_over_the_referrer_takes_over_the_friends(self):
        self.member._merge_into(self.other)
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual((self.referral().referrer_id, self.points(self.other)), (self.other, 100))

    def test_points_are_taken_back_from_who_took_over(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.member._merge_into(self.other)
        self.assertEqual(self.points(self.other), 100)
        self.refund(purchase)
        self.settle()
        self.assertEqual((self.referral().state, self.points(self.other), self.points(self.friend)), ("taken_back", 0, 0))
        self.assertBalanced()

    def test_who_turns_out_to_be_the_friend_loses_what_both_got(self):
        self.buy(50, self.friend)
        self.settle()
        self.friend._merge_into(self.member)
        self.assertEqual((self.referral().state, self.referral().reason, self.points()), ("refused", "merged", 0))
        self.assertBalanced()

    def test_a_friend_who_is_taken_over_is_still_brought(self):
        self.friend._merge_into(self.other)
        self.buy(50, self.other)
        self.settle()
        self.assertEqual((self.points(), self.points(self.other)), (100, 30))

    def test_a_friend_who_turns_out_to_be_a_customer_is_not_brought(self):
        self.buy(50, self.other)
        self.friend._merge_into(self.other)
        self.assertEqual(self.referral(self.other).reason, "bought_before")
        self.buy(50, self.other)
        self.settle()
        self.assertEqual(self.points(), 0)

    def test_of_two_who_were_brought_one_is(self):
        second = self.bring("Second")
        self.buy(50, second)
        self.settle()
        second._merge_into(self.friend)
        self.assertEqual(self.referral(self.friend).reason, "bought_before")
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual((self.points(), self.referral(second).state), (100, "rewarded"))
        refunded = self.referral(second).purchase_id
        self.refund(refunded)
        self.settle()
        self.assertEqual((self.points(), self.referral(second).state), (0, "taken_back"))


@tagged("post_install", "-at_install")
class TestSelfReferral(ReferralCase):
    def assertSelf(self, reason, friend):
        with self.assertRaisesRegex(ValidationError, f"same person.*{reason}"), self.env.cr.savepoint():
            friend.referrer_id = self.member

    def test_the_same_phone_is_refused(self):
        self.friend.partner_id.phone = "+86 138-0013-8000"
        self.friend.referrer_id = False
        self.assertSelf("phone", self.friend)

    def test_the_same_email_is_refused(self):
        self.member.partner_id.email = "li.na@example.com"
        self.other.partner_id.email = "LI.NA@example.com"
        self.assertSelf("e-mail", self.other)

    def test_the_same_postal_address_is_refused_however_it_is_written(self):
        self.member.partner_id.write({"street": "南京西路 100号", "street2": "3幢-201", "city": "上海市"})
        self.other.partner_id.write({"street": "南京西路１００号3幢201", "zip": "200040"})
        self.assertSelf("address", self.other)

    def test_another_flat_of_the_house_is_not_the_same_address(self):
        self.member.partner_id.write({"street": "南京西路100号201", "city": "上海市"})
        self.other.partner_id.write({"street": "南京西路100号202", "city": "上海市"})
        self.other.referrer_id = self.member
        self.assertEqual(self.referral(self.other).state, "joined")

    def test_a_delivery_address_is_the_customers(self):
        self.env["res.partner"].create({
            "parent_id": self.member.partner_id.id, "type": "delivery", "name": "Home", "street": "Main Street 12",
        })  # fmt: skip
        self.other.partner_id.street = "Main street 12."
        self.assertSelf("address", self.other)

    def test_a_contact_of_the_referrer_is_refused_and_the_other_way_round(self):
        child = self.make_member("Li Na's son", parent_id=self.member.partner_id.id)
        self.assertSelf("contact", child)
        self.other.partner_id.parent_id = self.friend.partner_id
        with self.assertRaisesRegex(ValidationError, "contact"):
            self.friend.referrer_id = self.other

    def test_what_a_merged_member_is_known_by_counts(self):
        self.other._merge_into(self.member)
        stranger = self.make_member("Stranger")
        stranger.partner_id.phone = "13800138001"  # that of the merged member
        self.assertSelf("phone", stranger)

    def test_a_merge_is_not_held_up_by_friends_who_share_an_address(self):
        self.friend.partner_id.street = self.other.partner_id.street = "Main Street 12"
        self.member._merge_into(self.other)
        self.assertEqual(self.friend.referrer_id, self.other)

    def test_pairs_are_compared_in_as_many_statements_as_one(self):
        referrals = self.env["loyalty.referral"]

        def statements(number):
            pairs = [(self.make_member(f"A {n}"), self.make_member(f"B {n}")) for n in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(referrals._one_person(pairs))
            return self.env.cr.sql_log_count - before

        statements(1)
        self.assertLessEqual(statements(40), statements(2))
