from odoo import fields, models

#: How likely a member is to have gone, as ``domain.forecast.churn_risk`` says it; who bought once can't be told apart.
CHURN_RISKS = [("low", "Low Risk"), ("medium", "Medium Risk"), ("high", "High Risk"), ("single", "Bought Once")]


class LoyaltyMemberPrediction(models.Model):
    """What is expected of a member: one row a member, worked out anew every night from the program's fitted models.

    Without enough data there is no row, and without enough about money no money: no number is better than a guess.
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
    # The member's, as they were on that day: a million rows are sliced by them.
    tier_id = fields.Many2one("loyalty.tier", readonly=True, ondelete="set null")
    team_id = fields.Many2one("crm.team", "Store", readonly=True, ondelete="set null")

    alive = fields.Float(
        "Still A Customer", readonly=True, aggregator="avg",
        help="The probability that the member goes on buying. Who bought on one day only always has 100 %.",
    )  # fmt: skip
    churn_risk = fields.Selection(
        CHURN_RISKS, readonly=True,
        help="By the probability that the member is still a customer, and the program's two thresholds.",
    )  # fmt: skip
    purchases_90 = fields.Float(
        "Purchases Expected (90 Days)",
        digits=(16, 2),
        readonly=True,
        help="Days with a purchase, on average of members like this.",
    )
    purchases_365 = fields.Float(
        "Purchases Expected (365 Days)",
        digits=(16, 2),
        readonly=True,
        help="Days with a purchase, on average of members like this.",
    )
    money_known = fields.Boolean(readonly=True, help="There is enough data to predict money, too.")
    amount_90 = fields.Monetary("Spend Expected (90 Days)", readonly=True)
    amount_365 = fields.Monetary("Spend Expected (365 Days)", readonly=True)
    lifetime_value = fields.Monetary(
        "Customer Lifetime Value", readonly=True,
        help="What the member is expected to bring from now on: the program's margin of the spend within its horizon, less "
        "interest. What was spent so far isn't in it.",
    )  # fmt: skip
    predicted_on = fields.Date(readonly=True)

    _member_unique = models.UniqueIndex("(member_id)")

    def action_view_member(self):
        """Open the member, which is what a line of the list is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "res_id": self.member_id.id,
            "view_mode": "form",
        }
