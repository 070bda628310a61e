import re
from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Activities that have a name here. The program itself gives joined, birthday, anniversary, profile_completed, referral and
#: referred; the others, and any other code, are what another system sends or staff record.
ACTIVITIES = [
    ("joined", "Joined"),
    ("birthday", "Birthday"),
    ("anniversary", "Anniversary of joining"),
    ("profile_completed", "Profile completed"),
    ("check_in", "Daily check-in"),
    ("referral", "Friend referred"),
    ("referred", "Referred by a friend"),
    ("review", "Review written"),
    ("survey", "Survey answered"),
    ("event", "Event attended"),
]

#: The activity that counts once a day, and in a row.
CHECK_IN = "check_in"

#: The filters that are written as domains, and what they filter.
FILTERS = {"product_domain": "product.product", "member_domain": "loyalty.member"}


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
    summary = fields.Char(compute="_compute_summary", help="What this rule does, in a sentence.")

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
        help="What the points are given for. A purchase: an order, a sale at the till, or one that another system records. An "
        "activity: something that the member does or is without buying, such as joining, a birthday or a review.",
    )
    activity = fields.Selection(
        [*ACTIVITIES, ("other", "Another, by its code")],
        compute="_compute_activity",
        readonly=False,
        help="What the member does to get the points.",
    )
    activity_code = fields.Char(
        help="What the member does: joined, birthday, anniversary, profile_completed, check_in, referral, referred, review, "
        "survey, event, or a code of your own that another system sends. Lower-case letters, digits and underscores.",
    )
    points_mode = fields.Selection(
        [
            ("money", "Per amount of money"),
            ("unit", "Per unit bought"),
            ("fixed", "Once per purchase or activity"),
        ],
        string="Points Are Given",
        required=True,
        compute="_compute_points_mode",
        precompute=True,
        store=True,
        readonly=False,
        help="Per amount of money: 1 point for each 1.00. Per unit: 10 points for each item. Once: 50 points, whatever "
        "the purchase costs.",
    )
    points = fields.Float(digits=(16, 2), default=1.0, help="How many points the rule gives each time.")
    per_amount = fields.Float(
        digits=(16, 2),
        default=1.0,
        help="The points are given each time this much money was spent, or this many units bought.",
    )
    multiplier = fields.Float(digits=(16, 4), default=2.0, help="2 means double points.")
    group = fields.Char(
        string="Best Of",
        help="Of all rules with the same word here, only the one that gives most counts. Empty: the rule adds to the others.",
    )
    qualifying = fields.Boolean(
        string="Counts For Tiers",
        default=True,
        help="Whether these points bring the member closer to the next tier.",
    )

    # ------------------------------------------------------------ when and where
    product_domain = fields.Char(default="[]", string="Products", help="Only these products. Empty: all products.")
    # Restrict: a rule whose last category were deleted would suddenly hold for all products.
    category_ids = fields.Many2many(
        "product.category",
        string="Categories",
        ondelete="restrict",
        help="Only products of these categories and of those below them.",
    )
    tag_ids = fields.Many2many(
        "product.tag", string="Product Tags", ondelete="restrict", help="Only products with one of these tags."
    )
    team_ids = fields.Many2many(
        "crm.team",
        string="Stores And Channels",
        ondelete="restrict",
        help="Only purchases in one of these stores or channels.",
    )
    tier_ids = fields.Many2many(
        "loyalty.tier",
        string="Tiers",
        ondelete="restrict",
        domain="[('program_id', '=', program_id)]",
        help="Only members of one of these tiers.",
    )
    member_domain = fields.Char(default="[]", string="Members", help="Only these members. Empty: all members.")
    weekdays = fields.Many2many("loyalty.weekday", help="Only on these days of the week.")
    hour_from = fields.Float(string="From Hour", default=0.0, help="Only from this time of the day on.")
    hour_to = fields.Float(
        string="To Hour",
        default=0.0,
        help="Only until this time of the day. Earlier than the start: until that time the next day.",
    )
    date_from = fields.Date(string="Valid From", help="The first day of the rule.")
    date_to = fields.Date(string="Valid Until", help="The last day of the rule.")
    min_amount = fields.Monetary(
        string="Minimum Purchase",
        default=0.0,
        help="Only when the products that this rule counts cost at least this much together.",
    )
    birthday = fields.Selection(
        [("day", "On the birthday"), ("week", "In the week of the birthday"), ("month", "In the month of the birthday")],
        help="Only around the birthday of the member.",
    )
    first_purchase = fields.Boolean(string="First Purchase Only", help="Only the member's first purchase.")
    filters = fields.Json(
        compute="_compute_filters",
        store=True,
        copy=False,
        help="The ids of all filters of this rule, so that evaluating it for an order reads one row.",
    )

    # ------------------------------------------------------------ limits
    cap_points = fields.Float(
        string="At Most",
        digits=(16, 2),
        default=0.0,
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
        string="Limit Period",
        help="When the limit starts again for each member: every day, week (from Monday), month or year of the calendar, or "
        "never. The day of the purchase counts, in the program's time zone.",
    )
    budget_points = fields.Float(
        string="Budget",
        digits=(16, 2),
        default=0.0,
        help="The most points that this rule gives to all members together; what it gave before it had a budget counts. "
        "0: no limit.",
    )
    budget_used = fields.Float(digits=(16, 2), default=0.0, readonly=True, copy=False)

    _points_positive = models.Constraint(
        "CHECK (kind != 'base' OR points > 0)", "A rule that gives points must give more than 0."
    )
    _per_amount_positive = models.Constraint(
        "CHECK (kind != 'base' OR points_mode = 'fixed' OR per_amount > 0)",
        "The amount or quantity that points are given for must be above 0.",
    )
    _multiplier_positive = models.Constraint("CHECK (kind != 'multiplier' OR multiplier > 0)", "The multiplier must be above 0.")
    _activity_fixed = models.Constraint(
        "CHECK (trigger != 'activity' OR points_mode = 'fixed')",
        "An activity costs nothing: its points are given once, not per amount or unit.",
    )
    _dates_ordered = models.Constraint("CHECK (date_from <= date_to)", "The last day of the rule is before its first day.")
    _hours_valid = models.Constraint(
        "CHECK (hour_from BETWEEN 0 AND 24 AND hour_to BETWEEN 0 AND 24)", "Hours run from 0:00 to 24:00."
    )
    _limits_positive = models.Constraint(
        "CHECK (min_amount >= 0 AND cap_points >= 0 AND budget_points >= 0)",
        "The minimum purchase, the limit and the budget can't be negative.",
    )
    _cap_needs_period = models.Constraint(
        "CHECK (COALESCE(cap_points, 0) = 0 OR cap_period IS NOT NULL)",
        "Choose the period that the limit of points holds for: a day, a week, ...",
    )

    # ------------------------------------------------------------ compute

    @api.depends("activity_code")
    def _compute_activity(self):
        known = dict(ACTIVITIES)
        for rule in self:
            rule.activity = rule.activity_code if rule.activity_code in known else rule.activity_code and "other"

    @api.onchange("activity")
    def _onchange_activity(self):
        if self.activity and self.activity != "other":
            self.activity_code = self.activity

    @api.depends("trigger")
    def _compute_points_mode(self):
        for rule in self:
            rule.points_mode = "fixed" if rule.trigger == "activity" else rule.points_mode or "money"

    @api.depends("category_ids", "tag_ids", "team_ids", "tier_ids", "weekdays.number")
    def _compute_filters(self):
        for rule in self:
            filters = {name: rule[name].ids for name in ("category_ids", "tag_ids", "team_ids", "tier_ids")}
            filters["weekdays"] = rule.weekdays.mapped("number")
            rule.filters = {name: values for name, values in filters.items() if values}

    # ------------------------------------------------------------ constraints

    @api.constrains("trigger", "activity_code")
    def _check_activity_code(self):
        for rule in self.filtered(lambda rule: rule.trigger == "activity"):
            if not re.fullmatch(r"[a-z0-9_]+", rule.activity_code or ""):
                raise ValidationError(
                    self.env._(
                        "The rule %s needs the code of an activity: lower-case letters, digits and underscores, e.g. check_in.",
                        rule.display_name,
                    )
                )

    @api.constrains("tier_ids", "program_id")
    def _check_tiers(self):
        for rule in self:
            if rule.tier_ids.program_id - rule.program_id:
                raise ValidationError(self.env._("The rule %s names a tier of another program.", rule.display_name))

    @api.constrains("product_domain", "member_domain")
    def _check_filters(self):
        for rule in self:
            for name, model in FILTERS.items():
                try:
                    # sudo: whether a filter can be evaluated doesn't depend on what its author may see
                    self.env[model].sudo()._search(rule._filter_domain(name))
                except (ValueError, TypeError, SyntaxError, KeyError, AttributeError, RecursionError) as error:
                    raise ValidationError(
                        self.env._(
                            "The filter %(field)s of the rule %(rule)s can't be evaluated: %(error)s",
                            field=self._fields[name]._description_string(self.env),
                            rule=rule.display_name,
                            error=error,
                        )
                    ) from error

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        """What has given or multiplied points is named in their explanations."""
        # sudo: whether points were booked doesn't depend on who asks
        if self.env["loyalty.points.entry"].sudo().search_count([("program_id", "in", self.program_id.ids)], limit=1):
            raise UserError(self.env._("Points of this program are booked and name their rules. Archive the rule instead."))

    def _filter_domain(self, name):
        """Return a filter as a domain; TRUE when it is empty. ValueError or SyntaxError for what is none."""
        self.ensure_one()
        return Domain(literal_eval(self[name] or "[]"))
