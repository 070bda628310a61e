from decimal import Decimal

from odoo import fields, models

from ..domain import points
from ..domain.points import to_decimal


class LoyaltyProgram(models.Model):
    """Whether members may give points to each other, how many, and what it costs them."""

    _inherit = "loyalty.program"

    transfer_allowed = fields.Boolean("Members May Transfer Points", help="Staff book a transfer from one member to another.")
    transfer_by_store = fields.Boolean("Store Staff May Book It", help="Off: membership managers alone.")
    transfer_max = fields.Float("Most Per Transfer", digits=(16, 2), help="0: no limit.")
    transfer_max_month = fields.Float(
        "Most Per Month", digits=(16, 2), help="What a member may send in a calendar month, without the fees. 0: no limit."
    )
    transfer_fee_points = fields.Float("Fee Per Transfer", digits=(16, 2), help="Points that the sender pays on top.")
    transfer_fee_percent = fields.Float(
        digits=(16, 2), help="Of the points sent, that the sender pays on top; rounded up to the program's smallest step."
    )

    _transfer_positive = models.Constraint(
        "CHECK (LEAST(transfer_max, transfer_max_month, transfer_fee_points, transfer_fee_percent) >= 0)",
        "Limits and fees of transfers can't be negative.",
    )
    _transfer_fee_percent_most = models.Constraint(
        "CHECK (transfer_fee_percent <= 100)", "The fee of a transfer is at most 100 percent."
    )

    def _transfer_fee(self, sent: Decimal) -> Decimal:
        """What it costs to send these points."""
        self.ensure_one()
        fixed, percent = to_decimal(self.transfer_fee_points), to_decimal(self.transfer_fee_percent)
        return points.quantize(fixed + sent * percent / 100, self.points_precision, "up")
