from odoo import fields, models

CHURN_RISKS = [
    ("safe", "Safe"),
    ("watch", "To watch"),
    ("high", "About to churn"),
    ("single", "Never came back"),
]


class LoyaltyMemberPrediction(models.Model):
    """What is expected of a member: one row a member, worked out anew every night from the program's fitted models.

    Without enough data there is no row: no number is better than a guess.
    """

    _name = "loyalty.member.prediction"
    _inherit = ["loyalty.sums"]
    _description = "Member Prediction"
    _order = "member_id desc"
    _rec_name = "member_id"
    _log_access = False

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    alive = fields.Float("Still A Customer", readonly=True, help="Probability, 0 to 1.")
    churn_risk = fields.Selection(CHURN_RISKS, readonly=True)
    purchases_90 = fields.Float("Purchases Expected (90 Days)", digits=(16, 2), readonly=True)
    purchases_365 = fields.Float("Purchases Expected (365 Days)", digits=(16, 2), readonly=True)
    amount_90 = fields.Monetary("Spend Expected (90 Days)", readonly=True)
    amount_365 = fields.Monetary("Spend Expected (365 Days)", readonly=True)
    lifetime_value = fields.Monetary("Customer Lifetime Value", readonly=True)
    predicted_on = fields.Date(readonly=True)

    _member_unique = models.UniqueIndex("(member_id)")


class LoyaltyMemberPredictions(models.Model):
    _inherit = "loyalty.member"

    prediction_ids = fields.One2many("loyalty.member.prediction", "member_id", readonly=True)
