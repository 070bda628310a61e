from odoo import models
from odoo.exceptions import AccessError, ValidationError

from ..models.in_process import ADJUSTMENT


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """Of a member, the ledger books the difference with the reason given, and writes the history itself."""
        if not self.card_id.is_member:
            return super().action_update_card_point()
        if self.old_balance == self.new_balance or not self.new_balance >= 0:  # NaN is neither
            raise ValidationError(self.env._("Enter a balance of 0 or more, other than the one before."))
        if not (self.description or "").strip():
            raise ValidationError(self.env._("Say why the points change: members and auditors read it."))
        if not self.env.su and not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may adjust a member's points."))
        self.card_id.check_access("read")
        self.card_id.program_id._refuse_points_by_hand()
        self.card_id._check_not_oneself()
        # sudo: asked for above; managers have no right to write cards of other programs
        self.card_id.sudo().with_context(**ADJUSTMENT, loyalty_note=self.description).points = self.new_balance
        return {"type": "ir.actions.client", "tag": "soft_reload"}
