from odoo import api, models
from odoo.fields import Command


class LoyaltyDemoAdjustments(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _load_adjustments(self):
        """Points by hand: some booked, one that waits for a second person, one that is being prepared."""
        program = self.env["loyalty.program"].with_context(lang=None).search([("name", "=", "Members Club")], limit=1)
        clerk = self.env["res.users"].search([("login", "=", "manager")], limit=1)
        if (
            not program
            or not clerk
            or self.env["loyalty.points.adjustment"].search_count([("program_id", "=", program.id)], limit=1)
        ):
            return
        program.write({"adjustment_approval": True, "adjustment_member_limit": 500, "adjustment_total_limit": 5000})
        members = self.env["loyalty.member"].search([("program_id", "=", program.id)], order="id")
        active = members.filtered(lambda member: member.state == "active" and member.points > 500)
        hand = self.env["loyalty.points.adjustment"].with_user(clerk).with_context(tracking_disable=True)
        chosen = {"program_id": program.id, "audience": "one"}
        late = hand.create({**chosen, "member_id": active[0].id, "points": 200, "reason": "物流延误致歉"})
        twice = hand.create({**chosen, "member_id": active[1].id, "points": 80, "kind": "deduct", "reason": "重复积分更正"})
        some = members[:15] | members.filtered(lambda member: member.state != "active")
        closed = hand.create({
            **chosen, "audience": "list", "member_ids": [Command.set(some.ids)], "points": 100, "reason": "台风停业补偿",
        })  # fmt: skip
        large = hand.create({**chosen, "member_id": active[2].id, "points": 3000, "reason": "质量投诉补偿"})
        (late + twice + closed + large).action_submit()
        hand.create({
            **chosen, "audience": "segment", "segment_domain": "[('tier_id.code', '=', 'GOLD')]", "points": 300,
            "reason": "金卡会员新年礼",
        })  # fmt: skip
