from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.histories import Histories, collect, later

PROPERTY = settings(deadline=None, database=None, max_examples=200)


@tagged("post_install", "-at_install")
class TestDomainHistories(BaseCase):
    def test_purchases_of_a_day_are_one_and_the_first_day_is_none(self):
        days = [date(1997, 1, 1), date(1997, 1, 18), date(1997, 1, 18), date(1997, 8, 2), date(1997, 12, 12)]
        days = np.array([day.toordinal() for day in days])
        amounts = np.array([29.33, 20, 9.73, 14.96, 26.48])
        until = date(1997, 9, 30).toordinal()
        found, histories = collect(np.full(5, 4), days, amounts, until)
        # The first customer of the sample: x = 2, 30.43 and 38.86 weeks, 22.35 on average (note on Gamma-Gamma).
        self.assertEqual((found.tolist(), histories.frequency.tolist()), ([4], [2]))
        self.assertEqual([round(float(histories.recency[0]) / 7, 2), round(float(histories.age[0]) / 7, 2)], [30.43, 38.86])
        self.assertAlmostEqual(histories.mean[0], 22.345)
        bought, money = later(np.full(5, 4), days, amounts, found, until, until + 273)
        self.assertEqual((bought.tolist(), money.tolist()), ([1], [26.48]))

    def test_what_was_given_back_on_its_day_is_a_purchase_that_cost_nothing(self):
        days, amounts = np.array([1, 5, 5, 9, 12]), np.array([10, 30, -30, 20, 0])
        _found, histories = collect(np.full(5, 1), days, amounts, 20)
        self.assertEqual([column.tolist() for column in vars(histories).values()], [[3], [11], [19], [1], [20]])

    @PROPERTY
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(-5, 50)), max_size=60), st.integers(0, 40))
    def test_histories_are_those_of_a_plain_count(self, rows, until):
        columns = [np.array([row[at] for row in rows], dtype=int) for at in range(3)]
        found, histories = collect(*columns, until)
        bought, money = later(*columns, found, until, 35)
        self.assertEqual(found.tolist(), sorted({customer for customer, day, _money in rows if day <= until}))
        for at, customer in enumerate(found):
            sums = {}
            for _customer, day, amount in sorted(row for row in rows if row[0] == customer):
                sums[day] = sums.get(day, 0) + amount
            past = [day for day in sums if day <= until]
            paid = [sums[day] for day in past[1:] if sums[day] > 0]
            expected = [len(past) - 1, past[-1] - past[0], until - past[0], len(paid), sum(paid)]
            self.assertEqual([float(column[at]) for column in vars(histories).values()], expected)
            ahead = [day for day in sums if until < day <= 35]
            self.assertEqual((bought[at], money[at]), (len(ahead), sum(sums[day] for day in ahead)))

    def test_an_impossible_history_is_refused(self):
        for frequency, recency, age, paid in (
            (1, 0, 9, 1),
            (0, 3, 9, 0),
            (2, 10, 9, 1),
            (-1, 0, 9, 0),
            (1, 3, 9, 2),
            (1, 3, np.nan, 1),
        ):
            with self.assertRaisesRegex(ValueError, "impossible"):
                Histories(*(np.array([number]) for number in (frequency, recency, age, paid, 5)))
