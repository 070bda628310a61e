"""Fit the models of a program, test them on the last part of its history, and note what came of it."""

from odoo import models
from odoo.fields import Command

from ..domain import fits
from ..domain.buying import Buying
from ..domain.spending import Spending

#: What is noted of each model: column -> its parameter.
BUYING = {"buying_r": "r", "buying_alpha": "alpha", "buying_a": "a", "buying_b": "b"}
SPENDING = {"spending_p": "p", "spending_q": "q", "spending_gamma": "gamma", "spending_paid": "paid"}


class LoyaltyPredictionLearning(models.Model):
    _inherit = "loyalty.prediction.fit"

    def _learn(self):
        """Fit and test; afterwards the fit is ready to predict, or says why there is too little."""
        histories, before, later, split = self._histories()
        when = fits.of_buying(histories)
        much = fits.of_spending(histories)
        counted = fits.Counted.of(histories)
        findings = {
            "buying": self._lacks(when.verdict, counted),
            "spending": self._lacks(much.verdict, counted),
            "warnings": [*when.verdict.warnings, *much.verdict.warnings],
        }
        self.calibration_ids.unlink()
        self.write({
            "state": "predicting" if when.model else "too_little",
            "reached": 0,
            "problem": False,
            "predicted_count": 0,
            "findings": findings,
            **{name: getattr(counted, name) for name in ("customers", "repeaters", "payers", "purchases")},
            **self._parameters(BUYING, when, "buying_likelihood"),
            # Money is purchases times what one costs: none without the other.
            **self._parameters(SPENDING, much if when.model else fits.Fit(much.verdict), "spending_likelihood"),
            **self._tested(before, later, split, findings),
        })

    def _lacks(self, verdict, counted):
        """Why there is nothing to predict from: [[code, how much there was, how much is needed]]."""
        return [[code, *(counted.had(code) or (None, None))] for code in verdict.reasons]

    def _parameters(self, columns, fit, likelihood):
        return {
            **{column: getattr(fit.model, name) if fit.model else 0 for column, name in columns.items()},
            likelihood: fit.optimum.log_likelihood if fit.optimum else 0,
        }

    def _tested(self, before, later, split, findings):
        """The columns of the test; why there is none is added to the findings."""
        days = (self.date - split).days if split else 0
        verdict, counted, found = fits.tested(before, later, days)
        findings["test"] = self._lacks(verdict, counted)
        if not found:
            empty = ("split_days", "total_predicted", "total_actual", "total_naive", "off", "off_naive")
            return {"split_on": split, **dict.fromkeys(empty, 0)}
        return {
            "split_on": split,
            "split_days": days,
            "total_predicted": found.model.predicted,
            "total_actual": found.model.actual,
            "total_naive": found.naive.predicted,
            "off": found.model.absolute,
            "off_naive": found.naive.absolute,
            "calibration_ids": [Command.create(vars(row)) for row in found.rows],
        }

    def _models(self):
        """(Buying, Spending or None), as they were fitted."""
        when = Buying(*(self[column] for column in BUYING))
        return when, Spending(*(self[column] for column in SPENDING)) if self.spending_q else None
