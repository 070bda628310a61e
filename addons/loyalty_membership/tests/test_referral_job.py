"""A referral that can't be settled holds up no other: it is set aside, told, and tried again a few times."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_referral import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralJob(ReferralCase):
    def setUp(self):
        super().setUp()
        self.second = self.bring("Second", referrer=self.other)

    def work(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_settle_referrals").method_direct_trigger()
        self.env.invalidate_all()

    @mute_logger("odoo.sql_db")
    def fail_at_work(self):
        """Run the job, and return what it logs of what it can't do."""
        with self.assertLogs("odoo.addons.loyalty_membership", "WARNING") as logs:
            self.work()
        return logs

    def poison(self, friend):
        """Let another row of the journal have the number that the reward of this friend will have."""
        reference = f"referral:{self.referral(friend).id}:1"
        return self.Transaction._book(self.program, [{
            "member": self.other, "type": "activity", "activity_code": "review", "date": datetime.now(), "source": "odoo",
            "reference": reference,
        }])  # fmt: skip

    def buy_both(self):
        self.Transaction._book(self.program, [self.row(50, self.friend), self.row(50, self.second)])

    def test_the_others_are_settled_and_its_members_keep_what_they_had(self):
        self.poison(self.friend)
        self.buy_both()
        self.fail_at_work()
        self.assertEqual(self.referral(self.second).state, "rewarded")
        self.assertEqual(self.told(), ("bought", False, 0, 0))
        self.assertBalanced()

    def test_it_says_why_and_when_it_is_tried_again(self):
        self.poison(self.friend)
        with freeze_time("2025-06-06 12:00:00"):
            self.buy(50, self.friend)
            self.fail_at_work()
            self.work()
            referral = self.referral()
            self.assertEqual((referral.tries, referral.to_settle), (1, True))
            self.assertIn("UniqueViolation", referral.problem)
            self.assertEqual(referral.try_at, datetime(2025, 6, 6, 13))

    def test_it_is_tried_again_and_forgets_its_problem_once_it_succeeds(self):
        referral = self.referral()
        now = datetime(2025, 6, 6, 12)
        self.poison(self.friend)
        with freeze_time(now):
            self.buy(50, self.friend)
            self.fail_at_work()
        referral.attempt = 1  # so that its next number is another one
        with freeze_time(now + timedelta(hours=1)):
            self.work()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))
        self.assertEqual((referral.problem, referral.tries, referral.try_at), (False, 0, False))

    def test_it_is_tried_five_times_and_then_waits_for_a_manager(self):
        referral, now = self.referral(), datetime(2025, 6, 6, 12)
        self.poison(self.friend)
        with freeze_time(now):
            self.buy(50, self.friend)
        for _time in range(5):
            with freeze_time(now):
                self.fail_at_work()
            now += timedelta(days=2)
        with freeze_time(now):
            self.work()
        self.assertEqual((referral.tries, referral.to_settle), (5, False))
        self.assertTrue(referral.problem)

    def test_a_manager_lets_it_be_tried_again_and_nobody_else_does(self):
        referral = self.referral()
        self.poison(self.friend)
        self.buy(50, self.friend)
        self.fail_at_work()
        for group in ("group_store", "group_marketing"):
            with self.assertRaises(AccessError):
                referral.with_user(self.make_user(f"try_{group}", f"loyalty_membership.{group}")).action_try_again()
        referral.attempt = 1
        referral.with_user(self.make_user("try_manager", "loyalty_membership.group_manager")).action_try_again()
        self.work()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_a_purchase_lets_it_be_tried_at_once(self):
        referral = self.referral()
        self.poison(self.friend)
        self.buy(50, self.friend)
        self.fail_at_work()
        referral.attempt = 1
        self.buy(50, self.friend)
        self.work()
        self.assertEqual(referral.state, "rewarded")

    def test_the_log_tells_nothing_that_rows_hold(self):
        self.poison(self.friend)
        self.buy(50, self.friend)
        logs = self.fail_at_work()
        self.assertNotIn("Key (", "".join(logs.output) + self.referral().problem)
        self.assertFalse([record for record in logs.records if record.exc_info])
