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
        """End them. Of several, each on its own: one that can't be is told, and the others go on."""
        self.ensure_one()
        close = {"type": "ir.actions.act_window_close"}
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: the member may ask."))
        if len(self.redemption_ids) == 1:
            self._end(self.redemption_ids, reason)
            return close
        ended, problems = self.redemption_ids._one_by_one(lambda redemption: self._end(redemption, reason))
        message = self.env._("%s rejected.") if self.purpose == "reject" else self.env._("%s cancelled.")
        return self.redemption_ids._tell(message % len(ended), problems, close)

    def _end(self, redemption, reason):
        redemption._reject(reason) if self.purpose == "reject" else redemption._cancel(reason)
