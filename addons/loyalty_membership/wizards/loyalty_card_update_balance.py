from odoo import models
from odoo.exceptions import ValidationError

from ..models.in_process import ADJUSTMENT


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """Of a member, the ledger books the difference with the reason given, and writes the history itself."""
        if not self.card_id.is_member:
            return super().action_update_card_point()
        if self.old_balance == self.new_balance or not self.new_balance >= 0:  # NaN is neither
            raise ValidationError(self.env._("Enter a balance of 0 or more, other than the one before."))
        self.card_id.with_context(**ADJUSTMENT, loyalty_note=self.description).points = self.new_balance
        return {"type": "ir.actions.client", "tag": "soft_reload"}
