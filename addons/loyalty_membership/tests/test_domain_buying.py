import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged
from scipy.integrate import quad
from scipy.special import expit, hyp2f1
from scipy.stats import beta, gamma

from ..domain.buying import Buying, _sums, alive, discounted, expected, fit, log_likelihood
from ..domain.histories import Cells
from .common_prediction import WEEK, arrays, cells, sample, simulated

CDNOW = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)
PROPERTY = settings(deadline=None, database=None, max_examples=200)
POSITIVE = st.floats(0.05, 20)
MODELS = st.builds(Buying, POSITIVE, st.floats(1, 1000), POSITIVE, POSITIVE)


@st.composite
def pasts(draw):
    age = draw(st.integers(1, 2000))
    frequency = draw(st.integers(0, min(age, 300)))
    return frequency, draw(st.integers(frequency, age)) if frequency else 0, age


@tagged("post_install", "-at_install")
class TestDomainBuying(BaseCase):
    """In weeks, as the paper, where it is compared with published figures; else in days."""

    def test_the_sample_gives_the_parameters_of_the_paper(self):
        histories, _later, customers = sample()
        weekly = cells(histories, customers, WEEK)
        self.assertEqual((weekly.customers, weekly.repeaters, weekly.purchases), (2357, 946, 2457))
        model, optimum = fit(weekly)
        # Fader, Hardie and Lee (2005), table 2; the digits beyond are those of the R package CLVTools.
        published = [0.2425945, 4.4136019, 0.7929199, 2.4258881]
        np.testing.assert_allclose([model.r, model.alpha, model.a, model.b], published, rtol=1e-5)
        self.assertAlmostEqual(optimum.log_likelihood, -9582.429, places=3)
        self.assertTrue(optimum.converged)
        self.assertFalse(optimum.edge)
        # As the Python package lifetimes prints them.
        self.assertEqual(optimum.errors.round(2).tolist(), [0.01, 0.38, 0.19, 0.71])

    def test_a_new_customer_buys_what_the_published_spreadsheet_says(self):
        histories, _later, customers = sample()
        model, _optimum = fit(cells(histories, customers, WEEK))
        # Hardie, "Implementing the BG/NBD Model for Customer Base Analysis in Excel" (2005); its parameters are rounded.
        for weeks, purchases in ((0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437), (78, 1.8576)):
            self.assertAlmostEqual(expected(model, *arrays((0, 0, 0)), weeks)[0], purchases, delta=0.0005)

    def test_a_known_customer_buys_what_the_published_spreadsheet_says(self):
        self.assertAlmostEqual(expected(CDNOW, *arrays((2, 30.43, 38.86)), 39)[0], 1.226, places=3)

    def test_chances_and_purchases_are_those_of_the_bare_process(self):
        """From the story of a customer alone: integrated over his rate and his chance to go, without any formula of the paper."""
        model = Buying(0.6, 40, 1.3, 2.1)
        for frequency, recency, age in ((1, 20, 200), (4, 150, 200), (9, 90, 100), (0, 0, 60)):
            past = arrays((frequency, recency, age))
            whole = self._integral(model, lambda rate, chance, f=past: self._likelihood(rate, chance, *f, gone=True))
            there = self._integral(model, lambda rate, chance, f=past: self._likelihood(rate, chance, *f, gone=False))
            bought = self._integral(
                model,
                lambda rate, chance, f=past: (
                    self._likelihood(rate, chance, *f, gone=False) * -np.expm1(-rate * chance * 365) / chance
                ),
            )
            self.assertAlmostEqual(alive(model, *past)[0], there / whole, delta=1e-4)
            self.assertAlmostEqual(expected(model, *past, 365)[0] / (bought / whole), 1, delta=1e-3)
            self.assertAlmostEqual(log_likelihood(model, Cells.of(*past)), np.log(whole), delta=1e-4)

    def _likelihood(self, rate, chance, frequency, recency, age, *, gone):
        """How likely one customer's history is, and that he is still there; with ``gone``, or that he isn't."""
        frequency, recency, age = frequency[0], recency[0], age[0]
        there = (1 - chance) ** frequency * rate**frequency * np.exp(-rate * age)
        if not gone or not frequency:
            return there
        return there + chance * (1 - chance) ** (frequency - 1) * rate**frequency * np.exp(-rate * recency)

    def _integral(self, model, what):
        """The mean over quantiles of rate and chance, which spares the infinite ends of their densities."""
        rates, chances = gamma(model.r, scale=1 / model.alpha), beta(model.a, model.b)
        places, weights = np.polynomial.legendre.leggauss(200)
        places, weights = (places + 1) / 2, weights / 2
        # Denser towards the ends, where quantiles run away: u = 3 v^2 - 2 v^3.
        weights, places = weights * 6 * places * (1 - places), places**2 * (3 - 2 * places)
        grid = what(rates.ppf(places)[:, None], chances.ppf(places)[None, :])
        return weights @ grid @ weights

    def test_purchases_are_those_of_equation_10_where_that_can_be_computed(self):
        for past, horizon in (((2, 30.43, 38.86), 39), ((0, 0, 100), 10), ((7, 12, 40), 200), ((1, 5, 300), 52)):
            frequency, recency, age = past
            r, alpha, a, b = CDNOW.r + frequency, CDNOW.alpha + age, CDNOW.a, CDNOW.b + frequency
            series = hyp2f1(r, b, a + b - 1, horizon / (alpha + horizon))
            there = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + horizon)) ** r * series)
            odds = ((alpha) / (CDNOW.alpha + recency)) ** r * a / (b - 1) if frequency else 0
            self.assertAlmostEqual(expected(CDNOW, *arrays(past), horizon)[0], there / (1 + odds), places=10)

    def test_purchases_are_a_mean_over_the_chances_to_go_whatever_the_parameters(self):
        for model, past in (
            (Buying(0.6, 40, 1, 2), (3, 50, 90)),
            (Buying(0.6, 40, 0.5, 0.5), (0, 0, 90)),
            (Buying(0.05, 1, 0.2, 0.1), (60, 61, 61)),
            (Buying(3, 300, 50, 1), (1, 30, 700)),
            (Buying(0.3, 20, 0.01, 900), (150, 400, 500)),
            (Buying(9, 3000, 4, 300), (0, 0, 0)),
        ):
            r, alpha = model.r + past[0], model.alpha + past[2]
            chances = beta(model.a, model.b + past[0])

            def bought(chance, r=r, alpha=alpha):
                return -np.expm1(-r * np.log1p(chance * 365 / alpha)) / chance

            def mean(logit, bought=bought, chances=chances):
                chance = expit(logit)
                return chances.pdf(chance) * chance * (1 - chance) * bought(chance)

            ends = chances.cdf(expit(-30)) * bought(expit(-30)) + chances.sf(expit(30)) * bought(1)
            middle, _error = quad(mean, -30, 30, points=[-8, -2, 2], limit=1000, epsabs=0, epsrel=1e-10)
            there = ends + middle
            with self.subTest(model=model):
                self.assertAlmostEqual(
                    expected(model, *arrays(past), 365)[0] / alive(model, *arrays(past))[0] / there, 1, delta=1e-7
                )

    def test_simulated_customers_give_their_parameters_back(self):
        model = Buying(0.8, 50, 0.9, 2.5)
        ages = np.random.default_rng(2).uniform(100, 1000, 40_000)
        frequency, recency, _later = simulated(model, ages)
        found, optimum = fit(Cells.of(frequency, recency, ages))
        self.assertTrue(optimum.converged)
        off = (np.array([found.r, found.alpha, found.a, found.b]) - [model.r, model.alpha, model.a, model.b]) / optimum.errors
        self.assertLess(abs(off).max(), 3.5, off)
        self.assertLess((optimum.errors / optimum.parameters).max(), 0.1)

    def test_simulated_customers_buy_what_is_expected_of_them(self):
        model = Buying(0.8, 50, 0.9, 2.5)
        ages = np.random.default_rng(3).uniform(50, 600, 200_000)
        frequency, recency, later = simulated(model, ages, ahead=365, seed=4)
        predicted = expected(model, frequency, recency, ages, 365)
        silent = ages - recency
        for name, group in (
            ("none yet", frequency == 0),
            ("once", frequency == 1),
            ("often", frequency >= 8),
            ("lately", (frequency > 2) & (silent < 30)),
            ("long ago", (frequency > 2) & (silent > 200)),
        ):
            noise = later[group].std() / np.sqrt(group.sum())
            with self.subTest(group=name):
                self.assertAlmostEqual(predicted[group].mean(), later[group].mean(), delta=4 * noise)

    def test_the_unit_of_time_changes_nothing(self):
        histories, _later, customers = sample()
        (weekly, of_weeks), (daily, of_days) = (fit(cells(histories, customers, unit)) for unit in (WEEK, 1))
        np.testing.assert_allclose([daily.r, daily.alpha / WEEK, daily.a, daily.b], [*vars(weekly).values()], rtol=1e-6)
        np.testing.assert_allclose(of_days.errors / of_weeks.errors, [1, WEEK, 1, 1], rtol=1e-4)
        self.assertAlmostEqual(of_weeks.log_likelihood - of_days.log_likelihood, 2457 * np.log(WEEK), places=5)
        past = arrays((3, 70, 200))
        weeks = [column / WEEK for column in (past[1], past[2])]
        self.assertAlmostEqual(expected(daily, *past, 91)[0], expected(weekly, past[0], *weeks, 13)[0], places=6)

    def test_joined_histories_and_any_order_give_the_same(self):
        histories, _later, customers = sample()
        single = np.random.default_rng(5).permutation(np.repeat(np.arange(len(customers)), customers))
        columns = [column[single] for column in (histories.frequency, histories.recency, histories.age)]
        self.assertEqual(fit(Cells.of(*columns))[0], fit(cells(histories, customers))[0])

    def test_derivatives_are_those_of_the_likelihood(self):
        some = Cells.of(*arrays((0, 0, 40), (1, 9, 80), (4, 60, 70), (300, 900, 2000)), np.array([5, 2, 1, 1]))
        for point in ([0.2, 4, 0.8, 2.4], [3, 90, 1, 1], [1e-4, 1e-4, 1e-4, 1e-4], [1e4, 1e4, 1e4, 1e4]):
            point = np.array(point)
            value, slope = _sums(some, point)
            self.assertTrue(np.isfinite([value, *slope]).all())
            for at, step in enumerate(np.diag(point * 1e-5)):
                rise = (_sums(some, point + step)[0] - _sums(some, point - step)[0]) / (2 * step[at])
                self.assertAlmostEqual(slope[at] * point[at], rise * point[at], delta=1e-4 * max(1, abs(rise * point[at])))

    def test_customers_who_never_go_lie_at_an_edge_and_are_still_predicted(self):
        ages = np.random.default_rng(6).uniform(200, 400, 3000)
        frequency, recency, _later = simulated(Buying(2, 60, 1e-9, 1), ages)
        model, optimum = fit(Cells.of(frequency, recency, ages))
        self.assertTrue(optimum.edge)
        self.assertTrue(optimum.converged)
        self.assertIsNone(optimum.errors)
        pace = (model.r + frequency) / (model.alpha + ages)
        np.testing.assert_allclose(expected(model, frequency, recency, ages, 90), pace * 90, rtol=0.02)

    def test_nobody_to_fit_is_refused(self):
        for nobody in (arrays((0, 0, 0)), np.zeros((3, 0))):
            with self.assertRaisesRegex(ValueError, "no customers"):
                fit(Cells.of(*nobody))

    def test_interest_counts_each_purchase_when_it_comes(self):
        model, past, force = Buying(0.25, 30, 0.8, 2.5), arrays((3, 200, 250)), np.log(1.1) / 365
        for horizon in (30, 365, 1095):
            days = np.linspace(0, horizon, 2001)
            sums = np.array([expected(model, *past, day)[0] for day in days])
            exact = np.sum(np.diff(sums) * np.exp(-force * (days[1:] + days[:-1]) / 2))
            self.assertAlmostEqual(discounted(model, *past, horizon, force)[0] / exact, 1, delta=1e-6)

    @PROPERTY
    @given(MODELS, pasts(), st.integers(1, 1500))
    def test_predictions_are_sane(self, model, past, horizon):
        columns = arrays(past)
        chance, purchases = alive(model, *columns)[0], expected(model, *columns, horizon)[0]
        self.assertTrue(0 <= chance <= 1)
        self.assertTrue(np.isfinite(purchases))
        self.assertGreaterEqual(purchases, 0)
        ceiling = chance * (model.r + past[0]) / (model.alpha + past[2]) * horizon
        self.assertLessEqual(purchases, ceiling * (1 + 1e-9))
        self.assertGreaterEqual(expected(model, *columns, horizon + 1)[0], purchases)
        worth = discounted(model, *columns, horizon, 0.001)[0]
        self.assertTrue(purchases * np.exp(-0.001 * horizon) * (1 - 1e-6) <= worth <= purchases * (1 + 1e-6))

    @PROPERTY
    @given(MODELS, pasts(), st.integers(1, 500))
    def test_silence_speaks_against_a_customer(self, model, past, days):
        frequency, recency, age = past
        now, later = (alive(model, *arrays((frequency, recency, age + more)))[0] for more in (0, days))
        self.assertLessEqual(later, now)
        if not frequency:
            self.assertEqual(later, 1)
