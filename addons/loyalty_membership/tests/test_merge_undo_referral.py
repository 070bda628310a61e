"""A merge that is undone leaves referrals as they were, and what happened to them since."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.tests import tagged
from odoo.tools import SQL

from .common_referral import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralsUndone(ReferralCase):
    maxDiff = None

    def stored(self):
        """Every referral, but for who wrote it last."""
        self.env.flush_all()
        query = SQL("SELECT to_jsonb(r) - 'write_date' - 'write_uid' FROM loyalty_referral r ORDER BY id")
        return [row for (row,) in self.env.execute_query(query)]

    def merge(self, source, target):
        merge = source._merge_into(target, "Same person")
        self.env.invalidate_all()
        return merge

    def undo(self, merge):
        merge._undo("It was somebody else")
        self.env.invalidate_all()

    def rewarded(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        return purchase

    def assertAsBefore(self, source, target):
        """The state of each referral between, after the undo as before the merge."""
        before, points = self.stored(), (self.points(source), self.points(target))
        merge = self.merge(source, target)
        between = self.stored()
        self.undo(merge)
        self.assertEqual(self.stored(), before)
        self.assertEqual((self.points(source), self.points(target)), points)
        self.assertBalanced()
        return [(row["state"], row["reason"]) for row in between]

    def test_who_was_taken_for_the_friend_has_the_points_again_and_so_has_the_friend(self):
        self.rewarded()
        for source, target in ((self.friend, self.member), (self.member, self.friend)):
            self.assertEqual(self.assertAsBefore(source, target), [("refused", "merged")])

    def test_points_come_back_to_their_own_lots_once(self):
        self.rewarded()
        self.grant(60, expires_on="2099-01-31")
        lots = self.Entry.search([("remaining", ">", 0)])
        before = {lot: (lot.remaining, lot.expires_on) for lot in lots}
        self.undo(self.merge(self.friend, self.member))
        self.assertEqual({lot: (lot.remaining, lot.expires_on) for lot in lots}, before)
        self.assertEqual(self.Entry.search([("remaining", ">", 0)]), lots)
        self.assertEqual((self.member.lifetime_earned, self.friend.lifetime_earned), (160, 30))
        self.assertEqual((self.member.qualifying_points, self.friend.qualifying_points), (100, 30))

    def test_a_reversal_says_that_a_merge_was_undone(self):
        self.rewarded()
        self.undo(self.merge(self.friend, self.member))
        again = self.Entry.search([("kind", "=", "revoke"), ("points", ">", 0)])
        self.assertEqual(set(again.mapped("explanation")), {"Merge with Zhao Min undone"})

    def test_points_that_were_spent_and_owed_are_owed_no_more(self):
        self.rewarded()
        self.spend(90), self.spend(30, self.friend)
        merge = self.merge(self.friend, self.member)
        self.assertEqual(self.points(), -120)
        self.grant(45)
        self.undo(merge)
        self.assertEqual((self.points(), self.points(self.friend)), (55, 0))
        self.assertBalanced()

    def test_points_on_hold_wait_again(self):
        self.program.hold_days = 3
        self.buy(50, self.friend)
        self.settle()
        self.undo(self.merge(self.friend, self.member))
        self.assertEqual((self.member.points_pending, self.friend.points_pending), (100, 30))
        with freeze_time(datetime.now() + timedelta(days=5)):
            self.Entry._release_of(self.member | self.friend)
            self.assertEqual((self.points(), self.points(self.friend)), (100, 30))
            self.assertBalanced()

    def test_points_on_hold_that_would_have_been_released_meanwhile_are(self):
        self.program.hold_days = 3
        self.buy(50, self.friend)
        self.settle()
        merge = self.merge(self.friend, self.member)
        with freeze_time(datetime.now() + timedelta(days=5)):
            self.Entry._release_of(self.member | self.friend)
            self.assertEqual((self.points(), self.points(self.friend)), (0, 0))
            self.undo(merge)
            self.assertEqual((self.points(), self.points(self.friend)), (100, 30))
            self.assertEqual((self.member.lifetime_earned, self.friend.lifetime_earned), (100, 30))
            self.assertBalanced()

    def test_points_that_would_have_ended_meanwhile_have_ended(self):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 5, "expiry_unit": "day"})
        self.rewarded()
        merge = self.merge(self.friend, self.member)
        with freeze_time(datetime.now() + timedelta(days=10)):
            self.undo(merge)
            self.assertEqual((self.points(), self.points(self.friend)), (0, 0))
            self.assertBalanced()

    def test_a_budget_is_used_again(self):
        self.referral_rule.budget_points = 1000
        self.rewarded()
        self.undo(self.merge(self.friend, self.member))
        self.assertEqual(self.referral_rule.budget_used, 100)

    def test_a_cap_is_used_again_on_the_day_of_the_award(self):
        self.referral_rule.write({"cap_points": 100, "cap_period": "day"})
        self.rewarded()
        second = self.bring("Second")
        with freeze_time(datetime.now() + timedelta(days=2)):
            self.undo(self.merge(self.friend, self.member))
            self.buy(50, second)
            self.settle()
            self.assertEqual(self.points(), 200)

    def test_a_return_after_the_undo_takes_both_back_again(self):
        purchase = self.rewarded()
        for _number in range(2):
            self.undo(self.merge(self.friend, self.member))
        self.refund(purchase)
        self.settle()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))
        self.assertBalanced()

    def test_what_was_returned_since_is_taken_back_by_the_job(self):
        purchase = self.rewarded()
        merge = self.merge(self.friend, self.member)
        self.refund(purchase)
        self.settle()
        self.undo(merge)
        self.settle()
        self.assertEqual(self.told(), ("taken_back", False, 0, 0))
        self.assertBalanced()

    def test_a_tier_that_the_points_had_earned_is_not_lost_to_them(self):
        self.make_tiers(100, 1000)
        self.program.write({"tier_window": "rolling", "tier_window_months": 1})
        self.rewarded()
        tier = self.member.tier_id
        self.assertTrue(tier)
        self.undo(self.merge(self.friend, self.member))
        self.assertEqual(self.member.tier_id, tier)
        with freeze_time(datetime.now() + timedelta(days=60)):
            self.refund(self.buy(50))
            self.assertEqual(self.member.tier_id, tier)

    def test_friends_whom_the_merged_member_brought_come_back(self):
        self.rewarded()
        self.bring("Waiting")
        self.assertEqual(self.assertAsBefore(self.member, self.other), [("rewarded", None), ("joined", None)])

    def test_a_friend_who_was_taken_over_is_brought_again(self):
        for reward in (False, True):
            if reward:
                self.rewarded()
            self.assertAsBefore(self.friend, self.other)

    def test_who_turned_out_to_be_a_customer_is_a_friend_again(self):
        self.buy(50, self.other)
        self.assertEqual(self.assertAsBefore(self.friend, self.other), [("refused", "bought_before")])
        self.assertEqual(self.assertAsBefore(self.other, self.friend), [("refused", "bought_before")])

    def test_of_two_who_were_brought_both_are_again(self):
        second = self.bring("Second")
        self.assertEqual(self.assertAsBefore(second, self.friend), [("joined", None), ("refused", "merged")])
        self.buy(50, second)
        self.settle()
        self.assertEqual(self.assertAsBefore(second, self.friend), [("refused", "bought_before"), ("rewarded", None)])

    def test_what_was_refused_already_stays_refused(self):
        self.buy(50, self.other)
        late = self.make_member("Late", referrer_id=self.member.id)
        self.other.referrer_id = self.member
        self.assertEqual(self.referral(self.other).reason, "bought_before")
        self.assertAsBefore(self.other, self.member)
        self.assertEqual(self.referral(late).state, "joined")

    def test_who_was_rewarded_since_stays_rewarded(self):
        merge = self.merge(self.member, self.other)
        self.buy(50, self.friend)
        self.settle()
        self.undo(merge)
        referral = self.referral()
        self.assertEqual((referral.referrer_id, referral.state), (self.other, "rewarded"))
        self.assertEqual((self.points(), self.points(self.other), self.points(self.friend)), (0, 100, 30))
        self.assertEqual(self.friend.referrer_id, self.member)

    def test_what_was_taken_back_since_stays_so_and_comes_back(self):
        purchase = self.rewarded()
        merge = self.merge(self.member, self.other)
        self.refund(purchase)
        self.settle()
        self.undo(merge)
        self.assertEqual((self.referral().referrer_id, self.referral().state), (self.member, "taken_back"))
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))
        self.assertBalanced()

    def test_a_purchase_of_the_survivor_since_does_not_count_for_the_friend(self):
        self.referral_rule.active = False
        self.referred_rule.active = False
        merge = self.merge(self.friend, self.other)
        (self.referral_rule | self.referred_rule).active = True
        self.buy(50, self.other)
        self.undo(merge)
        self.settle()
        self.assertEqual((self.referral().state, self.points()), ("joined", 0))

    def test_a_purchase_of_the_friend_since_counts_for_a_referral_that_was_refused(self):
        self.buy(50, self.other)
        merge = self.merge(self.other, self.friend)
        self.assertEqual(self.referral().reason, "bought_before")
        self.buy(50, self.friend)
        self.undo(merge)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertBalanced()

    def test_whom_somebody_else_is_said_to_have_brought_since_stays_so(self):
        merge = self.merge(self.member, self.friend)
        self.assertEqual(self.referral().reason, "merged")
        third = self.make_member("Third")
        self.friend.referrer_id = third
        self.undo(merge)
        self.assertEqual((self.friend.referrer_id, self.referral().referrer_id, self.referral().state), (third, third, "joined"))

    def test_a_referrer_who_was_merged_since_does_not_keep_a_friend_refused(self):
        self.buy(50, self.other)
        merge = self.merge(self.other, self.friend)
        third = self.make_member("Third")
        self.merge(self.member, third)
        self.undo(merge)
        self.assertEqual((self.referral().referrer_id, self.referral().state), (third, "joined"))
