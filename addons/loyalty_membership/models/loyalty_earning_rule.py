from odoo import fields, models


class LoyaltyEarningRule(models.Model):
    _name = "loyalty.earning.rule"
    _description = "Earning Rule"
    _order = "program_id, sequence, id"

    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    currency_id = fields.Many2one(related="program_id.currency_id")
    name = fields.Char(required=True, translate=True, help="Members read it in their statement.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    summary = fields.Char(compute="_compute_summary")

    # ------------------------------------------------------------ what gives points
    kind = fields.Selection(
        [("base", "Gives points"), ("multiplier", "Multiplies points")],
        required=True,
        default="base",
        help="A rule that gives points adds to the others. A rule that multiplies makes more of the points that those "
        "give, e.g. a double points day.",
    )
    trigger = fields.Selection(
        [("purchase", "A purchase"), ("activity", "An activity")],
        required=True,
        default="purchase",
    )
    activity_code = fields.Char(
        string="Activity",
        help="What the member does: joined, birthday, anniversary, profile_completed, check_in, referral, review, survey, "
        "event, or a code of your own that another system sends. Lower-case letters, digits and underscores.",
    )
    points_mode = fields.Selection(
        [
            ("money", "Per amount of money"),
            ("unit", "Per unit bought"),
            ("fixed", "Once per purchase or activity"),
        ],
        string="Points Per",
        required=True,
        default="money",
    )
    points = fields.Float(digits=(16, 2), default=1.0, help="How many points the rule gives each time.")
    per_amount = fields.Monetary(default=1.0, help="The points are given for each of this amount that was bought.")
    multiplier = fields.Float(digits=(16, 4), default=2.0, help="2 means double points.")
    group = fields.Char(
        string="Best Of",
        help="Of all rules with the same word here, only the one that gives most counts. Empty: the rule adds to the "
        "others.",
    )
    qualifying = fields.Boolean(
        string="Counts For Tiers",
        default=True,
        help="Whether these points bring the member closer to the next tier.",
    )

    # ------------------------------------------------------------ when and where
    product_domain = fields.Char(default="[]", string="Products", help="Only these products. Empty: all products.")
    category_ids = fields.Many2many("product.category", help="Only products of these categories and those below them.")
    tag_ids = fields.Many2many("product.tag", help="Only products with one of these tags.")
    team_ids = fields.Many2many(
        "crm.team", string="Stores And Channels", help="Only purchases in one of these stores or channels."
    )
    tier_ids = fields.Many2many(
        "loyalty.tier", domain="[('program_id', '=', program_id)]", help="Only members of one of these tiers."
    )
    member_domain = fields.Char(default="[]", string="Members", help="Only these members. Empty: all members.")
    weekdays = fields.Many2many("loyalty.weekday", help="Only on these days of the week.")
    hour_from = fields.Float(string="From Hour", help="Only from this time of the day on.")
    hour_to = fields.Float(
        string="To Hour", help="Only until this time of the day. Earlier than the start: until that time the next day."
    )
    date_from = fields.Date(string="From", help="The first day of the rule.")
    date_to = fields.Date(string="Until", help="The last day of the rule.")
    min_amount = fields.Monetary(
        string="Minimum Purchase", help="Only when the products that this rule counts cost at least this much together."
    )
    birthday = fields.Selection(
        [("day", "On the birthday"), ("week", "In the week of the birthday"), ("month", "In the month of the birthday")],
        string="Around The Birthday",
    )
    first_purchase = fields.Boolean(string="First Purchase Only")

    # ------------------------------------------------------------ limits
    cap_points = fields.Float(
        string="At Most",
        digits=(16, 2),
        help="The most points that one member gets from this rule in the period beside it. The purchase that goes over "
        "it gets the rest. 0: no limit.",
    )
    cap_period = fields.Selection(
        [
            ("day", "a day"),
            ("week", "a week"),
            ("month", "a month"),
            ("year", "a year"),
            ("lifetime", "in a lifetime"),
        ],
    )
    budget_points = fields.Float(
        string="Budget",
        digits=(16, 2),
        help="The most points that this rule gives to all members together. 0: no limit.",
    )
    budget_used = fields.Float(string="Budget Used", digits=(16, 2), default=0.0, readonly=True, copy=False)

    def _compute_summary(self):
        for rule in self:
            rule.summary = rule.name
