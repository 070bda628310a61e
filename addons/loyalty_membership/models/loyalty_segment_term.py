from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LoyaltySegmentTerm(models.Model):
    """One line of a combination: that a member is in another segment, or is not."""

    _name = "loyalty.segment.term"
    _description = "Part of a Combined Segment"
    _order = "sequence, id"
    _rec_name = "part_id"

    segment_id = fields.Many2one("loyalty.segment", "Combined Segment", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    side = fields.Selection([("in", "Is in"), ("out", "Is not in")], "Member", required=True, default="in")
    part_id = fields.Many2one("loyalty.segment", "Segment", required=True, index=True, ondelete="restrict")
    program_id = fields.Many2one(related="segment_id.program_id")
    company_id = fields.Many2one(related="segment_id.company_id", store=True, index="btree_not_null")
    part_count = fields.Integer(related="part_id.member_count")

    @api.constrains("segment_id", "part_id")
    def _check_part(self):
        for term in self:
            if term.part_id.program_id != term.segment_id.program_id:
                raise ValidationError(self.env._("%s is of another program: choose segments of one.", term.part_id.name))
            if term.segment_id in term.part_id._with_parts():
                raise ValidationError(self.env._(
                    "%(segment)s can't be made of %(part)s, which is made of it itself.",
                    segment=term.segment_id.name, part=term.part_id.name,
                ))  # fmt: skip


class LoyaltySegmentParts(models.Model):
    _inherit = "loyalty.segment"

    def _with_parts(self):
        """These segments and all that they are made of, however deep; parts come first."""
        # sudo: an archived part, or one that the user does not see, counts all the same
        found, ahead = [], [(segment, False) for segment in reversed(self.sudo().with_context(active_test=False))]
        seen = set()
        while ahead:
            segment, parts_done = ahead.pop()
            if parts_done:
                found.append(segment.id)
            elif segment.id not in seen:
                seen.add(segment.id)
                parts = segment.term_ids.part_id if segment.kind == "combination" else segment.browse()
                ahead += [(segment, True), *((part, False) for part in reversed(parts))]
        return self.browse(found)
