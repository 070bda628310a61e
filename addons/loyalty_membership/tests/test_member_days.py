"""Days ago and days ahead, computed and searched alike."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestMemberDays(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.program._today()
        cls.never = cls.make_member("Never", phone="13800138010")
        cls.members = cls.member | cls.other | cls.never
        for member, days in ((cls.member, 29), (cls.other, 30)):
            noon = cls.program._utc(fields.Datetime.to_datetime(today - timedelta(days=days)) + timedelta(hours=12))
            ago, ahead = today - timedelta(days=days), today + timedelta(days=days)
            member.write({"last_purchase_at": noon, "joined_on": ago, "next_expiry_date": ahead})
        cls.never.joined_on = today

    def found(self, name, operator, value):
        return self.env["loyalty.member"].search([("id", "in", self.members.ids), (name, operator, value)])

    def test_days_are_those_of_the_program(self):
        self.assertEqual(self.members.mapped("days_silent"), [29, 30, 0])
        self.assertEqual(self.members.mapped("days_joined"), [29, 30, 0])
        self.assertEqual(self.members.mapped("days_to_expiry"), [29, 30, 0])

    def test_searching_finds_what_is_computed(self):
        for name in ("days_silent", "days_to_expiry"):
            for operator, value, who in (
                (">", 29, self.other), (">=", 29, self.member | self.other), ("<", 30, self.member),
                ("<=", 30, self.member | self.other), ("=", 30, self.other), ("in", [29, 30], self.member | self.other),
                ("=", False, self.never), ("!=", False, self.member | self.other), ("!=", 30, self.member | self.never),
            ):  # fmt: skip
                with self.subTest(name=name, operator=operator, value=value):
                    self.assertEqual(self.found(name, operator, value), who.sorted("id", reverse=True))

    def test_who_joined_today_is_a_member_for_no_day(self):
        self.assertEqual(self.found("days_joined", "<=", 0), self.never)
        self.assertEqual(self.found("days_joined", ">=", 0), self.members.sorted("id", reverse=True))

    def test_a_day_begins_and_ends_in_the_program_s_time_zone(self):
        today = self.program._today()
        midnight = self.program._utc(fields.Datetime.to_datetime(today))
        self.member.last_purchase_at = midnight
        self.other.last_purchase_at = midnight - timedelta(seconds=1)
        self.assertEqual(self.found("days_silent", "<", 1), self.member)
        self.assertEqual(self.found("days_silent", "=", 1), self.other)
        self.assertEqual((self.member.days_silent, self.other.days_silent), (0, 1))
