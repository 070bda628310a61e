from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestExpiry(LoyaltyCase):
    def expire(self):
        self.Entry._expire_of(self.env["loyalty.member"].browse(self.Entry._expirable_members()))

    def test_lots_end_after_their_last_day_in_the_programs_time_zone(self):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 10, "expiry_unit": "day"})
        with freeze_time("2026-03-01 12:00:00"):
            lot = self.buy(100).entry_ids
        self.assertEqual(lot.expires_on, date(2026, 3, 11))
        with freeze_time("2026-03-11 15:59:00"):  # 23:59 in Shanghai
            self.expire()
            self.assertEqual(self.points(), 100)
        with freeze_time("2026-03-11 16:01:00"):  # 00:01 of the next day
            self.expire()
            self.assertEqual(self.points(), 0)
        expired = self.Entry.search([("member_id", "=", self.member.id), ("kind", "=", "expire")])
        self.assertEqual((expired.points, expired.date), (-100, datetime(2026, 3, 11, 16, 0)))
        self.assertBalanced()

    def test_what_expired_is_not_spent_before_the_job_has_run(self):
        self.grant(100, expires_on=self.program._today() - timedelta(days=2))
        self.assertEqual(self.points(), 100)
        with self.assertRaises(UserError):
            self.spend(1)

    def test_lots_that_expire_first_are_spent_first(self):
        late = self.grant(50, expires_on="2099-12-31")
        never = self.grant(50)
        soon = self.grant(50, expires_on="2098-12-31")
        self.spend(70)
        self.assertEqual((soon.remaining, late.remaining, never.remaining), (0, 30, 50))
        self.assertEqual(str(self.member.next_expiry_date), "2099-12-31")
        self.assertEqual(self.member.next_expiry_points, 30)

    def test_pending_time_does_not_count(self):
        self.program.write({"hold_days": 7, "expiry_policy": "rolling", "expiry_number": 1, "expiry_unit": "month"})
        with freeze_time("2026-01-10 04:00:00"):
            lot = self.buy(100).entry_ids
            self.assertEqual((lot.state, lot.available_on, lot.expires_on), ("pending", date(2026, 1, 17), date(2026, 2, 17)))
        with freeze_time("2026-01-16 15:00:00"):
            self.assertFalse(self.Entry._releasable_members())
        with freeze_time("2026-01-16 16:30:00"):  # the 17th in Shanghai
            self.assertEqual(self.Entry._releasable_members(), self.member.ids)
            self.Entry._release_of(self.member)
        self.assertEqual((self.points(), self.member.points_pending, lot.state), (100, 0, "posted"))
        self.assertBalanced()

    def test_pending_points_can_be_spent_on_their_day_before_the_job_has_run(self):
        self.program.hold_days = 1
        with freeze_time("2026-01-10 04:00:00"):
            self.buy(100)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.spend(10)
        with freeze_time("2026-01-11 04:00:00"):
            self.spend(10)
        self.assertEqual(self.points(), 90)

    def test_a_past_purchase_is_held_and_ends_by_its_own_date(self):
        self.program.write({"hold_days": 7, "expiry_policy": "calendar", "expiry_number": 1})
        lot = self.buy(100, date=datetime(2020, 5, 5, 12)).entry_ids
        self.assertEqual((lot.state, lot.expires_on), ("posted", date(2021, 12, 31)))
        self.expire()
        self.assertEqual(self.points(), 0)

    def test_given_back_points_of_an_expired_lot_are_gone(self):
        self.grant(100, expires_on=self.program._today())
        spent = self.spend(100)
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.Entry._restore([{"member_id": self.member.id, "kind": "restore", "points": 100, "reverses_id": spent.id}])
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_given_back_points_of_an_expired_lot_get_days_of_grace(self):
        self.program.return_grace_days = 14
        self.grant(100, expires_on=self.program._today())
        spent = self.spend(100)
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.Entry._restore([{"member_id": self.member.id, "kind": "restore", "points": 100, "reverses_id": spent.id}])
            self.assertEqual(self.points(), 100)
            self.assertEqual(self.member.next_expiry_date, self.program._today() + timedelta(days=14))
        self.assertBalanced()

    def test_jobs_run_as_odoo_runs_them(self):
        self.grant(100, expires_on=self.program._today() - timedelta(days=2))
        self.program.hold_days = 1
        with freeze_time(datetime.now() - timedelta(days=5)):
            self.buy(30)
        with self.enter_registry_test_mode():
            for name in ("cron_expire", "cron_release", "cron_review_tiers", "cron_occasions", "cron_seal"):
                self.env.ref(f"loyalty_membership.{name}").method_direct_trigger()
        self.assertEqual(self.points(), 30)
        self.assertBalanced()
