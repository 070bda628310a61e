"""Daily check-ins: once a day of the program, and bonuses for days in a row."""

from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import LoyaltyCase
from .common_api import ApiCase

#: A noon in Shanghai, as the database stores it.
NOON = datetime(2025, 6, 2, 4)


class CheckInCase(LoyaltyCase):
    def make_rule(self, points, **values):
        return self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": f"Check-in {points}", "trigger": "activity", "activity_code": "check_in",
            "points": points, **values,
        })  # fmt: skip

    def check_in_row(self, day=0, member=None, **values):
        row = self.row(0, member, NOON + timedelta(days=day), type="activity", activity_code="check_in", **values)
        del row["lines"]
        return row

    def check_in(self, *days, member=None):
        """Check in on these days, counted from a Monday, one call a day; the points that each gave."""
        return [self.Transaction._book(self.program, [self.check_in_row(day, member)]).points for day in days]


@tagged("post_install", "-at_install")
class TestCheckIn(CheckInCase):
    def test_one_check_in_a_day_counts_whatever_its_reference(self):
        self.make_rule(5)
        first, again = (self.Transaction._book(self.program, [self.check_in_row()]) for _time in range(2))
        self.assertEqual((first, self.points()), (again, 5))

    def test_two_of_one_day_in_one_batch_are_one(self):
        self.make_rule(5)
        rows = [self.check_in_row(), self.check_in_row(), self.check_in_row(1), self.check_in_row(member=self.other)]
        first, again, next_day, other = self.Transaction._book(self.program, rows)
        self.assertEqual(first, again)
        self.assertEqual((len(first + next_day + other), self.points(), self.points(self.other)), (3, 10, 5))

    def test_the_day_is_that_of_the_programs_time_zone(self):
        self.make_rule(5)
        last_minute, midnight = datetime(2025, 6, 2, 15, 59), datetime(2025, 6, 2, 16)
        rows = [self.check_in_row() | {"date": moment} for moment in (last_minute, midnight)]
        booked = self.Transaction._book(self.program, rows)
        self.assertEqual([str(day) for day in booked.mapped("check_in_day")], ["2025-06-02", "2025-06-03"])

    def test_the_seventh_day_in_a_row_gives_a_bonus_once(self):
        self.make_rule(30, streak="once", streak_days=7)
        self.assertEqual(self.check_in(*range(15)), [0] * 6 + [30] + [0] * 8)

    def test_every_three_days_in_a_row_give_a_bonus_again_and_again(self):
        self.make_rule(1)
        self.make_rule(10, streak="again", streak_days=3)
        self.assertEqual(self.check_in(*range(7)), [1, 1, 11, 1, 1, 11, 1])

    def test_a_missed_day_starts_again(self):
        self.make_rule(10, streak="once", streak_days=3)
        self.assertEqual(self.check_in(0, 1, 3, 4, 5), [0, 0, 0, 0, 10])

    def test_a_late_check_in_gives_what_the_whole_run_has_reached_by_now(self):
        self.make_rule(10, streak="once", streak_days=5)
        self.assertEqual(self.check_in(0, 1, 3, 4), [0] * 4)
        self.assertEqual(self.check_in(2), [10])
        self.assertEqual(self.check_in(5), [0])

    def test_a_late_check_in_gives_nothing_that_an_end_had_reached_already(self):
        self.make_rule(10, streak="once", streak_days=3)
        self.assertEqual(self.check_in(0, 1, 2, 4), [0, 0, 10, 0])
        self.assertEqual(self.check_in(3), [0])

    def test_whatever_the_order_of_reports_a_run_gives_the_same_repeated_bonuses(self):
        self.make_rule(10, streak="again", streak_days=3)
        for order in ((0, 1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1, 0), (3, 0, 6, 1, 5, 2, 4), (0, 2, 4, 6, 1, 3, 5)):
            member = self.make_member(f"Order {order}")
            self.assertEqual(sum(self.check_in(*order, member=member)), 20, order)

    def test_days_of_a_batch_follow_each_other(self):
        self.make_rule(10, streak="once", streak_days=3)
        booked = self.Transaction._book(self.program, [self.check_in_row(day) for day in range(3)])
        self.assertEqual(booked.mapped("points"), [0, 0, 10])

    def test_a_streak_of_another_member_is_another_one(self):
        self.make_rule(10, streak="once", streak_days=2)
        self.check_in(0, member=self.other)
        self.assertEqual(self.check_in(1), [0])

    def test_the_days_of_a_merged_member_count_with_those_of_the_survivor(self):
        self.make_rule(10, streak="once", streak_days=3)
        self.check_in(0, 2, member=self.other)
        self.check_in(0)
        self.other._merge_into(self.member)
        self.assertEqual(self.check_in(1, 2), [10, 0])

    def test_a_streak_means_nothing_to_other_activities(self):
        rule = self.make_rule(10, streak="once", streak_days=3)
        rule.activity_code = "review"
        row = self.check_in_row() | {"activity_code": "review"}
        self.assertEqual(self.Transaction._book(self.program, [row]).points, 10)
        self.assertNotIn("in a row", rule.summary)

    def test_the_bonus_says_for_how_many_days(self):
        rule = self.make_rule(10, streak="again", streak_days=2)
        self.check_in(0, 1)
        self.assertEqual(self.member.entry_ids.explanation, f"{rule.name}: 10 at once; 2 days in a row")

    def test_the_summary_says_for_which_days(self):
        self.assertIn("only on day 7 in a row", self.make_rule(30, streak="once").summary)
        self.assertIn("every 3 days in a row", self.make_rule(30, streak="again", streak_days=3).summary)

    def test_one_day_in_a_row_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_rule(30, streak="once", streak_days=1)

    def test_the_member_shows_the_days_until_today_or_yesterday(self):
        today = (datetime.combine(self.program._today(), NOON.time()) - NOON).days
        for days, told in (((0, -1, -2), 3), ((-1, -2, -3), 3), ((-2, -3), 0), ((0, -2), 1)):
            member = self.make_member(f"Days {days}")
            self.check_in(*(today + day for day in days), member=member)
            self.assertEqual(member.check_in_streak, told, days)

    def test_the_shown_days_follow_a_new_check_in(self):
        today = (datetime.combine(self.program._today(), NOON.time()) - NOON).days
        self.assertEqual(self.member.check_in_streak, 0)
        self.check_in(today)
        self.assertEqual(self.member.check_in_streak, 1)

    def test_a_thousand_days_are_looked_up_by_the_index(self):
        members = [self.make_member(f"Patient {number}") for number in range(3)]
        self.Transaction._create_rows(self.program, [
            row | {"check_in_day": row["date"].date()}
            for member in members for row in (self.check_in_row(day, member) for day in range(1000))
        ])  # fmt: skip
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        day = (NOON + timedelta(days=1000)).date()
        found = self.Transaction._streaks([(member.id, day) for member in members])
        self.assertEqual(set(found.values()), {(1000, 0)})
        self.assertEqual(self.env.cr.sql_log_count - before, 1)


@tagged("post_install", "-at_install")
class TestCheckInApi(ApiCase):
    def check_in(self, reference, **values):
        arguments = {"member": self.member.code, "activity": "check_in", "source": "app", "reference": reference, **values}
        return self.call("record_activity", **arguments)

    def test_the_second_check_in_of_a_day_is_a_duplicate_that_gives_nothing(self):
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "In", "trigger": "activity", "activity_code": "check_in", "points": 5,
        })  # fmt: skip
        self.assertEqual(self.check_in("1"), {"points": 5, "balance": 5, "duplicate": False})
        self.assertEqual(self.check_in("2"), {"points": 0, "balance": 5, "duplicate": True})
        self.assertEqual(self.check_in("1"), {"points": 5, "balance": 5, "duplicate": True})
        self.assertEqual(len(self.member.transaction_ids), 1)

    def test_what_the_program_gives_by_itself_is_refused(self):
        for activity in ("joined", "birthday", "anniversary", "referral", "referred", "profile_completed"):
            self.assertRefused(
                422, "activity: ", "record_activity", member=self.member.code, activity=activity, source="app", reference="1"
            )
