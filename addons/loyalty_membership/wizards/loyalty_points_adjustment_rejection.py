from odoo import fields, models


class LoyaltyPointsAdjustmentRejection(models.TransientModel):
    """Why points by hand are not given or taken: the requester reads it."""

    _name = "loyalty.points.adjustment.rejection"
    _description = "Reject Points Adjustment"

    adjustment_ids = fields.Many2many("loyalty.points.adjustment", "loyalty_adjustment_rejection_rel", required=True)
    reason = fields.Char(required=True)

    def action_reject(self):
        self.adjustment_ids._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
