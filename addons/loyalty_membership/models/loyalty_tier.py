from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyTier(models.Model):
    _name = "loyalty.tier"
    _description = "Membership Tier"
    _order = "program_id, threshold, sequence, id"

    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="program_id.currency_id")
    tier_metric = fields.Selection(related="program_id.tier_metric")
    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short name that shops, tills and imports use for this tier, e.g. GOLD.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    image = fields.Image(max_width=512, max_height=512)
    threshold = fields.Float(
        digits=(16, 2),
        required=True,
        default=0.0,
        help="What a member needs for this tier: qualifying points, money spent or purchases, as the program counts. 0: "
        "every new member starts here.",
    )
    earn_multiplier = fields.Float(
        digits=(16, 4),
        default=1.0,
        help="Members of this tier earn this many times the points of a purchase; 1 changes nothing.",
    )
    birthday_multiplier = fields.Float(
        digits=(16, 4),
        default=1.0,
        help="Members of this tier earn this many times the points around their birthday; 1 changes nothing.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Members of this tier get these prices, unless a pricelist was chosen on the customer by hand. Promotions "
        "reserved to this pricelist, e.g. free shipping, are reserved to the tier.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        domain=[("share", "=", False)],
        help="Who looks after the members of this tier.",
    )
    priority_service = fields.Boolean(help="Shown to staff: these members are served first.")
    early_access = fields.Boolean(help="Shown to staff: these members may buy new products before others.")
    benefit_ids = fields.One2many("loyalty.tier.benefit", "tier_id", copy=True)
    description = fields.Html(
        string="What Members Read",
        translate=True,
        help="The tier in your own words, for members to read.",
    )
    member_count = fields.Integer(compute="_compute_member_count")

    _code_unique = models.Constraint("UNIQUE (program_id, code)", "Another tier of this program has this code already.")
    _threshold_unique = models.UniqueIndex(
        "(program_id, threshold) WHERE active", "Another tier of this program has this threshold already."
    )
    _threshold_positive = models.Constraint("CHECK (threshold >= 0)", "The threshold of a tier can't be negative.")
    _multipliers_positive = models.Constraint(
        "CHECK (earn_multiplier > 0 AND birthday_multiplier > 0)", "The multipliers of a tier must be above 0."
    )

    def _compute_member_count(self):
        # sudo: a number tells nothing about a member, and settings are read by staff who may not see members
        counts = dict(self.env["loyalty.member"].sudo()._read_group([("tier_id", "in", self.ids)], ["tier_id"], ["__count"]))
        for tier in self:
            tier.member_count = counts.get(tier._origin, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_members(self):
        # sudo: members of stores that the user doesn't see hold the tier all the same
        member = self.env["loyalty.member"].sudo().with_context(active_test=False)
        member = member.search([("tier_id", "in", self.ids)], limit=1)
        if member:
            raise UserError(
                self.env._(
                    "The tier %s has members. Move them to another tier first, or archive this one.",
                    member.tier_id.display_name,
                )
            )

    def action_view_members(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Members"),
            "res_model": "loyalty.member",
            "view_mode": "list,kanban,form",
            "domain": [("tier_id", "in", self.ids)],
        }
