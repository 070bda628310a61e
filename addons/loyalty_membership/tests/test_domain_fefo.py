from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.fefo import take

DAY = date(2025, 1, 1)
DAYS = st.integers(0, 5).map(lambda days: DAY + timedelta(days=days))
LOT = st.tuples(st.none() | DAYS, st.integers(0, 50).map(Decimal), DAYS)


@tagged("post_install", "-at_install")
class TestDomainFefo(BaseCase):
    def test_what_expires_first_pays_first_then_the_oldest_then_the_lowest_id(self):
        soon, later = DAY + timedelta(days=9), DAY + timedelta(days=99)
        lots = [
            (1, None, Decimal(1), DAY),
            (2, later, Decimal(1), DAY),
            (4, soon, Decimal(1), DAY + timedelta(days=1)),
            (5, soon, Decimal(1), DAY),
            (3, soon, Decimal(1), DAY + timedelta(days=1)),
        ]
        taken, unpaid = take(lots, Decimal(5))
        self.assertEqual([lot_id for lot_id, _points in taken], [5, 3, 4, 2, 1])
        self.assertEqual(unpaid, 0)

    def test_a_negative_amount_is_refused(self):
        with self.assertRaises(ValueError):
            take([], Decimal(-1))

    @settings(deadline=None, database=None, max_examples=300)
    @given(lots=st.lists(LOT, max_size=8), amount=st.integers(0, 500).map(Decimal))
    def test_no_lot_pays_more_than_it_has_and_every_point_is_accounted_for(self, lots, amount):
        lots = [(number, *lot) for number, lot in enumerate(lots)]
        taken, unpaid = take(lots, amount)
        remaining = {lot[0]: lot[2] for lot in lots}
        for lot_id, points in taken:
            self.assertGreater(points, 0)
            self.assertLessEqual(points, remaining[lot_id])
        self.assertEqual(sum(points for _lot_id, points in taken) + unpaid, amount)
        self.assertEqual(len({lot_id for lot_id, _points in taken}), len(taken))
        self.assertEqual(unpaid, max(Decimal(0), amount - sum(remaining.values())))
