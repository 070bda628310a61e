from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyDrawPlay(models.TransientModel):
    """Staff draw for a member who stands before them, and read out what it came to."""

    _name = "loyalty.draw.play"
    _description = "Draw For A Member"
    _inherit = ["loyalty.member.choice"]

    member_id = fields.Many2one("loyalty.member", required=True)
    program_id = fields.Many2one(related="member_id.program_id", related_sudo=False)
    draw_id = fields.Many2one("loyalty.draw", domain="[('program_id', '=', program_id), ('state', '=', 'running')]")
    draw_image = fields.Image(related="draw_id.image_128", string="Picture")
    balance = fields.Float(related="member_id.points", related_sudo=False, string="Points Available")
    tickets = fields.Integer("Tickets Held", compute="_compute_terms")
    cost = fields.Float("Points This Draw Costs", compute="_compute_terms", digits=(16, 2))
    refusal = fields.Char(compute="_compute_terms")
    result_id = fields.Many2one("loyalty.draw.result", readonly=True)
    kind = fields.Selection(related="result_id.kind")
    prize_name = fields.Char(related="result_id.prize_id.name")
    prize_image = fields.Image(related="result_id.prize_id.image_256", string="Prize Picture")
    points_won = fields.Float(related="result_id.prize_entry_id.points")
    coupon = fields.Char(compute="_compute_coupon")
    pickup_code = fields.Char(compute="_compute_coupon")
    redemption_id = fields.Many2one(related="result_id.redemption_id")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "member_id" in fields and self.env.context.get("active_model") == "loyalty.member":
            values["member_id"] = self.env.context.get("active_id")
        member = self.env["loyalty.member"].browse(values.get("member_id"))
        if "draw_id" in fields and member:
            draws = self.env["loyalty.draw"].search([("program_id", "=", member.program_id.id), ("state", "=", "running")])
            values.setdefault("draw_id", next((draw.id for draw in draws if not self._refusal(draw, member)), draws[:1].id))
        return values

    @api.depends("member_id", "draw_id")
    def _compute_terms(self):
        for wizard in self:
            # sudo: the tickets of a member whom the user sees
            tickets = self.env["loyalty.draw.ticket"].sudo()
            member, draw = wizard.member_id._origin, wizard.draw_id._origin
            wizard.tickets = len(tickets._open_of(member, draw)) if draw else 0
            wizard.cost = 0 if wizard.tickets or not draw else draw.points
            wizard.refusal = self._refusal(draw, member) if draw else ""

    @api.model
    def _refusal(self, draw, member):
        """Why this member can't draw now; empty if they can."""
        try:
            # sudo: as in _compute_terms, and for what the member has drawn
            draw.sudo()._check_may_draw(member.sudo(), draw.program_id._today())
        except UserError as refusal:
            return str(refusal)
        return ""

    @api.depends("result_id")
    def _compute_coupon(self):
        for wizard in self:
            # sudo: the code is the member's, whom the user sees
            result = wizard.sudo().result_id
            wizard.coupon = (result.card_id or result.redemption_id.card_ids)[:1].code
            wizard.pickup_code = result.redemption_id.code

    def action_draw(self):
        """Draw; called twice, as by a double click, it is the same draw."""
        self.ensure_one()
        self.member_id.check_access("write")
        self.draw_id.check_access("read")
        if not self.draw_id:
            raise UserError(self.env._("Choose a lucky draw."))
        # sudo: whoever serves the member may draw for them, and write neither ledger nor results
        result, _known = self.draw_id.sudo()._draw(self.member_id.sudo(), "odoo", f"dialog:{self.id}")
        self.result_id = result
        return self._open(self.env._("The Draw"))

    def action_again(self):
        wizard = self.create({"member_id": self.member_id.id, "draw_id": self.draw_id.id})
        return wizard._open(self.env._("Draw For The Member"))

    def _open(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
