from odoo import api, fields, models

from ..domain.calibration import MANY


class LoyaltyPredictionCalibration(models.Model):
    """Members who had come back equally often, and how often they were expected to buy in the test, and did."""

    _name = "loyalty.prediction.calibration"
    _description = "Prediction Test"
    _order = "fit_id desc, frequency"
    _rec_name = "frequency_name"
    _log_access = False

    fit_id = fields.Many2one("loyalty.prediction.fit", required=True, readonly=True, index=True, ondelete="cascade")
    frequency = fields.Integer("Came Back", readonly=True, aggregator=None, help="Days with a purchase after the first one.")
    frequency_name = fields.Char("Had Come Back", compute="_compute_frequency_name")
    customers = fields.Integer("Members", readonly=True)
    predicted = fields.Float(readonly=True, digits=(16, 2), aggregator="avg", help="Purchases of one member, on average.")
    actual = fields.Float(readonly=True, digits=(16, 2), aggregator="avg", help="Purchases of one member, on average.")

    @api.depends("frequency")
    @api.depends_context("lang")
    def _compute_frequency_name(self):
        for row in self:
            if row.frequency > 1:
                times = f"{row.frequency}+" if row.frequency >= MANY else row.frequency
                row.frequency_name = self.env._("%s times", times)
            else:
                row.frequency_name = self.env._("Once") if row.frequency else self.env._("Not at all")
