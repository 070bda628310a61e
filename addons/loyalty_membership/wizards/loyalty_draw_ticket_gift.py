from odoo import fields, models
from odoo.exceptions import AccessError, UserError

MOST_TICKETS = 100


class LoyaltyDrawTicketGift(models.TransientModel):
    """Draw tickets that a manager gives by hand, and what for."""

    _name = "loyalty.draw.ticket.gift"
    _inherit = "loyalty.members.chosen"
    _description = "Give Draw Tickets"

    member_ids = fields.Many2many("loyalty.member", required=True)
    draw_id = fields.Many2one("loyalty.draw", required=True, domain=[("state", "!=", "closed")])
    number = fields.Integer("Tickets Each", default=1, required=True)
    note = fields.Char("Given For", required=True)

    def action_give(self):
        self.ensure_one()
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may give draw tickets."))
        if not 1 <= self.number <= MOST_TICKETS:
            raise UserError(self.env._("Give each member 1 to %s tickets at once.", MOST_TICKETS))
        self.member_ids.check_access("write")
        self.member_ids._check_not_oneself()
        self.draw_id.check_access("read")
        for member in self.member_ids:
            self.env["loyalty.draw.ticket"]._give(member, self.draw_id, self.number, note=self.note)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s tickets given.", self.number * len(self.member_ids)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
