from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    is_membership = fields.Boolean(
        string="Membership Program",
        help="Customers join as members, climb tiers and collect points in an exact ledger. Points come from the "
        "earning rules of the membership, never from the conditional rules of ordinary loyalty programs.",
    )

    # ------------------------------------------------------------ earning
    points_precision = fields.Selection(
        [("1", "Whole points"), ("0.1", "One decimal"), ("0.01", "Two decimals")],
        required=True,
        default="1",
        help="The smallest amount of points a member can earn or spend. It is fixed once points have been booked.",
    )
    points_rounding = fields.Selection(
        [
            ("down", "Down (1.9 points give 1)"),
            ("half_up", "To the nearest (1.5 points give 2)"),
            ("up", "Up (1.1 points give 2)"),
        ],
        required=True,
        default="down",
        help="What happens to a fraction of a point. Points are rounded once per purchase and rule.",
    )
    amount_basis = fields.Selection(
        [("tax_included", "Price with taxes"), ("tax_excluded", "Price without taxes")],
        string="Points On",
        required=True,
        default="tax_included",
        help="The amount that points are calculated on. Delivery, tips, gift cards, products that earn no points and "
        "whatever was paid with points never count. Orders that have earned already stay as they were.",
    )
    earn_on = fields.Selection(
        [
            ("confirm", "The order is confirmed"),
            ("delivery", "The goods are delivered"),
            ("payment", "The invoice is paid"),
        ],
        string="Earned When",
        required=True,
        default="confirm",
        help="The moment a sales order gives its points. Earlier pleases members; later needs fewer corrections when "
        "orders are cancelled or not paid. Orders that have earned already stay as they were.",
    )
    hold_days = fields.Integer(
        default=0,
        help="Points stay pending for this many days after the purchase, e.g. until goods can no longer be returned. "
        "0: points can be spent at once.",
    )
    multiplier_policy = fields.Selection(
        [
            ("multiply", "Multiply them (2 x 1.5 gives 3)"),
            ("highest", "Only the highest counts (2 and 1.5 give 2)"),
        ],
        string="Several Multipliers",
        required=True,
        default="multiply",
        help="What happens when more than one multiplier applies to a purchase: tier, birthday, campaign.",
    )
    birthday_period = fields.Selection(
        [("day", "On the birthday"), ("week", "In the week of the birthday"), ("month", "In the month of the birthday")],
        required=True,
        default="day",
        help="When the birthday multiplier of the tiers applies.",
    )
    return_grace_days = fields.Integer(
        default=0,
        help="Points that were spent on a purchase come back when it is returned. If they have expired meanwhile, the "
        "member gets this many days to use them. 0: expired points are not given back.",
    )
    negative_policy = fields.Selection(
        [
            ("debt", "The member owes them: the next points pay the debt off"),
            ("available", "Take what is there and forgive the rest"),
            ("pending_only", "Take pending points only, never spendable ones"),
        ],
        string="Returned Purchase, Points Already Spent",
        required=True,
        default="debt",
        help="A returned purchase takes its points back. This decides what happens when the member has already spent them.",
    )

    # ------------------------------------------------------------ expiry
    expiry_policy = fields.Selection(
        [
            ("never", "Never"),
            ("rolling", "Some time after they were earned"),
            ("calendar", "On 31 December, some years later"),
            ("inactivity", "When the member has been inactive"),
        ],
        string="Points Expire",
        required=True,
        default="never",
        help="Points end at the end of a day in the program's time zone. Pending points don't age.",
    )
    expiry_number = fields.Integer(
        string="Valid For",
        default=1,
        help="How long points live, counted in the unit beside it. For a fixed calendar date, it counts years: with 1, "
        "the points of this year end on 31 December of the next.",
    )
    expiry_unit = fields.Selection(
        [("day", "Days"), ("month", "Months"), ("year", "Years")],
        string="Validity Unit",
        required=True,
        default="year",
        help="Whether the number beside it counts days, months or years: of the age of points, or of the time without earning or "
        "spending.",
    )
    expiry_round = fields.Selection(
        [
            ("none", "On the exact day"),
            ("month", "At the end of that month"),
            ("quarter", "At the end of that quarter"),
            ("year", "At the end of that year"),
        ],
        string="Ends",
        required=True,
        default="none",
        help='Fewer, common end dates are easier to announce: "your points end this month".',
    )

    # ------------------------------------------------------------ tiers
    tier_ids = fields.One2many("loyalty.tier", "program_id")
    tier_metric = fields.Selection(
        [
            ("qualifying_points", "Qualifying points"),
            ("amount", "Money spent"),
            ("purchases", "Number of purchases"),
        ],
        string="Tiers Are Reached By",
        required=True,
        default="qualifying_points",
        help="What is compared with the threshold of each tier. Qualifying points grow with earned points and are never spent.",
    )
    tier_window = fields.Selection(
        [
            ("lifetime", "Everything since joining"),
            ("rolling", "The last months"),
            ("calendar_year", "The calendar year"),
            ("membership_year", "The membership year (from the day of joining)"),
        ],
        string="Counted Over",
        required=True,
        default="rolling",
        help="The time over which points, spend or purchases count for a tier.",
    )
    tier_window_months = fields.Integer(
        string="Months Counted",
        default=12,
        help="How many months back purchases count for a tier.",
    )
    tier_validity_months = fields.Integer(
        string="Tier Valid For (Months)",
        default=12,
        help="A tier, once reached, is kept at least this long. 0: for good.",
    )
    tier_downgrade = fields.Selection(
        [
            ("never", "The member keeps the tier"),
            ("one_level", "The member falls by one tier at most"),
            ("requalify", "The member gets the tier earned anew"),
        ],
        string="At The End Of Validity",
        required=True,
        default="requalify",
        help="What happens when the validity of a tier ends and the member has not reached it again.",
    )
    tier_grace_days = fields.Integer(
        default=0,
        help="Days after the end of validity in which the member keeps the tier and can still reach it again.",
    )

    # ------------------------------------------------------------ members
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "Asia/Shanghai",
        help="Days, birthdays, weekdays and hours of the rules, and the end of points are those of this time zone.",
    )
    auto_enroll = fields.Boolean(
        string="Join With The First Order",
        help="A customer becomes a member when the first order is confirmed. Off: staff or the customer must ask.",
    )
    phone_country_id = fields.Many2one(
        "res.country",
        default=lambda self: self.env.company.country_id,
        help="The country of phone numbers written without a country code.",
    )
    member_properties_definition = fields.PropertiesDefinition("Member Fields")
    member_count = fields.Integer(compute="_compute_member_count")
    earning_rule_ids = fields.One2many("loyalty.earning.rule", "program_id")

    # ------------------------------------------------------------ rewards on orders
    point_value = fields.Float(
        string="Value Of One Point",
        digits=(16, 6),
        compute="_compute_point_value",
        inverse="_inverse_point_value",
        store=True,
        help="The money one point is worth when it pays for an order, e.g. 0.01 when 100 points pay 1.00. 0: points "
        "can't be used as money.",
    )

    _hold_days_positive = models.Constraint("CHECK (hold_days >= 0)", "The days on hold can't be negative.")
    _return_grace_days_positive = models.Constraint(
        "CHECK (return_grace_days >= 0)", "The days of grace after a return can't be negative."
    )
    _tier_grace_days_positive = models.Constraint(
        "CHECK (tier_grace_days >= 0)", "The days of grace after a tier's validity can't be negative."
    )
    _tier_validity_positive = models.Constraint(
        "CHECK (tier_validity_months >= 0)", "The validity of a tier can't be negative; 0 means for good."
    )
    _tier_window_positive = models.Constraint(
        "CHECK (NOT is_membership OR tier_window != 'rolling' OR tier_window_months > 0)",
        "Tell how many months back purchases count for a tier: at least one.",
    )
    _expiry_number_positive = models.Constraint(
        "CHECK (NOT is_membership OR expiry_policy = 'never' OR expiry_number > 0)",
        "Tell how long points are valid: at least one day, month or year.",
    )

    @api.depends("coupon_ids")
    def _compute_member_count(self):
        # sudo: a number tells nothing about a member, and settings are read by staff who may not see members
        counts = dict(
            self.env["loyalty.member"].sudo()._read_group([("program_id", "in", self.ids)], ["program_id"], ["__count"])
        )
        for program in self:
            program.member_count = counts.get(program._origin, 0)

    @api.model
    def _default_membership(self):
        """The program that new tiers and rules belong to unless told otherwise: the company's first."""
        return self._for_company(self.env.company)[:1]

    def action_view_members(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Members"),
            "res_model": "loyalty.member",
            "view_mode": "list,kanban,form",
            "domain": [("program_id", "in", self.ids)],
        }
