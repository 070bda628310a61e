from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .in_process import ODDS_LATER


class LoyaltyDraw(models.Model):
    """A lucky draw: who may draw, when, for what, and which prizes there are.

    What happens in a draw is in ``loyalty_draw_play``; the odds are in ``loyalty_draw_odds``.
    """

    _name = "loyalty.draw"
    _description = "Lucky Draw"
    _inherit = ["mail.thread", "image.mixin"]
    _order = "state desc, date_from desc, id desc"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="restrict", tracking=True,
        domain=[("is_membership", "=", True)], default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, precompute=True, index="btree_not_null")
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("closed", "Ended")],
        required=True, default="draft", readonly=True, copy=False, tracking=True,
    )  # fmt: skip
    description = fields.Html("What Members Read", translate=True, help="Terms and odds, in your own words.")
    date_from = fields.Date("First Day", tracking=True, help="In the program's time zone. Empty: at once.")
    date_to = fields.Date("Last Day", tracking=True, help="In the program's time zone. Empty: until it is closed.")
    tier_ids = fields.Many2many(
        "loyalty.tier", string="Tiers", domain="[('program_id', '=', program_id)]", help="Who may draw. Empty: every tier."
    )
    tag_ids = fields.Many2many("res.partner.category", string="Tags", help="Customers with any of these tags. Empty: all.")
    team_ids = fields.Many2many("crm.team", string="Stores", help="Members of these stores. Empty: of all, and of none.")
    points = fields.Float(
        "Points A Draw", digits=(16, 2), tracking=True, help="What one draw costs whoever has no ticket. 0: nothing."
    )
    tickets_only = fields.Boolean(tracking=True, help="Nobody draws for points, only with a ticket.")
    daily_limit = fields.Integer(
        "Draws A Day", tracking=True, help="How often a member may draw on one day of the program's time zone. 0: no limit."
    )
    total_limit = fields.Integer("Draws In All", tracking=True, help="How often a member may draw altogether. 0: no limit.")
    prize_ids = fields.One2many("loyalty.draw.prize", "draw_id", copy=True)
    version_ids = fields.One2many("loyalty.draw.version", "draw_id", readonly=True)
    result_count = fields.Integer("Draws", compute="_compute_counts")
    ticket_count = fields.Integer("Tickets Open", compute="_compute_counts")

    _limits_positive = models.Constraint(
        "CHECK (points >= 0 AND daily_limit >= 0 AND total_limit >= 0)", "Cost and limits can't be negative; 0 means none."
    )
    _dates_in_order = models.Constraint("CHECK (date_from <= date_to)", "A draw can't end before it begins.")

    def _compute_counts(self):
        # sudo: numbers tell nothing about a member
        results, tickets = self.env["loyalty.draw.result"].sudo(), self.env["loyalty.draw.ticket"].sudo()
        drawn = dict(results._read_group([("draw_id", "in", self.ids)], ["draw_id"], ["__count"]))
        unused = Domain("draw_id", "in", self.ids) & Domain("result_id", "=", False)
        waiting = dict(tickets._read_group(unused, ["draw_id"], ["__count"]))
        for draw in self:
            draw.result_count = drawn.get(draw._origin, 0)
            draw.ticket_count = waiting.get(draw._origin, 0)

    @api.constrains("points", "program_id")
    def _check_steps(self):
        for draw in self:
            draw.program_id._check_in_steps(draw.name, draw.points)
            draw.prize_ids._check_steps()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        if "program_id" in vals and any(draw.result_count and draw.program_id.id != vals["program_id"] for draw in self):
            raise UserError(self.env._("Somebody has drawn already: a draw stays in its program then."))
        if "prize_ids" in vals:
            self._bar_drawing()
        result = super(LoyaltyDraw, self.with_context(**ODDS_LATER)).write(vals)
        if not vals.keys().isdisjoint(("mode", "prize_ids", "active")):
            self._note_odds()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn(self):
        if any(draw.result_count for draw in self):
            raise UserError(self.env._("Somebody has drawn already: archive the draw instead of deleting it."))

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def action_start(self):
        for draw in self.filtered(lambda draw: draw.state != "running"):
            draw._check_odds()
            draw.state = "running"
            draw._note_odds()

    def action_close(self):
        self.filtered(lambda draw: draw.state == "running").state = "closed"

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------

    def action_view_results(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_draw_result")
        return dict(action, domain=[("draw_id", "in", self.ids)], context={})

    def action_view_tickets(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_draw_ticket")
        return dict(action, domain=[("draw_id", "in", self.ids)])

    def action_compare(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_draw_fairness")
        return dict(action, context={"default_draw_id": self.id})
