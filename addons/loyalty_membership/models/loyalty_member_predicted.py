"""What is predicted of a member, on the member: read, searched and filtered there, and written nowhere but by the job."""

from odoo import api, fields, models


class LoyaltyMemberPredicted(models.Model):
    _inherit = "loyalty.member"

    prediction_ids = fields.One2many("loyalty.member.prediction", "member_id", "Predictions", readonly=True)
    predicted_on = fields.Date(related="prediction_ids.predicted_on", string="Predicted On")
    alive = fields.Float(related="prediction_ids.alive", string="Still A Customer")
    churn_risk = fields.Selection(related="prediction_ids.churn_risk", string="Churn Risk")
    purchases_90 = fields.Float(related="prediction_ids.purchases_90", string="Purchases Expected (90 Days)")
    purchases_365 = fields.Float(related="prediction_ids.purchases_365", string="Purchases Expected (365 Days)")
    money_predicted = fields.Boolean(related="prediction_ids.money_known", string="Money Is Predicted")
    amount_90 = fields.Monetary(related="prediction_ids.amount_90", string="Spend Expected (90 Days)")
    amount_365 = fields.Monetary(related="prediction_ids.amount_365", string="Spend Expected (365 Days)")
    lifetime_value = fields.Monetary(related="prediction_ids.lifetime_value", string="Customer Lifetime Value")
    prediction_missing = fields.Char("No Prediction", compute="_compute_prediction_missing", help="Why nothing is predicted.")

    @api.depends("predicted_on", "state", "active", "purchase_count")
    @api.depends_context("lang")
    def _compute_prediction_missing(self):
        for member in self:
            # sudo: that a program has too little data tells nothing about anybody
            too_little = member.sudo().program_id.prediction_state == "too_little"
            if member.predicted_on:
                member.prediction_missing = False
            elif too_little:
                member.prediction_missing = self.env._("There is too little data to predict what members will buy.")
            elif member.state != "active" or not member.active:
                member.prediction_missing = self.env._("Only active members are predicted.")
            elif not member.purchase_count:
                member.prediction_missing = self.env._("Who has bought nothing yet can't be predicted.")
            else:
                member.prediction_missing = self.env._("Members are predicted every night.")

    def _erase_one(self, reason):
        everyone = self._with_merged()
        result = super()._erase_one(reason)
        # What a person was expected to do is about the person, not a fact that sums need.
        self.env["loyalty.member.prediction"].search([("member_id", "in", everyone.ids)]).unlink()
        return result
