"""Who gets nothing for a friend: over the limit of the month, frozen, brought before, or one and the same by a merge."""

from freezegun import freeze_time
from odoo.tests import tagged

from .common_referral import ReferralCase


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

    def test_what_is_taken_back_counts_for_the_limit_all_the_same(self):
        self.program.referral_limit = 1
        first = self.buy(50, self.friend)
        self.settle()
        self.refund(first)
        self.settle()
        second = self.bring("Two")
        self.buy(50, second)
        self.settle()
        self.assertEqual(self.told(second), ("bought", "limit", 0, 30))

    def test_a_second_attempt_counts_for_the_limit(self):
        self.program.referral_limit = 2
        for _attempt in range(2):
            self.refund(self.buy(50, self.friend))
            self.buy_and_return()
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("bought", "limit", 0, 30))

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
        referral = self.referral()
        self.friend._merge_into(self.member)
        self.assertEqual((referral.state, referral.reason, self.points()), ("refused", "merged", 0))
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
