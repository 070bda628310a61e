from datetime import date, datetime

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestExpiryInactivity(LoyaltyCase):
    """All points of a member end N months after the last earn or burn."""

    def setUp(self):
        super().setUp()
        self.program.write({"expiry_policy": "inactivity", "expiry_number": 6, "expiry_unit": "month"})

    def expire(self):
        self.Entry._expire_of(self.env["loyalty.member"].browse(self.Entry._expirable_members()))

    def test_all_points_end_at_the_end_of_the_last_day(self):
        with freeze_time("2026-01-31 04:00:00"):
            self.buy(100)
        with freeze_time("2026-03-31 04:00:00"):
            self.spend(10)
        with freeze_time("2026-09-30 15:59:00"):  # 23:59 in Shanghai
            self.assertNotIn(self.member.id, self.Entry._expirable_members())
        with freeze_time("2026-09-30 16:01:00"):
            self.assertIn(self.member.id, self.Entry._expirable_members())
            self.expire()
        self.assertEqual(self.points(), 0)
        [ended] = self.member.entry_ids.filtered(lambda entry: entry.kind == "expire")
        self.assertEqual((ended.points, ended.date, ended.expires_on), (-90, datetime(2026, 9, 30, 16, 0), date(2026, 9, 30)))
        self.assertIn("2026-03-31", ended.note)
        self.assertBalanced()

    def test_ended_points_are_not_spent_before_the_job_has_run(self):
        with freeze_time("2026-01-31 04:00:00"):
            self.buy(100)
        with freeze_time("2026-08-01 04:00:00"):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.spend(1)
            self.buy(7)
        self.assertEqual(self.points(), 7)
        self.assertBalanced()

    def test_members_who_never_earned_lose_their_points_too(self):
        with freeze_time("2026-01-31 04:00:00"):
            self.grant(100)
            card = self.env["loyalty.card"].create({
                "program_id": self.program.id, "points": 30,
                "partner_id": self.env["res.partner"].create({"name": "Adopted"}).id,
            })  # fmt: skip
        adopted = self.env["loyalty.member"].search([("card_id", "=", card.id)])
        with freeze_time("2026-07-31 04:00:00"):
            self.assertFalse({self.member.id, adopted.id} & {*self.Entry._expirable_members()})
        with freeze_time("2026-08-01 04:00:00"):
            self.assertLessEqual({self.member.id, adopted.id}, {*self.Entry._expirable_members()})
            self.expire()
        self.assertEqual((self.points(), self.points(adopted)), (0, 0))
        self.assertBalanced()

    def test_an_adjustment_does_not_keep_old_points_alive(self):
        with freeze_time("2026-01-31 04:00:00"):
            self.buy(100)
        with freeze_time("2026-07-01 04:00:00"):
            self.grant(5)
        with freeze_time("2026-08-01 04:00:00"):
            self.expire()
        self.assertEqual(self.points(), 0)

    def test_points_given_to_a_member_who_has_none_live_in_full(self):
        with freeze_time("2026-01-31 04:00:00"):
            self.buy(100)
        with freeze_time("2026-08-15 04:00:00"):
            self.grant(5)
            self.assertEqual(self.points(), 5)
        with freeze_time("2027-02-15 04:00:00"):
            self.expire()
            self.assertEqual(self.points(), 5)
        with freeze_time("2027-02-16 04:00:00"):
            self.expire()
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_pending_time_does_not_count(self):
        self.program.hold_days = 30
        with freeze_time("2026-01-01 04:00:00"):
            self.buy(100)
        with freeze_time("2026-07-31 04:00:00"):  # six months after the 31st of January, the first day they could be spent
            self.spend(1)
        self.assertEqual(self.points(), 99)

    def test_points_given_back_too_late_are_gone_or_get_days_of_grace(self):
        for grace, left in ((0, 0), (14, 40)):
            with self.subTest(grace):
                member = self.make_member(f"Grace {grace}")
                self.program.return_grace_days = grace
                with freeze_time("2026-01-31 04:00:00"):
                    self.buy(100, member)
                    spent = self.spend(40, member)
                with freeze_time("2026-10-01 04:00:00"):
                    self.Entry._restore([
                        {"member_id": member.id, "kind": "restore", "points": 40, "reverses_id": spent.id}
                    ])  # fmt: skip
                    self.assertEqual(self.points(member), left)
                with freeze_time("2026-10-15 04:00:00"):
                    self.Entry._catch_up(member)
                    self.assertEqual(self.points(member), left)
                with freeze_time("2026-10-16 04:00:00"):
                    self.Entry._catch_up(member)
                    self.assertEqual(self.points(member), 0)
        self.assertBalanced()

    def test_other_programs_are_left_alone(self):
        self.program.expiry_policy = "never"
        with freeze_time("2020-01-31 04:00:00"):
            self.buy(100)
        self.assertNotIn(self.member.id, self.Entry._expirable_members())
        self.spend(1)
        self.assertEqual(self.points(), 99)
