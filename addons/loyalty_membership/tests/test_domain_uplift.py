import numpy as np
from odoo.tests.common import BaseCase, tagged

from ..domain import uplift
from ..domain.uplift import Group, means, shares


def buying(members, buyers):
    return Group(members, buyers, 0, 0, 0)


def spending(*amounts):
    amounts = np.array(amounts, float)
    return Group(len(amounts), int((amounts > 0).sum()), amounts.sum(), (amounts**2).sum(), (amounts**3).sum())


@tagged("post_install", "-at_install")
class TestDomainUplift(BaseCase):
    def test_shares_differ_as_in_newcombe_s_table(self):
        for one, other, low, high in (
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ):
            with self.subTest(one=one, other=other):
                found = shares(buying(*one[::-1]), buying(*other[::-1]))
                self.assertEqual((round(found.low, 4), round(found.high, 4)), (low, high))

    def test_means_differ_as_with_student_s_sleepers(self):
        one = spending(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
        other = spending(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)
        found = means(one, other)
        for value, known in zip(vars(found).values(), (-1.58, -3.3654832, 0.2054832), strict=True):
            self.assertAlmostEqual(value, known, 6)

    def test_to_swap_the_groups_swaps_the_signs(self):
        for way, one, other in (
            (shares, buying(70, 56), buying(80, 48)),
            (means, spending(1, 2, 4), spending(0, 3, 3, 9)),
        ):
            there, back = way(one, other), way(other, one)
            for value, same in ((there.estimate, -back.estimate), (there.low, -back.high), (there.high, -back.low)):
                self.assertAlmostEqual(value, same, 12)

    def test_19_of_20_intervals_of_shares_hold_the_truth(self):
        random = np.random.default_rng(5)
        held = 0
        for treated, control in zip(random.binomial(900, 0.15, 4000), random.binomial(100, 0.12, 4000), strict=True):
            found = shares(buying(900, int(treated)), buying(100, int(control)))
            held += found.low <= 0.03 <= found.high
        self.assertAlmostEqual(held / 4000, 0.95, delta=0.012)

    def test_19_of_20_intervals_of_skewed_spending_hold_the_truth(self):
        random = np.random.default_rng(7)
        held = 0
        for _time in range(1500):
            groups = [
                spending(*np.where(random.random(size) < share, random.lognormal(4, 0.6, size), 0))
                for size, share in ((3600, 0.3), (1200, 0.25))
            ]
            self.assertTrue(uplift.enough_for_means(*groups))
            found = means(*groups)
            held += found.low <= 0.05 * np.exp(4 + 0.18) <= found.high
        self.assertAlmostEqual(held / 1500, 0.95, delta=0.02)

    def test_without_any_effect_19_of_20_find_none(self):
        random = np.random.default_rng(11)
        drawn = zip(random.binomial(900, 0.12, 4000), random.binomial(100, 0.12, 4000), strict=True)
        found = [uplift.buyers(buying(900, int(one)), buying(100, int(other))).verdict for one, other in drawn]
        self.assertAlmostEqual(found.count("unknown") / 4000, 0.95, delta=0.012)

    def test_what_is_more_and_what_is_less(self):
        more, few = buying(1000, 200), buying(1000, 100)
        self.assertEqual(uplift.buyers(more, few).verdict, "more")
        self.assertEqual(uplift.buyers(few, more).verdict, "less")
        self.assertEqual(uplift.buyers(few, few).verdict, "unknown")

    def test_all_is_each_times_the_treated(self):
        found = uplift.buyers(buying(1000, 154), buying(500, 60))
        self.assertAlmostEqual(found.total.estimate, 154 - 1000 * 0.12)
        self.assertAlmostEqual(found.total.low, 1000 * found.each.low)
        self.assertAlmostEqual(found.total.high, 1000 * found.each.high)

    def test_few_members_are_too_few_whatever_they_buy(self):
        self.assertEqual(uplift.buyers(buying(900, 450), buying(29, 0)).verdict, "small")
        self.assertEqual(uplift.buyers(buying(900, 450), buying(30, 0)).verdict, "more")
        self.assertEqual(uplift.buyers(buying(900, 450), buying(1, 0)).each, None)

    def test_few_buyers_are_too_few(self):
        self.assertEqual(uplift.buyers(buying(9000, 90), buying(1000, 0)).verdict, "more")
        self.assertEqual(uplift.buyers(buying(900, 45), buying(90, 0)).verdict, "small", "4.1 were to be expected")

    def test_the_more_skewed_spending_the_more_members_it_takes(self):
        even, wild = [10, 12] * 50, [0] * 99 + [1000]
        self.assertTrue(uplift.enough_for_means(spending(*even), spending(*even)))
        self.assertFalse(uplift.enough_for_means(spending(*wild), spending(*wild)))
        self.assertTrue(uplift.enough_for_means(spending(*wild * 25), spending(*wild * 25)))

    def test_where_nobody_spends_nothing_is_told(self):
        self.assertEqual(uplift.revenue(spending(*[0] * 100), spending(*[0] * 100)).verdict, "small")
        self.assertEqual(uplift.revenue(spending(), spending()).verdict, "small")
