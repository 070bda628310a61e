from odoo import models
from odoo.tools import SQL


class LoyaltyMemberMessagesErasure(models.Model):
    _inherit = "loyalty.member"

    def _forget_what_was_said(self, coupons):
        """Why a message failed may name the address."""
        result = super()._forget_what_was_said(coupons)
        self.env.cr.execute(SQL(
            "UPDATE loyalty_journey_event SET problem = NULL WHERE member_id = ANY(%s) AND problem IS NOT NULL", self.ids
        ))  # fmt: skip
        self.env["loyalty.journey.event"].invalidate_model(["problem"], flush=False)
        return result
