"""Segments on the member: shown, searched by, handed on when two members turn out to be one person."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class LoyaltyMemberSegments(models.Model):
    _inherit = "loyalty.member"

    segment_membership_ids = fields.One2many("loyalty.segment.membership", "member_id", "In And Out Of Segments", readonly=True)
    segment_ids = fields.Many2many(
        "loyalty.segment", string="Segments", compute="_compute_segment_ids", search="_search_segment_ids",
        help="As of their last refresh.",
    )  # fmt: skip

    @api.depends("segment_membership_ids.left_at", "segment_membership_ids.segment_id.active")
    def _compute_segment_ids(self):
        rows = self.env["loyalty.segment.membership"]._read_group(
            [("member_id", "in", self._origin.ids), ("left_at", "=", False), ("segment_id.active", "=", True)],
            ["member_id"], ["segment_id:recordset"],
        )  # fmt: skip
        found = {member.id: segments.sorted() for member, segments in rows}
        for member in self:
            member.segment_ids = found.get(member._origin.id)

    @api.model
    def _search_segment_ids(self, operator, value):
        """Members by segment: one look at the open rows, however many members there are."""
        if operator in ("any", "any!"):
            segments = self.env["loyalty.segment"]._search(value)
        elif operator == "in":
            ids = [number for number in value if number]
            if len(ids) < len(value):  # "is not set"
                here = Domain("segment_ids", "in", ids) if ids else Domain.FALSE
                return here | ~Domain("segment_membership_ids", "any", Domain("left_at", "=", False))
            segments = ids
        else:
            return NotImplemented
        # The rows are read through their own rules: nobody searches by what they may not see.
        return Domain("segment_membership_ids", "any", Domain("left_at", "=", False) & Domain("segment_id", "in", segments))

    # ------------------------------------------------------------------
    # Leaving for good
    # ------------------------------------------------------------------

    def unlink(self):
        self._leave_segments()
        return super().unlink()

    def _erase_one(self, reason):
        self._with_merged()._leave_segments()
        return super()._erase_one(reason)

    def _leave_segments(self):
        """Leave all segments now rather than tonight, and take their tags along."""
        # sudo: nobody writes memberships, whoever may delete members
        rows = self.env["loyalty.segment.membership"].sudo().search([("member_id", "in", self.ids), ("left_at", "=", False)])
        if not rows:
            return
        now = fields.Datetime.now()
        rows.write({"left_at": now})
        self.env.flush_all()
        rows.segment_id.with_context(active_test=False)._take_tags(SQL("r.id = ANY(%s)", rows.ids))
        rows.segment_id._forget_cached()

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.model
    def _handed_over_models(self):
        """Where the survivor is too, the merged member's row stays, and is closed by the next refresh."""
        return [*super()._handed_over_models(), ("loyalty.segment.membership", "member_id", "segment_id", "left_at")]
