from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyRedemptionReason(models.TransientModel):
    """Why redemptions are rejected or cancelled: the member may be told."""

    _name = "loyalty.redemption.reason"
    _description = "Reason To End Redemptions"

    redemption_ids = fields.Many2many("loyalty.redemption", required=True)
    purpose = fields.Selection([("reject", "Reject"), ("cancel", "Cancel")], required=True, default="cancel")
    reason = fields.Char(required=True)
    refund_told = fields.Text("Refund To Do", compute="_compute_refund_told", compute_sudo=True)

    @api.depends("redemption_ids")
    def _compute_refund_told(self):
        """What their orders will need, once these are over: they were invoiced or paid."""
        for wizard in self:
            orders = wizard.redemption_ids.filtered("sale_order_id")
            wizard.refund_told = "\n".join(filter(None, (redemption._refund_told(0) for redemption in orders)))

    def action_confirm(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: the member may ask."))
        for redemption in self.redemption_ids.sorted("id"):
            redemption._reject(reason) if self.purpose == "reject" else redemption._cancel(reason)
        return {"type": "ir.actions.act_window_close"}
