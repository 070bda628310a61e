from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.expiry import (
    add_months,
    anniversary,
    expires_on,
    inactive_on,
    is_birthday,
    round_up,
)

DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))
PROPERTY = settings(deadline=None, database=None, max_examples=300)


@tagged("post_install", "-at_install")
class TestDomainExpiry(BaseCase):
    def test_points_that_never_expire_have_no_last_day(self):
        for policy in ("never", "inactivity"):
            self.assertIsNone(expires_on(policy, 12, "month", "year", date(2025, 1, 1)))

    def test_rolling_points_live_days_months_or_years(self):
        start = date(2024, 2, 29)
        lives = {"day": date(2024, 3, 1), "month": date(2024, 3, 29), "year": date(2025, 2, 28)}
        for unit, last in lives.items():
            self.assertEqual(expires_on("rolling", 1, unit, "none", start), last)

    def test_the_end_of_a_short_month_is_not_overrun(self):
        self.assertEqual(expires_on("rolling", 1, "month", "none", date(2024, 1, 31)), date(2024, 2, 29))
        self.assertEqual(expires_on("rolling", 1, "month", None, date(2025, 12, 31)), date(2026, 1, 31))

    def test_rolling_points_live_to_the_end_of_the_period(self):
        ends = {
            "month": date(2026, 5, 31),
            "quarter": date(2026, 6, 30),
            "year": date(2026, 12, 31),
        }
        for rounding, last in ends.items():
            day = expires_on("rolling", 12, "month", rounding, date(2025, 5, 2))
            self.assertEqual(day, last)

    def test_a_last_day_of_a_period_stays(self):
        for rounding in ("month", "quarter", "year"):
            self.assertEqual(round_up(date(2025, 12, 31), rounding), date(2025, 12, 31))

    def test_calendar_points_of_a_year_end_together(self):
        for day in (date(2025, 1, 1), date(2025, 12, 31)):
            self.assertEqual(expires_on("calendar", 1, "year", "none", day), date(2026, 12, 31))
        self.assertEqual(expires_on("calendar", 0, "day", None, date(2025, 5, 5)), date(2025, 12, 31))

    def test_unknown_settings_are_refused(self):
        day = date(2025, 1, 1)
        for arguments in (
            ("sometimes", 1, "month", "none", day),
            ("rolling", 1, "week", "none", day),
            ("rolling", 1, "month", "decade", day),
            ("rolling", -1, "day", "none", day),
        ):
            with self.subTest(arguments=arguments), self.assertRaises(ValueError):
                expires_on(*arguments)

    def test_inactivity_counts_from_the_last_movement(self):
        self.assertEqual(inactive_on(date(2025, 8, 31), 6, "month"), date(2026, 2, 28))

    def test_a_leap_birthday_is_kept_on_28_february(self):
        leap = date(2000, 2, 29)
        self.assertTrue(is_birthday(leap, date(2025, 2, 28), "day"))
        self.assertFalse(is_birthday(leap, date(2025, 3, 1), "day"))
        self.assertFalse(is_birthday(leap, date(2028, 2, 28), "day"))
        self.assertTrue(is_birthday(leap, date(2028, 2, 29), "day"))

    def test_a_birthday_week_crosses_the_year(self):
        first_of_january = date(1990, 1, 1)  # 2025: a Wednesday, in the week from 30 December
        self.assertTrue(is_birthday(first_of_january, date(2024, 12, 30), "week"))
        self.assertFalse(is_birthday(first_of_january, date(2024, 12, 29), "week"))
        self.assertFalse(is_birthday(first_of_january, date(2025, 12, 28), "week"))

    def test_a_birthday_month_ignores_the_year(self):
        self.assertTrue(is_birthday(date(1990, 6, 30), date(2025, 6, 1), "month"))
        self.assertFalse(is_birthday(date(1990, 6, 30), date(2025, 7, 1), "month"))

    def test_an_unknown_birthday_period_is_refused_even_without_birthdate(self):
        with self.assertRaises(ValueError):
            is_birthday(None, date(2025, 1, 1), "year")

    @PROPERTY
    @given(birthdate=DAYS, on=DAYS)
    def test_a_birthday_lies_in_its_own_week_and_month(self, birthdate, on):
        day = anniversary(birthdate, on.year)
        for period in ("day", "week", "month"):
            self.assertTrue(is_birthday(birthdate, day, period))
        monday = day - timedelta(days=day.weekday())
        for offset in range(-1, 8):
            inside = is_birthday(birthdate, monday + timedelta(days=offset), "week")
            self.assertEqual(inside, 0 <= offset <= 6)

    @PROPERTY
    @given(day=DAYS, months=st.integers(-600, 600))
    def test_months_added_never_leave_the_month_meant(self, day, months):
        moved = add_months(day, months)
        self.assertEqual((moved.year - day.year) * 12 + moved.month - day.month, months)
        self.assertTrue(moved.day == day.day or (moved + timedelta(days=1)).day == 1)
