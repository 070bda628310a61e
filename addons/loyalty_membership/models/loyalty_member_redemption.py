from odoo import api, fields, models


class LoyaltyMemberRedemption(models.Model):
    """What a member redeemed, and the way to redeem."""

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
