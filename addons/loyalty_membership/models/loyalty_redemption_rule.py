from odoo import fields, models

from ..domain.points import to_decimal
from ..domain.redemption import ApprovalRule


class LoyaltyRedemptionRule(models.Model):
    """Which redemptions wait for a manager; one that no rule names is approved by itself."""

    _name = "loyalty.redemption.rule"
    _description = "Redemption Approval Rule"
    _order = "program_id, points_from, id"

    program_id = fields.Many2one("loyalty.program", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    kind = fields.Selection(
        lambda self: self.env["loyalty.catalog.item"]._fields["kind"]._description_selection(self.env),
        string="What",
        help="Empty: anything.",
    )
    points_from = fields.Float(
        "From Points", digits=(16, 2), help="Only redemptions that cost at least this many points. 0: all."
    )
    first_only = fields.Boolean("First Redemption Only", help="Only when the member has never redeemed before.")

    _points_positive = models.Constraint("CHECK (points_from >= 0)", "Points can't be negative; 0 means all redemptions.")

    def _to_domain(self):
        return [ApprovalRule(rule.kind or None, to_decimal(rule.points_from), rule.first_only) for rule in self]
