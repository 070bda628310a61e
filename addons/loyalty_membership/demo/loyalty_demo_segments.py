from odoo import api, models
from odoo.fields import Command


class LoyaltyDemoSegments(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _make_segments(self):
        """A list and a combination beside the segments that the demo club began with, and a first night."""
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        segments = self.env["loyalty.segment"].with_context(lang="en_US")
        if not program or segments.search_count([("program_id", "=", program.id), ("kind", "!=", "dynamic")], limit=1):
            return
        guests = segments.create({
            "name": "Guests Of The Opening", "description": "Who came to the opening of the new store.", "kind": "list",
            "program_id": program.id, "color": 3, "sequence": 110,
        })  # fmt: skip
        classes = self.env["loyalty.rfm.class"].search([("code", "in", ("sleeping", "leaving"))])
        at_risk = segments.create({
            "name": "Important And Silent", "description": "Have bought much, and have become rare.", "kind": "rfm",
            "rfm_class_ids": [Command.set(classes.ids)], "program_id": program.id, "color": 1, "sequence": 120,
        })  # fmt: skip
        dormant = segments.search([("program_id", "=", program.id), ("ready_made", "=", "dormant_30")])
        invited = segments.create({
            "name": "To Be Invited", "description": "Guests of the opening who have bought lately.", "kind": "combination",
            "term_ids": [
                Command.create({"side": "in", "part_id": guests.id}), Command.create({"side": "out", "part_id": dormant.id}),
            ],
            "program_id": program.id, "color": 10, "sequence": 130,
        })  # fmt: skip
        for segment, name, told in (
            (guests, "开业嘉宾", "参加过新店开业活动的会员。"),
            (at_risk, "重要沉睡客户", "曾经消费很多，最近很少光顾。"),
            (invited, "待邀请", "参加过开业活动、近期仍在消费的会员。"),
        ):
            self._in_chinese(segment, "name", name)
            self._in_chinese(segment, "description", told)
        (guests + at_risk + invited)._follow_with_tags()
        members = self.env["loyalty.member"].search([("program_id", "=", program.id), ("state", "=", "active")], order="id")
        guests._add_members(members[::2])
        segments.search([("program_id", "=", program.id)])._refresh()
