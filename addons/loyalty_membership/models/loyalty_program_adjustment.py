from odoo import fields, models
from odoo.exceptions import UserError


class LoyaltyProgram(models.Model):
    """When points given or taken by hand need a second person."""

    _inherit = "loyalty.program"

    adjustment_approval = fields.Boolean(
        "Large Adjustments Need Approval",
        help="Off: any membership manager gives and takes points by hand. On: what is above a limit waits for a manager "
        "other than the requester, and points of members change by adjustments only, not by Odoo's own Update Balance.",
    )
    adjustment_member_limit = fields.Float(
        "Points Per Member",
        digits=(16, 2),
        default=1000,
        help="More than this for one member waits for approval, together with what the same person gave to or took from the "
        "member on the same day without approval. 0: every adjustment waits.",
    )
    adjustment_total_limit = fields.Float(
        "Points In Total",
        digits=(16, 2),
        default=10000,
        help="More than this for all members of a request waits for approval, together with what the same person gave "
        "or took on the same day without approval. 0: every adjustment waits.",
    )
    adjustment_attachment = fields.Boolean(
        "With Attachment", help="Whoever asks for more than the limit attaches a document, e.g. the approval of a complaint."
    )

    _adjustment_limits_positive = models.Constraint(
        "CHECK (adjustment_member_limit >= 0 AND adjustment_total_limit >= 0)",
        "A limit of points can't be negative; 0 means that every adjustment waits for approval.",
    )

    def _refuse_points_by_hand(self):
        """Points of members of these programs change by adjustments, which wait where they are large."""
        # sudo: whoever writes a card learns why not, also of a program that they don't see
        for program in self.sudo().filtered("adjustment_approval"):
            raise UserError(self.env._(
                "Points of %s are given and taken by adjustments, so that large ones wait for approval. Open the member and "
                "choose Adjust Points.",
                program.name,
            ))  # fmt: skip
