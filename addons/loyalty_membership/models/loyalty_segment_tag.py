"""Segments on contacts: each has a tag of its own there, which comes and goes with the members.

Gifts, draws, lists of contacts and other systems know segments by it. Tags that people give are left alone.
"""

from odoo import fields, models
from odoo.tools import SQL

#: A merged member may have left the contact to another one. OFFSET 0: looked up for each, and not for all beforehand.
_STILL_THERE = """SELECT FROM loyalty_card oc JOIN loyalty_member om ON om.card_id = oc.id
                   CROSS JOIN LATERAL (SELECT FROM loyalty_segment_membership o
                                        WHERE o.member_id = om.id AND o.segment_id = r.segment_id AND o.left_at IS NULL
                                       OFFSET 0) o
                   WHERE oc.partner_id = c.partner_id"""


class LoyaltySegmentTag(models.Model):
    _inherit = "loyalty.segment"

    tag_id = fields.Many2one(
        "res.partner.category", "Contact Tag", readonly=True, copy=False, index="btree_not_null", ondelete="set null",
        help="The contacts of its members carry this tag.",
    )  # fmt: skip

    def _make_tags(self):
        # sudo: marketing writes segments, and no tags
        segments = self.sudo()
        tags = (
            self
            .env["res.partner.category"]
            .sudo()
            .create([{"name": segment.name, "color": segment.color, "active": segment.active} for segment in segments])
        )
        for segment, tag in zip(segments, tags, strict=True):
            segment.tag_id = tag
        segments._follow_with_tags()

    def _follow_with_tags(self):
        """Name, color and life of the tags are those of the segments, in every language."""
        self.flush_recordset()
        self.env["res.partner.category"].flush_model()
        self.env.cr.execute(SQL(
            """UPDATE res_partner_category t SET name = s.name, color = s.color, active = s.active
                 FROM loyalty_segment s WHERE s.tag_id = t.id AND s.id = ANY(%s)""", self.ids,
        ))  # fmt: skip
        self.env["res.partner.category"].invalidate_model()

    def _mirror(self, now):
        """Give the tag to who entered at this moment and take it from who left."""
        self._take_tags(SQL("r.left_at = %s", now))
        self._give_tags(SQL("r.entered_at = %s", now))

    def _take_tags(self, who):
        self.env.cr.execute(SQL(
            """DELETE FROM res_partner_res_partner_category_rel x
                USING loyalty_segment s, loyalty_segment_membership r, loyalty_member m, loyalty_card c
                WHERE s.id = ANY(%(ids)s) AND x.category_id = s.tag_id AND r.segment_id = s.id AND m.id = r.member_id
                  AND c.id = m.card_id AND x.partner_id = c.partner_id AND %(who)s AND NOT EXISTS (%(still)s)""",
            ids=self.ids, who=who, still=SQL(_STILL_THERE),
        ))  # fmt: skip
        self._forget_tags()

    def _give_tags(self, who):
        self.env.cr.execute(SQL(
            """INSERT INTO res_partner_res_partner_category_rel (partner_id, category_id)
               SELECT c.partner_id, s.tag_id
                 FROM loyalty_segment s JOIN loyalty_segment_membership r ON r.segment_id = s.id
                 JOIN loyalty_member m ON m.id = r.member_id JOIN loyalty_card c ON c.id = m.card_id
                WHERE s.id = ANY(%(ids)s) AND s.tag_id IS NOT NULL AND c.partner_id IS NOT NULL AND r.left_at IS NULL AND %(who)s
            ON CONFLICT DO NOTHING""",
            ids=self.ids, who=who,
        ))  # fmt: skip
        self._forget_tags()

    def _forget_tags(self):
        self.env["res.partner"].invalidate_model(["category_id"])
        self.env["res.partner.category"].invalidate_model(["partner_ids"])

    def _empty(self):
        """Whoever was in it has left; their contacts lose the tag."""
        now = fields.Datetime.now()
        self.env.flush_all()
        for segment in self:
            segment._lock_segment()
            segment._after_move(now, *segment._move_members(now, SQL("(SELECT NULL::integer WHERE false)")))


class ResPartnerSegment(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if "category_id" in vals:
            self._keep_segment_tags()
        return result

    def _keep_segment_tags(self):
        """Other programs replace all tags of a contact at once; those of its segments are not theirs to take."""
        self.env["loyalty.segment.membership"].flush_model()
        # sudo: whoever writes a contact knows nothing of segments
        segments = self.env["loyalty.segment"].sudo().browse(
            row[0] for row in self.env.execute_query(SQL(
                """SELECT DISTINCT r.segment_id FROM loyalty_segment_membership r JOIN loyalty_member m ON m.id = r.member_id
                     JOIN loyalty_card c ON c.id = m.card_id WHERE r.left_at IS NULL AND c.partner_id = ANY(%s)""", self.ids,
            ))
        )  # fmt: skip
        if segments:
            self.flush_recordset(["category_id"])
            segments._give_tags(SQL("c.partner_id = ANY(%s)", self.ids))
