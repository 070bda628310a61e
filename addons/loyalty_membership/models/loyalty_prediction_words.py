"""A fit in words and as a picture: what is missing, what is doubtful, and how good the predictions were in the test."""

from odoo import api, fields, models
from odoo.tools import format_date, formatLang


class LoyaltyPredictionWords(models.Model):
    _inherit = "loyalty.prediction.fit"

    notice = fields.Text(compute="_compute_words", help="Why there is no prediction, and what is needed.")
    doubts = fields.Text(compute="_compute_words", help="What to take with care, or what isn't there beside the predictions.")
    basis = fields.Char(compute="_compute_words", help="What the predictions were learned from.")
    test_told = fields.Char("How Good", compute="_compute_words", help="The test in words.")
    plot = fields.Json(compute="_compute_plot", help="The test as a picture.")

    @api.depends(
        "state", "problem", "findings", "customers", "repeaters", "date", "total_predicted", "total_actual", "total_naive"
    )
    @api.depends_context("lang")
    def _compute_words(self):
        for fit in self:
            found = fit.findings or {}
            fit.notice = "\n".join(fit._lack_told(*lack) for lack in found.get("buying", ())) or False
            fit.doubts = "\n".join(fit._doubts(found)) if not fit.notice else False
            fit.basis = fit._basis_told() if fit.customers else False
            fit.test_told = fit._test_told() if fit.total_actual else False

    def _number(self, number):
        return formatLang(self.env, number, digits=0)

    def _lack_told(self, code, had, needed):
        """One reason in words.

        :param code: of ``domain.evidence.Verdict``
        """
        had, needed = (self._number(number or 0) for number in (had, needed))
        return {
            "few_customers": self.env._("%(had)s members have bought; %(needed)s are needed.", had=had, needed=needed),
            "few_repeaters": self.env._(
                "%(had)s members have bought on a second day; %(needed)s are needed.", had=had, needed=needed
            ),
            "short_history": self.env._(
                "The first purchase was %(had)s days ago on average; %(needed)s days are needed.", had=had, needed=needed
            ),
            "few_payers": self.env._(
                "%(had)s members have paid on a second day; %(needed)s are needed.", had=had, needed=needed
            ),
            "not_converged": self.env._("The model doesn't fit what was bought: no parameters explain it."),
            "no_mean": self.env._("A few members spend so much that an average says nothing."),
        }[code]  # fmt: skip

    def _doubts(self, found):
        """Lines of what isn't there beside the predicted purchases, and of what is doubtful."""
        words = {
            "at_edge": self.env._("Members are so alike that the model can't tell them apart: take single members with care."),
            "unsure": self.env._("The purchases hardly tell one set of parameters from another: take the numbers with care."),
            "money_follows_frequency": self.env._(
                "Members who buy often spend more or less on a purchase than others, which the model doesn't expect: take money "
                "with care."
            ),
        }  # fmt: skip
        yield from (words[code] for code in dict.fromkeys(found.get("warnings", ())))
        for lack in found.get("spending", ()):
            yield self.env._("No money is predicted: %s", self._lack_told(*lack))
        for lack in found.get("test", ()):
            yield self.env._("The predictions can't be tested yet. Of what was known then: %s", self._lack_told(*lack))

    def _basis_told(self):
        return self.env._(
            "Learned on %(day)s from %(customers)s members who bought; %(repeaters)s of them came back.",
            day=format_date(self.env, self.date), customers=self._number(self.customers), repeaters=self._number(self.repeaters),
        )  # fmt: skip

    def _test_told(self):
        return self.env._(
            "From what was known on %(day)s, %(predicted)s purchases were expected in the %(days)s days after it, and %(actual)s "
            "were made (%(error)s). If everybody had gone on as before, it would have been %(naive)s (%(naive_error)s).",
            day=format_date(self.env, self.split_on), days=self._number(self.split_days),
            predicted=self._number(self.total_predicted), actual=self._number(self.total_actual), error=self._percent(self.error),
            naive=self._number(self.total_naive), naive_error=self._percent(self.error_naive),
        )  # fmt: skip

    def _percent(self, share):
        return f"{'+' if share > 0 else ''}{formatLang(self.env, 100 * share, digits=1)} %"

    @api.depends("calibration_ids.predicted", "calibration_ids.actual")
    @api.depends_context("lang")
    def _compute_plot(self):
        for fit in self:
            rows = fit.calibration_ids
            fit.plot = bool(rows) and {
                "labels": rows.mapped("frequency_name"),
                "notes": [self.env._("%s members", fit._number(row.customers)) for row in rows],
                "series": [
                    {"name": self.env._("Predicted"), "values": rows.mapped("predicted")},
                    {"name": self.env._("Actual"), "values": rows.mapped("actual")},
                ],
                "across": self.env._("Had come back by %s", format_date(self.env, fit.split_on)),
                "up": self.env._("Purchases of a member in %s days", fit._number(fit.split_days)),
            }
