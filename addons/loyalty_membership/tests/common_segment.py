from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common import LoyaltyCase


class SegmentCase(LoyaltyCase):
    """Two members of a club, of whom nobody has bought, and ways to make segments of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Segment = cls.env["loyalty.segment"]
        cls.both = cls.member + cls.other

    @classmethod
    def segment(cls, domain=None, **values):
        if domain is not None:
            values["member_domain"] = repr(domain)
        return cls.Segment.create({"name": "Segment", "program_id": cls.program.id, **values})

    @classmethod
    def of_members(cls, members, **values):
        return cls.segment([("id", "in", members.ids)], **values)

    @classmethod
    def combined(cls, *terms, **values):
        """:param terms: (side, segment)"""
        values["term_ids"] = [Command.create({"side": side, "part_id": part.id}) for side, part in terms]
        return cls.segment(kind="combination", **values)

    def inside(self, segment):
        """Who is in a segment by now, after a refresh."""
        segment._refresh()
        return self.now_in(segment)

    def now_in(self, segment):
        return segment.membership_ids.filtered(lambda row: not row.left_at).member_id

    def ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def insight(self, member, **values):
        insights = self.env["loyalty.member.insight"]
        found = insights.search([("member_id", "=", member.id)])
        if found:
            found.write(values)
            return found
        return insights.create({"member_id": member.id, "program_id": member.program_id.id, **values})

    def later(self):
        """What was written in the past can be told from what is written now."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE loyalty_segment_membership
                  SET entered_at = entered_at - INTERVAL '1 day', left_at = left_at - INTERVAL '1 day'"""
        )
        self.env.invalidate_all()
