"""What members have of lucky draws when they are merged, or erased."""

from odoo import fields, models
from odoo.tools import SQL

from .ledger_guard import door


class LoyaltyDrawMember(models.Model):
    _inherit = "loyalty.member"

    draw_result_ids = fields.One2many("loyalty.draw.result", "member_id", "Lucky Draws", readonly=True)
    draw_ticket_ids = fields.One2many("loyalty.draw.ticket", "member_id", "Draw Tickets", readonly=True)

    def _hand_over(self, target):
        result = super()._hand_over(target)
        self._hand_over_draws(target)
        return result

    def _hand_over_draws(self, target):
        """Results and tickets move, so that limits count what either has drawn; unused coupons follow their winner."""
        coupons = self.draw_result_ids.card_id
        coupons.filtered(lambda card: card.partner_id == self.partner_id).partner_id = target.partner_id
        results, tickets = self.env["loyalty.draw.result"], self.env["loyalty.draw.ticket"]
        tickets.flush_model()
        with door(self.env.cr):
            for table in (results._table, tickets._table):
                self.env.cr.execute(SQL(
                    "UPDATE %s SET member_id = %s WHERE member_id = %s", SQL.identifier(table), target.id, self.id
                ))  # fmt: skip
        results.invalidate_model(["member_id"])
        tickets.invalidate_model(["member_id"])
        (self | target).invalidate_recordset(["draw_result_ids", "draw_ticket_ids"])

    def _cancel_coupons(self, everyone):
        """Coupons that were won end with those of the tiers, and name the person no more."""
        won = self.env["loyalty.draw.result"].search([("member_id", "in", everyone.ids)]).card_id
        won.filtered(lambda card: card.points > 0).write({"points": 0, "active": False})
        return super()._cancel_coupons(everyone) | won

    def _forget_what_was_said(self, coupons):
        self.env["loyalty.draw.ticket"].search([("member_id", "in", self.ids)]).note = False
        return super()._forget_what_was_said(coupons)
