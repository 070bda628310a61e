import numpy as np
from odoo.tests.common import BaseCase, tagged

from ..domain import buying, evidence, spending
from ..domain.histories import Cells, Histories
from ..domain.likelihood import Optimum
from ..domain.spending import Spending
from .common_prediction import cells, sample

SURE = Optimum(np.ones(4), -1, True, False, np.ones(4) / 10)


@tagged("post_install", "-at_install")
class TestDomainEvidence(BaseCase):
    def test_too_little_is_said_before_anything_is_fitted(self):
        enough = {"customers": 200, "repeaters": 100, "days": 120}
        for code, fewer in (
            (None, {}),
            ("few_customers", {"customers": 199}),
            ("few_repeaters", {"repeaters": 99}),
            ("short_history", {"days": 119}),
        ):
            with self.subTest(code=code):
                verdict = evidence.of_buying(self._cells(**(enough | fewer)))
                self.assertEqual(verdict.reasons, (code,) if code else ())
                self.assertEqual(verdict.enough, not code)

    def _cells(self, customers, repeaters, days):
        frequency = np.arange(customers) < repeaters
        return Cells.of(frequency, frequency * 9, np.full(customers, days))

    def test_a_fit_that_failed_is_no_prediction_and_a_doubtful_one_is_told(self):
        enough = self._cells(300, 200, 200)
        for optimum, reasons, warnings in (
            (SURE, (), ()),
            (Optimum(np.ones(4), -1, False, False, None), ("not_converged",), ("unsure",)),
            (Optimum(np.ones(4), -1, True, True, None), (), ("at_edge",)),
        ):
            verdict = evidence.of_buying(enough, optimum)
            self.assertEqual((verdict.reasons, verdict.warnings), (reasons, warnings))

    def test_money_that_follows_frequency_is_told(self):
        paid = np.tile(np.arange(1, 5), 100)
        days = np.full(400, 90)
        for spent, warnings in ((paid * 20, ()), (paid * paid * 20, ("money_follows_frequency",))):
            verdict = evidence.of_spending(Histories(paid, days, days, paid, spent))
            self.assertEqual((verdict.reasons, verdict.warnings), ((), warnings))

    def test_an_average_that_may_not_exist_is_no_number(self):
        histories, _later, customers = sample()
        for q, error, reasons in ((3, 0.5, ()), (1.4, 0.5, ("no_mean",)), (0.9, None, ("no_mean",))):
            errors = None if error is None else np.array([1, error, 1])
            optimum = Optimum(np.array([6, q, 15]), -1, True, False, errors)
            verdict = evidence.of_spending(histories, customers, Spending(6, q, 15), optimum)
            self.assertEqual(verdict.reasons, reasons)

    def test_the_sample_is_enough_for_both(self):
        histories, _later, customers = sample()
        when = evidence.of_buying(cells(histories, customers), buying.fit(cells(histories, customers))[1])
        much = evidence.of_spending(histories, customers, *spending.fit(histories, customers))
        self.assertEqual((when, much), (evidence.Verdict(), evidence.Verdict()))
