from odoo import api, models
from odoo.exceptions import UserError


class LoyaltyJourneyStepRunning(models.Model):
    """Steps of journeys that run: what only a manager may start, only a manager adds."""

    _inherit = "loyalty.journey.step"

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_manager()
        return steps

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - {"sequence", "name", "action_id"}:
            self._check_manager()
        return result

    def _check_manager(self):
        running = self.filtered(lambda step: step.journey_id.state in ("running", "paused"))
        if running._needs_manager() and not running.journey_id._may_start_what_gives():
            raise UserError(self.env._(
                "%s runs, and this step gives points or tiers: let a membership manager do it, or stop the journey first.",
                running.journey_id[:1].name,
            ))  # fmt: skip
