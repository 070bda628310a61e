from itertools import pairwise

import numpy as np
from odoo.tests.common import BaseCase, tagged

from ..domain.buying import Buying
from ..domain.calibration import compare, hold_out, split_day
from ..domain.evidence import Verdict
from ..domain.histories import Histories
from .common_prediction import everybody, simulated, taken


@tagged("post_install", "-at_install")
class TestDomainCalibration(BaseCase):
    def test_the_sample_is_foretold_as_it_ever_was(self):
        histories, actual = everybody()
        verdict, model, found = hold_out(histories, actual, 273)
        self.assertTrue(verdict.enough)
        self.assertAlmostEqual(model.alpha / 7, 4.414, places=2)
        self.assertEqual([row.frequency for row in found.rows], list(range(8)))
        self.assertEqual([row.customers for row in found.rows], [1411, 439, 214, 100, 62, 38, 29, 64])
        self.assertEqual(sum(row.customers * row.actual for row in found.rows), found.model.actual)
        self.assertEqual(found.model.actual, 1882)
        self.assertTrue(all(one.predicted < other.predicted for one, other in pairwise(found.rows)))
        # Too little for the winter of 1997, as in the paper; to go on as before is too much by far more.
        self.assertAlmostEqual(found.model.error, -0.12, places=2)
        self.assertGreater(found.naive.error, 0.3)
        self.assertLess(found.model.absolute, found.naive.absolute)

    def test_customers_who_do_what_the_model_says_are_foretold_well(self):
        ages = np.random.default_rng(7).uniform(100, 500, 20_000)
        frequency, recency, actual = simulated(Buying(0.8, 50, 0.9, 2.5), ages, ahead=200, seed=8)
        verdict, _model, found = hold_out(Histories(frequency, recency, ages, frequency, frequency), actual, 200)
        self.assertEqual(verdict, Verdict())
        self.assertLess(abs(found.model.error), 0.03)
        for row in found.rows:
            self.assertAlmostEqual(row.predicted, row.actual, delta=0.1 + 0.05 * row.actual)

    def test_too_little_to_fit_has_a_reason_and_no_numbers(self):
        histories, actual = everybody()
        verdict, model, found = hold_out(taken(histories, slice(0, 150)), actual[:150], 273)
        self.assertIn("few_customers", verdict.reasons)
        self.assertEqual((model, found), (None, None))

    def test_a_period_without_purchases_has_no_relative_error(self):
        histories, actual = everybody()
        found = compare(histories, np.ones(len(actual)), np.zeros(len(actual)), 30)
        self.assertIsNone(found.model.error)
        self.assertEqual(found.model.absolute, 1)

    def test_the_last_half_is_held_out_and_never_more_than_a_year(self):
        self.assertEqual([split_day(100, 100 + days) for days in (0, 1, 10, 730, 4000)], [100, 101, 105, 465, 3735])
