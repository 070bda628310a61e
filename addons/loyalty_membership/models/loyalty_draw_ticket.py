from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyDrawTicket(models.Model):
    """The right of a member to draw once without paying points; made by ``_give``, used by a draw."""

    _name = "loyalty.draw.ticket"
    _description = "Draw Ticket"
    _order = "id desc"
    _rec_name = "draw_id"

    draw_id = fields.Many2one("loyalty.draw", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="draw_id.company_id", store=True)
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="member_id.partner_id", string="Customer")
    note = fields.Char("Given For", readonly=True)
    origin_model = fields.Char(readonly=True)
    origin_id = fields.Many2oneReference(model_field="origin_model", readonly=True)
    result_id = fields.Many2one(
        "loyalty.draw.result", "Used For", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    state = fields.Selection([("open", "Unused"), ("used", "Used")], compute="_compute_state")
    create_date = fields.Datetime("Given On")
    create_uid = fields.Many2one("res.users", "Given By")

    _origin_idx = models.Index("(origin_model, origin_id) WHERE origin_id IS NOT NULL")
    _open_idx = models.Index("(member_id, draw_id, id) WHERE result_id IS NULL")

    @api.depends("result_id")
    def _compute_state(self):
        for ticket in self:
            ticket.state = "used" if ticket.result_id else "open"

    @api.model
    def _give(self, member, draw, number=1, origin=None, note=None):
        """Give a member tickets for a draw of the same program.

        :param origin: the record that brings them, such as a redemption; without one, they stand in the member's log
        :return: the tickets
        """
        if draw.program_id != member.program_id:
            raise UserError(self.env._("%s is a draw of another program.", draw.display_name))
        member._check_not_barred()
        if not origin:
            # sudo: whoever gives tickets need not be one who may write to the member
            member.sudo()._message_log(body=self.env._(
                "Draw tickets given by hand: %(number)s for %(draw)s (%(note)s)",
                number=number, draw=draw.display_name, note=note or "",
            ))  # fmt: skip
        # sudo: tickets are nobody's to write but this method's; the caller says who may give them
        return self.sudo().create([
            {
                "member_id": member.id,
                "draw_id": draw.id,
                "note": note,
                "origin_model": origin._name if origin else False,
                "origin_id": origin.id if origin else False,
            }
            for _ticket in range(number)
        ])

    @api.model
    def _open_of(self, member, draw, limit=None):
        """A member's tickets that are not used, the oldest first."""
        return self.search(
            [("member_id", "=", member.id), ("draw_id", "=", draw.id), ("result_id", "=", False)], order="id", limit=limit
        )
