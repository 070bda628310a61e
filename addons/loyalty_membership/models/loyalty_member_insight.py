from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: By recency, frequency and money, each high or low, see ``domain.rfm.CLASSES``.
RFM_CLASSES = [
    ("champion", "Champions"),
    ("promising", "Promising"),
    ("sleeping", "Sleeping"),
    ("leaving", "Slipping Away"),
    ("loyal", "Loyal"),
    ("new", "Newcomers"),
    ("fading", "Fading"),
    ("lost", "Lapsed"),
]


class LoyaltyMemberInsight(models.Model):
    """What purchases and activities say of a member: one row a member, kept set-wise every night.

    A table of its own: a million members are measured anew without a lock on any of them.
    """

    _name = "loyalty.member.insight"
    _inherit = ["loyalty.sums"]
    _description = "Member Statistics"
    _order = "member_id desc"
    _rec_name = "member_id"
    _log_access = False

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")

    # Recency, frequency, money: of the program's period
    last_on = fields.Date(
        "Last Purchase",
        readonly=True,
        help="The day, in the program's time zone, of the last purchase that was not wholly returned.",
    )
    recency_days = fields.Integer(
        "Days Since Last Purchase", compute="_compute_recency_days", search="_search_recency_days",
        help="Of who never bought, 0: ask for the last purchase, too.",
    )  # fmt: skip
    purchases = fields.Integer(
        "Purchases In The Period", readonly=True, help="Purchases of the program's period that were not wholly returned."
    )
    amount = fields.Monetary(
        "Spend In The Period",
        readonly=True,
        help="Purchases of the program's period, with what was added to and returned of them.",
    )
    recency_score = fields.Integer(readonly=True, aggregator="avg", help="1 to 5; 5 bought last.")
    frequency_score = fields.Integer(readonly=True, aggregator="avg", help="1 to 5; 5 buys most often.")
    monetary_score = fields.Integer("Money Score", readonly=True, aggregator="avg", help="1 to 5; 5 spends most.")
    rfm_class = fields.Selection(
        RFM_CLASSES, "RFM Class", readonly=True,
        help="By recency, frequency and money, each high or low as the program says. Who bought nothing in the period has none.",
    )  # fmt: skip
    average_basket = fields.Monetary(
        "Basket In The Period", readonly=True, aggregator="avg", help="Spend in the period by its purchases."
    )

    # Habits: of all purchases that were not wholly returned
    interval_days = fields.Float(
        "Days Between Purchases", digits=(16, 1), readonly=True, aggregator="avg",
        help="The median of the days between purchases; several on one day count as one.",
    )  # fmt: skip
    category_id = fields.Many2one(
        "product.category", "Favourite Category", readonly=True, ondelete="set null", help="Of most items bought and kept."
    )
    team_id = fields.Many2one("crm.team", "Favourite Store", readonly=True, ondelete="set null", help="Of most purchases.")
    weekday_id = fields.Many2one(
        "loyalty.weekday",
        "Favourite Weekday",
        readonly=True,
        ondelete="set null",
        help="Of most purchases, in the program's time zone.",
    )
    reduced_share = fields.Float(
        "Bought At A Discount", digits=(16, 1), readonly=True, aggregator="avg",
        help="Percent of the member's sales orders with a discounted price, a coupon, a promotion or points spent. What other "
        "systems send doesn't tell and doesn't count.",
    )  # fmt: skip

    # What is going on
    active_days = fields.Integer(
        "Active Days (30 Days)", readonly=True, aggregator="avg",
        help="Days of the last 30 with a purchase, a check-in or something else that the member did.",
    )  # fmt: skip
    points_earned = fields.Float(
        "Points Earned (90 Days)", digits=(16, 2), readonly=True, help="For purchases and activities, less what was clawed back."
    )
    points_spent = fields.Float("Points Spent (90 Days)", digits=(16, 2), readonly=True, help="Less what was given back.")

    # What members show and repeat, to be sliced by
    tier_id = fields.Many2one(related="member_id.tier_id")
    home_team_id = fields.Many2one(related="member_id.team_id", string="Store")

    _member_unique = models.UniqueIndex("(member_id)")

    # ------------------------------------------------------------------
    # Days since the last purchase
    # ------------------------------------------------------------------

    @api.depends("last_on", "program_id.tz")
    def _compute_recency_days(self):
        today = {program: program._today() for program in self.program_id}
        for insight in self:
            insight.recency_days = insight.last_on and (today[insight.program_id] - insight.last_on).days

    @api.model
    def _search_recency_days(self, operator, value):
        """By the last day, which each program counts from a today of its own."""
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "in": "in"}.get(operator)
        if turned is None:
            return NotImplemented
        # sudo: the days of members are asked for, not the settings of their programs
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False).search([("is_membership", "=", True)])
        return Domain.OR(
            Domain("program_id", "in", group.ids) & self._last_on_domain(turned, value, today)
            for today, group in programs.grouped(lambda program: program._today()).items()
        )

    @api.model
    def _last_on_domain(self, operator, value, today):
        if operator == "in":
            days = [today - timedelta(days=days) for days in value if days is not False]
            return Domain("last_on", "in", days + [False] * (False in value))
        return Domain("last_on", operator, today - timedelta(days=value))

    def action_open_member(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "res_id": self.member_id.id,
            "views": [(False, "form")],
        }
