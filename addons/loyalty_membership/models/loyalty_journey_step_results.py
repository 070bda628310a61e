"""What became of a step: for how many members, why not for others, what was sent, opened, given and used."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang

from .loyalty_journey_gathered import STEP_FIGURES
from .loyalty_journey_results import GROUPS

#: Why a step was not done, in the order in which it is told.
REASONS = ("left_out", "no_consent", "capped", "unreachable", "failed")


def _figure(cls, *args, **kwargs):
    """A field of results, as those of journeys."""
    return cls(*args, compute="_compute_results", groups=GROUPS, **kwargs)


class LoyaltyJourneyStepResults(models.Model):
    _inherit = "loyalty.journey.step"

    currency_id = fields.Many2one(related="program_id.currency_id")
    figures = fields.Json(readonly=True, copy=False, groups=GROUPS)
    result_reached = _figure(fields.Integer, "Turn Came", help="Members whose turn came, whatever became of it.")
    result_done = _figure(fields.Integer, "Done")
    result_left_out = _figure(fields.Integer, "Condition Not Met")
    result_no_consent = _figure(fields.Integer, "No Consent")
    result_capped = _figure(fields.Integer, "Too Many Messages")
    result_unreachable = _figure(fields.Integer, "No Address")
    result_failed = _figure(fields.Integer, "Went Wrong")
    result_queued = _figure(fields.Integer, "Queued")
    result_sent = _figure(fields.Integer, "Sent")
    result_opened = _figure(
        fields.Integer, "Opened", help="Of mails, as far as is known: some programs hide it, others open all."
    )
    result_open_rate = _figure(fields.Float, "Opened (%)", digits=(16, 4))
    result_coupons = _figure(fields.Integer, "Coupons")
    result_used = _figure(fields.Integer, "Used", help="By an order that stands, or at a till.")
    result_points = _figure(fields.Float, "Points Handed Out", digits=(16, 2))
    result_points_cost = _figure(fields.Monetary, "Worth", help="The points given, at what a point pays for.")
    result_out_told = _figure(fields.Char, "Passed Over")

    @api.depends("figures", "program_id.point_value")
    @api.depends_context("lang")
    def _compute_results(self):
        for step in self:
            figures = step.figures or {}
            for name in STEP_FIGURES:
                step[f"result_{name}"] = figures.get(name, 0)
            step.result_open_rate = step.result_opened / step.result_sent if step.result_sent else 0
            step.result_points_cost = step.result_points * step.program_id.point_value
            step.result_out_told = step._tell_left_out(figures)

    def _tell_left_out(self, figures):
        """For how many members it was not done, by reason."""
        words = {
            "left_out": self.env._("condition %s"),
            "no_consent": self.env._("no consent %s"),
            "capped": self.env._("too many messages %s"),
            "unreachable": self.env._("no address %s"),
            "failed": self.env._("failed %s"),
        }
        return " · ".join(
            words[reason] % formatLang(self.env, figures[reason], digits=0) for reason in REASONS if figures.get(reason)
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_counted({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_counted(vals.keys())
        return super().write(vals)

    def _check_counted(self, names):
        if "figures" in names and not self.env.su:
            raise AccessError(self.env._("What a step brought is counted, not written."))
