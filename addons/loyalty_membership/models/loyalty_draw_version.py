from odoo import api, fields, models

from ..domain import draw as lots


class LoyaltyDrawVersion(models.Model):
    """What a running draw stated from some moment on. Members draw by the last version, and each result names its own."""

    _name = "loyalty.draw.version"
    _description = "Stated Odds"
    _order = "draw_id, number desc"
    _rec_name = "number"

    draw_id = fields.Many2one("loyalty.draw", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="draw_id.company_id", store=True)
    number = fields.Integer("Version", required=True, readonly=True)
    stated = fields.Json(readonly=True, help="Units of each prize, of how many in all, and which prize says thank you.")
    summary = fields.Char("Stated Odds", compute="_compute_summary")

    _number_unique = models.Constraint("UNIQUE (draw_id, number)", "These odds were changed by somebody else at this moment.")

    @api.depends("stated")
    @api.depends_context("lang")
    def _compute_summary(self):
        for version in self:
            odds = version._odds()
            prizes = self.env["loyalty.draw.prize"].browse([*odds.units, odds.thanks]).with_context(active_test=False)
            version.summary = ", ".join(f"{prize.name} {float(100 * odds.probability(prize.id)):.6g} %" for prize in prizes)

    @api.model
    def _stated(self, draw):
        odds = draw._odds()
        return {"units": {str(prize): units for prize, units in odds.units.items()}, "total": odds.total, "thanks": odds.thanks}

    def _odds(self):
        self.ensure_one()
        units = {int(prize): units for prize, units in self.stated["units"].items()}
        return lots.Odds(units, self.stated["total"], self.stated["thanks"])
