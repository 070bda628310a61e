from datetime import datetime
from decimal import Decimal

from odoo.tests.common import BaseCase, tagged

from ..domain.explain import WORDS, explain
from ..domain.rules import Line, Policy, Purchase, Rule, evaluate

CHINESE = {
    "note": "{told}；{note}",
    "factor": "{value}（{label}）",
    "birthday": "生日",
    "unit": "{basis} 件",
    "fixed": "每单 {points}",
    "cap_day": "每日上限 {limit}",
    "budget": "活动预算已用完，少得 {cut}",
}


@tagged("post_install", "-at_install")
class TestDomainExplain(BaseCase):
    def told(self, words=WORDS, lines=(("128.00", 1),), rules=(), budgets=None, **rule):
        """Return the explanation of one award of a Gold member (x 2) on a day of campaigns."""
        lines = tuple(Line(number, Decimal(amount), Decimal(1), product) for number, (amount, product) in enumerate(lines))
        purchase = Purchase(7, datetime(2025, 6, 6), lines, tier_multiplier=Decimal(2), tier_name="Gold")
        base = Rule(1, "Base", "base", **rule)
        [award] = evaluate(purchase, [base, *rules], Policy(), budgets=budgets)
        return explain(award.detail, words)

    def test_it_reads_like_the_formula(self):
        self.assertEqual(self.told(), "128.00 × 1 × 2 (Gold)")
        self.assertEqual(self.told(per_amount=Decimal("10.0")), "128.00 ÷ 10 × 1 × 2 (Gold)")

    def test_lines_of_a_campaign_are_a_part_of_their_own(self):
        double = Rule(5, "茶 {day}", "multiplier", multiplier=Decimal("2.50"), product_ids=frozenset({9}))
        told = self.told(lines=(("128.00", 9), ("30.5", 8)), rules=[double])
        self.assertEqual(told, "128.00 × 1 × 2 (Gold) × 2.5 (茶 {day}) + 30.50 × 1 × 2 (Gold)")

    def test_it_says_what_reduced_the_points(self):
        told = self.told(cap_points=Decimal(50), budget_points=Decimal(99), budgets={1: Decimal(20)})
        self.assertEqual(
            told,
            "128.00 × 1 × 2 (Gold); limited to 50 a day; 30 less, the campaign is used up",
        )

    def test_every_cap_period_has_a_word(self):
        for period in ("day", "week", "month", "year", "lifetime"):
            told = self.told(cap_points=Decimal(50), cap_period=period)
            self.assertIn("; limited to 50 ", told)

    def test_it_reads_naturally_in_chinese(self):
        self.assertEqual(self.told(CHINESE, points_mode="unit", points=Decimal(5)), "1 件 × 5 × 2（Gold）")
        self.assertEqual(
            self.told(CHINESE, points_mode="fixed", points=Decimal(60), cap_points=Decimal(100)),
            "每单 60 × 2（Gold）；每日上限 100",
        )

    def test_a_name_is_never_taken_for_a_template(self):
        part = {"kind": "tier", "name": "{0} {x}", "value": "2"}
        detail = {
            "mode": "money",
            "points": "1",
            "per": "1",
            "parts": [{"basis": "5.00", "factors": [part]}],
        }
        self.assertEqual(explain(detail), "5.00 × 1 × 2 ({0} {x})")
