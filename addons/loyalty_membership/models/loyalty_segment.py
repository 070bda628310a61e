from odoo import fields, models


class LoyaltySegment(models.Model):
    """A group of members: by a filter, by RFM classes, by hand, or made of other segments."""

    _name = "loyalty.segment"
    _description = "Segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade", domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    kind = fields.Selection(
        [
            ("dynamic", "All members that match a filter"),
            ("rfm", "RFM classes"),
            ("list", "A list by hand"),
            ("combination", "Made of other segments"),
        ],
        required=True,
        default="dynamic",
    )
    membership_ids = fields.One2many("loyalty.segment.membership", "segment_id", readonly=True)
