from odoo import fields, models

#: By recency, frequency and money, each high or low, see ``domain.rfm.CLASSES``.
RFM_CLASSES = [
    ("champion", "Champions"),
    ("promising", "Promising"),
    ("sleeping", "Sleeping Champions"),
    ("leaving", "Leaving Big Spenders"),
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

    # Recency, frequency, money: of the program's days (a year, unless it says otherwise)
    last_on = fields.Date("Last Purchase", readonly=True, help="The day in the program's time zone.")
    purchases = fields.Integer(readonly=True, help="Purchases of the program's period that were not wholly returned.")
    amount = fields.Monetary("Spend", readonly=True, help="Purchases of the program's period, less refunds.")
    recency_score = fields.Integer(readonly=True, help="1 to 5; 5 bought last.")
    frequency_score = fields.Integer(readonly=True, help="1 to 5; 5 buys most often.")
    monetary_score = fields.Integer(readonly=True, help="1 to 5; 5 spends most.")
    rfm_class = fields.Selection(RFM_CLASSES, "RFM Class", readonly=True)

    # Habits
    average_basket = fields.Monetary(readonly=True)
    interval_days = fields.Float("Days Between Purchases", digits=(16, 1), readonly=True, help="The median.")
    category_id = fields.Many2one("product.category", "Favourite Category", readonly=True, ondelete="set null")
    team_id = fields.Many2one("crm.team", "Favourite Store", readonly=True, ondelete="set null")
    weekday_id = fields.Many2one("loyalty.weekday", "Favourite Weekday", readonly=True, ondelete="set null")
    active_days = fields.Integer(readonly=True, help="Days of the last 30 with a purchase or an activity.")
    reduced_share = fields.Float(
        readonly=True, help="Percent of the purchases that were paid with a discount, a coupon or points."
    )
    points_earned = fields.Float("Points Earned (90 Days)", digits=(16, 2), readonly=True)
    points_spent = fields.Float("Points Spent (90 Days)", digits=(16, 2), readonly=True)

    _member_unique = models.UniqueIndex("(member_id)")


class LoyaltyMemberInsights(models.Model):
    _inherit = "loyalty.member"

    insight_ids = fields.One2many("loyalty.member.insight", "member_id", "Statistics", readonly=True)
