import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged
from scipy.integrate import quad
from scipy.stats import gamma

from ..domain.histories import Histories
from ..domain.spending import Spending, _mean_likelihood, average, correlation, fit
from .common_prediction import everybody, sample, taken

CDNOW = Spending(p=6.25, q=3.74, gamma=15.44)
PROPERTY = settings(deadline=None, database=None, max_examples=200)
POSITIVE = st.floats(0.1, 100)


def payers(paid, spent):
    """Histories of customers of whom only their payments matter."""
    paid = np.array(paid)
    days = np.where(paid > 0, 400, 0)
    return Histories(paid, days, np.full(len(paid), 500), paid, np.array(spent, dtype=float))


@tagged("post_install", "-at_install")
class TestDomainSpending(BaseCase):
    def test_the_sample_gives_the_parameters_of_the_note(self):
        histories, _later, customers = sample()
        model, optimum = fit(histories, customers)
        # Fader and Hardie (2013), and the log-likelihood of the R package CLVTools.
        self.assertEqual([round(number, 2) for number in vars(model).values()], [6.25, 3.74, 15.44, 1])
        self.assertAlmostEqual(optimum.log_likelihood, -4055.9177, places=4)
        self.assertTrue(optimum.converged)
        # As the Python package lifetimes prints them.
        self.assertEqual(optimum.errors.round(2).tolist(), [1.19, 0.29, 4.16])

    def test_customers_spend_what_the_published_spreadsheet_says(self):
        # The first ten customers of the sample in the note's spreadsheet, whose parameters are not rounded.
        histories, _later, customers = sample()
        model, _optimum = fit(histories, customers)
        paid = np.array([2, 1, 0, 7, 2])
        found = average(model, paid, paid * [22.35, 11.77, 0, 73.74, 25.55])
        np.testing.assert_allclose(found, [24.65, 18.91, 35.17, 71.46, 27.28], atol=0.02)

    def test_expected_spending_is_that_of_the_bare_story(self):
        """Integrated over a customer's own scale, without any formula of the note."""
        for paid, mean in ((1, 100), (3, 12), (10, 60)):

            def likelihood(scale, paid=paid, mean=mean):
                return gamma.pdf(mean, paid * CDNOW.p, scale=1 / scale / paid) * gamma.pdf(scale, CDNOW.q, scale=1 / CDNOW.gamma)

            whole, _error = quad(likelihood, 0, 5, limit=500, epsabs=0)
            spent, _error = quad(lambda scale, f=likelihood: f(scale) * CDNOW.p / scale, 0, 5, limit=500, epsabs=0)
            self.assertAlmostEqual(average(CDNOW, np.array([paid]), np.array([paid * mean]))[0], spent / whole, places=5)
            value, _slope = _mean_likelihood(np.array([[paid], [paid * mean], [1]]))(np.array([CDNOW.p, CDNOW.q, CDNOW.gamma]))
            self.assertAlmostEqual(value, np.log(whole), places=6)

    def test_simulated_customers_give_their_parameters_back(self):
        random = np.random.default_rng(1)
        model = Spending(p=3, q=5, gamma=60)
        paid = random.geometric(0.3, 30_000)
        scales = random.gamma(model.q, 1 / model.gamma, len(paid))
        found, optimum = fit(payers(paid, random.gamma(model.p * paid) / scales))
        off = (np.array([found.p, found.q, found.gamma]) - [model.p, model.q, model.gamma]) / optimum.errors
        self.assertTrue(optimum.converged)
        self.assertLess(abs(off).max(), 3.5, off)
        self.assertLess((optimum.errors / optimum.parameters).max(), 0.1)

    def test_the_currency_changes_nothing(self):
        histories, _later = everybody()
        in_yen = Histories(*(vars(histories) | {"spent": histories.spent * 150}).values())
        (dollars, of_dollars), (yen, of_yen) = fit(histories), fit(in_yen)
        np.testing.assert_allclose([yen.p, yen.q, yen.gamma / 150], [dollars.p, dollars.q, dollars.gamma], rtol=1e-4)
        self.assertAlmostEqual(of_dollars.log_likelihood - of_yen.log_likelihood, 946 * np.log(150), places=3)

    def test_joined_histories_give_the_same(self):
        histories, _later, customers = sample()
        some_free = Histories(*(vars(histories) | {"frequency": histories.frequency + (histories.paid > 2)}).values())
        (joined, _optimum), (single, _one) = (
            fit(some_free, customers),
            fit(taken(some_free, np.repeat(np.arange(len(customers)), customers))),
        )
        np.testing.assert_allclose([*vars(joined).values()], [*vars(single).values()], rtol=1e-4)
        self.assertEqual(joined.paid, single.paid)

    def test_days_that_cost_nothing_are_left_out_and_counted(self):
        histories, _later = everybody()
        free = Histories(*(vars(histories) | {"frequency": histories.frequency + (histories.paid > 0)}).values())
        (without, _optimum), (among, _same) = fit(histories), fit(free)
        self.assertEqual((among.p, among.q, among.gamma), (without.p, without.q, without.gamma))
        self.assertAlmostEqual(among.paid, 2457 / (2457 + 946))

    def test_derivatives_are_those_of_the_likelihood(self):
        likelihood = _mean_likelihood(np.array([[1, 2, 90], [20, 70, 1], [4, 1, 2]], dtype=float))
        for point in ([6, 4, 15], [1e-3, 1e-3, 1e-3], [1e4, 1e4, 1e4]):
            point = np.array(point, dtype=float)
            value, slope = likelihood(point)
            self.assertTrue(np.isfinite([value, *slope]).all())
            for at, step in enumerate(np.diag(point * 1e-5)):
                rise = (likelihood(point + step)[0] - likelihood(point - step)[0]) / (2 * step[at])
                self.assertAlmostEqual(slope[at] * point[at], rise * point[at], delta=1e-4 * max(1, abs(rise * point[at])))

    def test_who_pays_the_same_every_time_lies_at_an_edge_and_is_still_predicted(self):
        model, optimum = fit(payers([1, 2, 3, 4] * 100, [10, 20, 30, 40] * 100))
        self.assertTrue(optimum.edge)
        np.testing.assert_allclose(average(model, np.array([0, 3]), np.array([0, 30])), 10, rtol=0.01)

    def test_nobody_who_paid_is_refused(self):
        with self.assertRaisesRegex(ValueError, "nobody paid"):
            fit(payers([0, 0], [0, 0]))

    def test_frequency_and_money_of_the_sample_have_little_to_do_with_each_other(self):
        histories, _later, customers = sample()
        # Fader, Hardie and Lee, "RFM and CLV" (2005), report 0.11.
        self.assertAlmostEqual(correlation(histories, customers), 0.11, places=2)
        self.assertAlmostEqual(correlation(everybody()[0]), correlation(histories, customers), places=12)
        buyers = taken(histories, histories.paid > 0)
        self.assertAlmostEqual(correlation(buyers), np.corrcoef(buyers.paid, buyers.mean)[0, 1], places=12)

    @PROPERTY
    @given(POSITIVE, st.floats(1.01, 100), POSITIVE, st.integers(0, 500), st.floats(0.01, 1e6))
    def test_an_expected_purchase_lies_between_ones_own_and_everybodys(self, p, q, scale, paid, mean):
        model = Spending(p, q, scale)
        found = average(model, np.array([paid]), np.array([paid * mean]))[0]
        ends = [mean if paid else model.mean, model.mean]
        self.assertTrue(min(ends) * (1 - 1e-9) <= found <= max(ends) * (1 + 1e-9))
