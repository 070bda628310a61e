from datetime import date
from decimal import Decimal

from odoo.tests.common import BaseCase, tagged

from ..domain.tiers import (
    Tier,
    after_validity,
    earned,
    following,
    rank,
    valid_until,
    window_start,
)

# Deliberately neither in the order of ids nor of thresholds.
GOLD, BASE, SILVER = Tier(1, Decimal(500)), Tier(2, Decimal(0)), Tier(3, Decimal(100))
TIERS = [GOLD, BASE, SILVER]


@tagged("post_install", "-at_install")
class TestDomainTiers(BaseCase):
    def test_a_threshold_is_reached_when_it_is_met(self):
        metrics = {"-1": None, "0": 2, "99.99": 2, "100": 3, "499": 3, "500": 1, "9999": 1}
        for metric, tier in metrics.items():
            self.assertEqual(earned(TIERS, Decimal(metric)), tier, metric)

    def test_no_tiers_earn_nothing(self):
        self.assertIsNone(earned([], Decimal(100)))
        self.assertIsNone(following([], None))

    def test_equal_thresholds_are_ordered_by_sequence(self):
        tiers = [Tier(1, Decimal(0), 20), Tier(2, Decimal(0), 10)]
        self.assertEqual(earned(tiers, Decimal(0)), 1)
        self.assertEqual([rank(tiers, 2), rank(tiers, 1)], [0, 1])

    def test_the_next_tier_costs_more(self):
        twin = Tier(4, Decimal(100), 5)
        tiers = [*TIERS, twin]
        self.assertEqual(following(tiers, BASE.id).threshold, 100)
        self.assertEqual(following(tiers, SILVER.id), GOLD)
        self.assertIsNone(following(tiers, GOLD.id))

    def test_a_downgrade_follows_the_policy(self):
        def after(policy, current, reached):
            return after_validity(policy, TIERS, current.id, reached and reached.id)

        self.assertEqual(after("never", GOLD, None), GOLD.id)
        self.assertEqual(after("one_level", GOLD, None), SILVER.id)
        self.assertEqual(after("one_level", GOLD, BASE), SILVER.id)
        self.assertEqual(after("requalify", GOLD, BASE), BASE.id)
        self.assertIsNone(after("requalify", GOLD, None))
        self.assertIsNone(after("one_level", BASE, None))

    def test_no_policy_takes_what_is_earned(self):
        for policy in ("never", "one_level", "requalify"):
            for reached in (SILVER, GOLD):
                after = after_validity(policy, TIERS, SILVER.id, reached.id)
                self.assertEqual(after, reached.id)

    def test_a_member_without_tier_or_with_a_withdrawn_one_gets_what_is_earned(self):
        for current in (None, 99):
            for policy in ("never", "one_level", "requalify"):
                self.assertEqual(after_validity(policy, TIERS, current, SILVER.id), SILVER.id)

    def test_unknown_policies_and_windows_are_refused(self):
        with self.assertRaises(ValueError):
            after_validity("sometimes", TIERS, None, None)
        with self.assertRaises(ValueError):
            window_start("fortnight", 1, date(2025, 1, 1), date(2025, 1, 1))
        with self.assertRaises(ValueError):
            window_start("rolling", 0, date(2025, 1, 1), date(2025, 1, 1))

    def test_a_rolling_window_of_twelve_months_is_one_year_with_today(self):
        start = window_start("rolling", 12, date(2025, 6, 15), date(2020, 1, 1))
        self.assertEqual(start, date(2024, 6, 16))

    def test_a_membership_year_begins_on_the_anniversary_itself(self):
        joined = date(2020, 2, 29)
        starts = {
            date(2025, 2, 27): date(2024, 2, 29),
            date(2025, 2, 28): date(2025, 2, 28),
            date(2020, 2, 29): joined,
        }
        for today, start in starts.items():
            self.assertEqual(window_start("membership_year", 0, today, joined), start)

    def test_a_tier_without_validity_has_no_end(self):
        self.assertIsNone(valid_until(date(2025, 1, 1), 0))

    def test_validity_of_twelve_months_ends_before_the_same_day(self):
        self.assertEqual(valid_until(date(2025, 3, 1), 12), date(2026, 2, 28))
        self.assertEqual(valid_until(date(2024, 2, 29), 12), date(2025, 2, 28))
