from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common_messages import MessageCase


@tagged("post_install", "-at_install")
class TestProgramMessages(MessageCase):
    def test_what_is_due_at_night_waits_for_the_morning_of_the_program(self):
        self.assertEqual(self.program._next_telling(datetime(2026, 5, 1, 22)), datetime(2026, 5, 2, 9))
        self.assertEqual(self.program._next_telling(datetime(2026, 5, 1, 16)), datetime(2026, 5, 1, 16))

    def test_the_same_hour_twice_means_no_quiet_hours(self):
        self.program.write({"quiet_from": 8, "quiet_to": 8})
        late = datetime(2026, 5, 1, 22)
        self.assertEqual(self.program._next_telling(late), late)

    def test_hours_that_no_day_has_are_refused(self):
        for values in ({"quiet_from": 24}, {"quiet_to": -1}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.program.write(values)

    @mute_logger("odoo.sql_db")
    def test_fewer_than_no_messages_a_week_are_refused(self):
        with self.assertRaises(IntegrityError):
            self.program.message_cap = -1
            self.program.flush_recordset()

    def test_who_had_as_many_messages_as_may_be_has_no_room(self):
        self.make_events(self.both, channel="email")
        self.make_events(self.member, channel="sms")
        for cap, room in ((3, self.both), (2, self.other), (1, self.both.browse())):
            with self.subTest(cap=cap):
                self.program.message_cap = cap
                self.assertEqual(self.both._message_room(), room)

    def test_no_cap_leaves_room_for_all(self):
        self.make_events(self.both, channel="email")
        self.program.message_cap = 0
        self.assertEqual(self.both._message_room(), self.both)

    def test_only_messages_that_were_queued_within_the_days_count(self):
        self.program.message_cap = 1
        week = fields.Datetime.now() - timedelta(days=7, minutes=1)
        self.make_events(self.member, channel="email").date = week
        self.make_events(self.member)  # a coupon, no message
        self.make_events(self.member, channel="email", outcome="no_consent")
        self.assertEqual(self.member._message_room(), self.member)
        self.assertFalse(self.member._message_room(days=8))
