from odoo import fields, models


class LoyaltySegmentMembership(models.Model):
    """That a member was in a segment, from when until when; one row is open while the member is in it."""

    _name = "loyalty.segment.membership"
    _description = "Member of a Segment"
    _order = "entered_at desc, id desc"
    _rec_name = "member_id"
    _log_access = False

    segment_id = fields.Many2one("loyalty.segment", required=True, readonly=True, ondelete="cascade")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    entered_at = fields.Datetime(required=True, readonly=True)
    left_at = fields.Datetime(readonly=True)

    _open_unique = models.UniqueIndex("(segment_id, member_id) WHERE left_at IS NULL")
    _member_idx = models.Index("(member_id, segment_id)")
    _entered_idx = models.Index("(segment_id, entered_at)")
    _left_idx = models.Index("(segment_id, left_at) WHERE left_at IS NOT NULL")
