import secrets
from collections import Counter
from decimal import Decimal
from fractions import Fraction

from odoo.tests.common import BaseCase, tagged

from ..domain import chi_square
from ..domain import draw as lots


@tagged("post_install", "-at_install")
class TestDomainDraw(BaseCase):
    odds = lots.fixed({1: Decimal("0.5"), 2: Decimal("12.3456"), 3: Decimal(20)}, thanks=9)

    def test_a_hundred_thousand_numbers_spread_over_all_give_exactly_the_shares(self):
        odds = lots.weighted({1: 1, 2: 999, 3: 25_000, 9: 74_000}, thanks=9)
        drawn = Counter(lots.choose(odds, number) for number in range(100_000))
        self.assertEqual(drawn, {1: 1, 2: 999, 3: 25_000, 9: 74_000})

    def test_the_finest_percentage_is_one_number_of_a_million(self):
        odds = lots.fixed({1: Decimal("0.0001"), 2: Decimal("99.9999")}, thanks=9)
        self.assertEqual([lots.choose(odds, number) for number in (0, 1, 999_999)], [1, 2, 2])

    def test_a_prize_that_is_gone_leaves_its_odds_to_the_thank_you_prize_alone(self):
        for gone in ({1}, {2}, {1, 3}, {1, 2, 3}):
            before, after = lots.in_force(self.odds), lots.in_force(self.odds, gone)
            self.assertEqual(sum(after.values()), self.odds.total)
            for prize in (1, 2, 3):
                self.assertEqual(after[prize], 0 if prize in gone else before[prize])

    def test_a_number_draws_what_the_odds_in_force_say(self):
        odds = lots.weighted({1: 3, 2: 5, 3: 7, 9: 11}, thanks=9)
        for gone in ((), {1}, {2, 3}, {1, 2, 3}):
            drawn = Counter(lots.choose(odds, number, gone) for number in range(odds.total))
            self.assertEqual(drawn, {prize: units for prize, units in lots.in_force(odds, gone).items() if units})

    def test_numbers_of_the_system_fit_the_odds(self):
        odds = lots.weighted({1: 10, 2: 90, 9: 900}, thanks=9)
        drawn = Counter(lots.choose(odds, secrets.randbelow(odds.total)) for _draw in range(100_000))
        fit = chi_square.fit([(drawn[prize], odds.probability(prize) * 100_000) for prize in (1, 2, 9)])
        self.assertGreater(fit.p, 1e-6)

    def test_odds_that_are_not_kept_are_found_out(self):
        cells = [(1_100, Fraction(1_000)), (98_900, Fraction(99_000))]
        self.assertLess(chi_square.fit(cells).p, 0.01)

    def test_as_many_degrees_of_freedom_as_cells_after_pooling_less_one(self):
        cells = [(4, Fraction(3)), (2, Fraction(4)), (50, Fraction(50)), (44, Fraction(43))]
        self.assertEqual(chi_square.fit(cells).freedom, 2)
