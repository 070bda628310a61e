from odoo import api, fields, models
from odoo.exceptions import UserError

from .loyalty_redemption_flow import OPEN


class LoyaltyMemberRedemption(models.Model):
    """What a member redeemed, the way to redeem, and what becomes of it when the member is closed."""

    _inherit = "loyalty.member"

    redemption_ids = fields.One2many("loyalty.redemption", "member_id")
    redemption_count = fields.Integer(compute="_compute_redemption_count")

    @api.depends("redemption_ids")
    def _compute_redemption_count(self):
        counts = dict(self.env["loyalty.redemption"]._read_group([("member_id", "in", self.ids)], ["member_id"], ["__count"]))
        for member in self:
            member.redemption_count = counts.get(member._origin, 0)

    def action_redeem(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Redeem"),
            "res_model": "loyalty.redemption",
            "view_mode": "form",
            "context": {"default_member_id": self.id},
        }

    def action_view_redemptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_redemption")
        return dict(action, domain=[("member_id", "=", self.id)], context={"default_member_id": self.id})

    # ------------------------------------------------------------------
    # Closing
    # ------------------------------------------------------------------

    def _open_redemptions(self):
        """What these members have redeemed, or are about to, and not got yet."""
        # sudo: in whatever store
        return self.env["loyalty.redemption"].sudo().search([("member_id", "in", self.ids), ("state", "in", OPEN)])

    def _close(self, *args, **kwargs):
        # First the items, then the members, as everybody who redeems does.
        self._open_redemptions().item_id._lock()
        return super()._close(*args, **kwargs)

    def _on_closed(self):
        """Nobody hands anything out to who is gone: what is open is cancelled, and its points are left like the others."""
        waiting = self._open_redemptions()
        if partly := waiting.filtered(lambda redemption: redemption._number_out() > 0):
            raise UserError(self.env._(
                "A part of these has been handed out: %s. Deliver the rest, or cancel the rest of the delivery, before you "
                "close the member.",
                ", ".join(partly.mapped("display_name")),
            ))  # fmt: skip
        waiting._end("cancelled", self.env._("The member was closed."))
        return super()._on_closed()
