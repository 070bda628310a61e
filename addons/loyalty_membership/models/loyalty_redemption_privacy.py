"""Redemptions when a member's data are erased."""

from odoo import models
from odoo.tools import SQL

from .loyalty_redemption_flow import OPEN
from .personal_traces import remove_traces


class LoyaltyMemberRedemptionPrivacy(models.Model):
    _inherit = "loyalty.member"

    def _redemptions_of(self):
        return self.env["loyalty.redemption"].search([("member_id", "in", self.ids)])

    def _forfeit_points(self, everyone, note):
        """What is not handed out yet is cancelled first: its points come back, and end with the others."""
        redemptions = everyone._redemptions_of()
        redemptions.filtered(lambda redemption: redemption.state in OPEN)._end("cancelled", False)
        return super()._forfeit_points(everyone, note)

    def _cancel_coupons(self, everyone):
        """Coupons that points bought go as those of the tiers do; nobody is left to use them."""
        coupons = everyone._redemptions_of().filtered(lambda redemption: redemption.kind == "coupon").card_ids
        coupons.filtered("points").write({"points": 0, "active": False})
        return super()._cancel_coupons(everyone) | coupons

    def _forget_what_was_said(self, coupons):
        redemptions = self._redemptions_of()
        redemptions.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_redemption SET note = NULL, end_reason = NULL, rejection_reason = NULL, shipping_partner_id = NULL
                WHERE member_id = ANY(%s)""",
            self.ids,
        ))  # fmt: skip
        redemptions.invalidate_recordset()
        remove_traces(redemptions)
        return super()._forget_what_was_said(coupons)
