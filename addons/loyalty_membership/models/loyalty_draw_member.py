"""What members have of lucky draws, also when they are erased."""

from odoo import fields, models


class LoyaltyDrawMember(models.Model):
    _inherit = "loyalty.member"

    draw_result_ids = fields.One2many("loyalty.draw.result", "member_id", "Lucky Draws", readonly=True)
    draw_ticket_ids = fields.One2many("loyalty.draw.ticket", "member_id", "Draw Tickets", readonly=True)

    def _cancel_coupons(self, everyone):
        """Coupons that were won end with those of the tiers, and name the person no more."""
        won = self.env["loyalty.draw.result"].search([("member_id", "in", everyone.ids)]).card_id
        won.filtered(lambda card: card.points > 0).write({"points": 0, "active": False})
        return super()._cancel_coupons(everyone) | won

    def _forget_what_was_said(self, coupons):
        self.env["loyalty.draw.ticket"].search([("member_id", "in", self.ids)]).note = False
        return super()._forget_what_was_said(coupons)
