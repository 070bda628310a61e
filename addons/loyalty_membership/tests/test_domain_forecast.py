import numpy as np
from odoo.tests.common import BaseCase, tagged

from ..domain import spending
from ..domain.buying import Buying
from ..domain.forecast import Terms, churn_risk, forecast
from ..domain.histories import Histories
from ..domain.spending import Spending
from .common_prediction import sample, taken


@tagged("post_install", "-at_install")
class TestDomainForecast(BaseCase):
    def setUp(self):
        super().setUp()
        self.histories, self.later, _customers = sample()
        self.when, self.much = Buying(0.25, 31, 0.8, 2.4), Spending(6.25, 3.74, 15.44, paid=0.9)

    def test_money_is_purchases_times_what_one_costs(self):
        told = forecast(self.histories, self.when, self.much)
        each = spending.average(self.much, self.histories.paid, self.histories.spent)
        for days in (90, 365):
            np.testing.assert_allclose(told.money[days], told.purchases[days] * each * 0.9)
        self.assertTrue((told.purchases[90] < told.purchases[365]).all())

    def test_a_lifetime_value_is_the_margin_of_discounted_money(self):
        plain = forecast(self.histories, self.when, self.much, Terms(days=365, interest=0))
        np.testing.assert_allclose(plain.value, plain.money[365])
        half = forecast(self.histories, self.when, self.much, Terms(days=365, interest=0, margin=0.5))
        np.testing.assert_allclose(half.value, plain.value / 2)
        late = forecast(self.histories, self.when, self.much, Terms(days=365, interest=0.1))
        self.assertTrue(((late.value < plain.value) & (late.value > plain.value / 1.1)).all())

    def test_without_a_model_of_spending_there_is_no_money(self):
        told = forecast(self.histories, self.when)
        self.assertEqual((told.money, told.value), (None, None))

    def test_a_batch_of_customers_is_told_what_all_of_them_are(self):
        whole, part = (forecast(some, self.when, self.much) for some in (self.histories, taken(self.histories, slice(500, 700))))
        for one, other in ((whole.alive, part.alive), (whole.value, part.value), (whole.purchases[365], part.purchases[365])):
            np.testing.assert_allclose(one[500:700], other, rtol=1e-12)
        self.assertEqual(whole.risk[500:700].tolist(), part.risk.tolist())

    def test_nobody_is_told_nothing(self):
        told = forecast(Histories(*[np.zeros(0)] * 5), self.when, self.much)
        self.assertEqual((len(told.alive), len(told.risk), len(told.value)), (0, 0, 0))

    def test_risk_has_bounds_of_ones_own_and_spares_who_bought_once(self):
        found = churn_risk(np.array([0, 1, 1, 1]), np.array([1, 0.9, 0.5, 0.2]), safe=0.95, lost=0.5)
        self.assertEqual(found.tolist(), ["single", "medium", "medium", "high"])
