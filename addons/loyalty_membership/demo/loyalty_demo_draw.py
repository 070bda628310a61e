from odoo import api, models
from odoo.fields import Command

from .pictures import picture

#: English, Chinese, percent, and what it is
PRIZES = [
    ("Thermos Mug", "保温杯", 0.5, {"kind": "item", "quantity": 5, "member_limit": 1}),
    ("500 Points", "500 积分", 2, {"kind": "points", "points": 500, "daily_limit": 3}),
    ("20 off", "满减券 20 元", 10, {"kind": "coupon", "valid_days": 30}),
    ("50 Points", "50 积分", 25, {"kind": "points", "points": 50}),
    ("Thank you for taking part", "谢谢参与", 0, {"kind": "thanks"}),
]


class LoyaltyDemoDraw(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _run_draw(self):
        """A lucky draw of the demo club, and what its members drew."""
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        if not program or self.env["loyalty.draw"].search_count([("program_id", "=", program.id)], limit=1):
            return
        self = self.with_context(tracking_disable=True, mail_create_nolog=True)
        draw = self._make_draw(program)
        members = self.env["loyalty.member"].search([
            ("program_id", "=", program.id),
            ("points", ">=", 200),
            ("state", "=", "active"),
        ])
        self.env["loyalty.draw.ticket"]._give(members[:1], draw, 3, note="Opening of the new store 新店开业")
        for number, member in enumerate(members[1:]):
            for turn in range(1 + number % 4):
                draw._draw(member, "mini-program", f"CJ{number:03}-{turn}")

    @api.model
    def _make_draw(self, program):
        items = self.env["loyalty.catalog.item"].with_context(lang="en_US").search([("program_id", "=", program.id)])
        gift = items.filtered(lambda item: item.name == "Thermos Mug")[:1]
        coupons = items.filtered(lambda item: item.kind == "coupon")[:1].coupon_program_id
        draw = self.env["loyalty.draw"].create({
            "name": "Autumn Lucky Draw",
            "program_id": program.id,
            "points": 50,
            "daily_limit": 5,
            "image_1920": picture("bag"),
            "prize_ids": [
                Command.create({
                    "name": english, "percent": percent, **values,
                    "item_id": values["kind"] == "item" and gift.id, "image_1920": values["kind"] == "item" and gift.image_1920,
                    "coupon_program_id": values["kind"] == "coupon" and coupons.id,
                })
                for english, _chinese, percent, values in PRIZES
            ],
        })  # fmt: skip
        self._in_chinese(draw, "name", "金秋抽奖")
        for prize, (_english, chinese, *_values) in zip(draw.prize_ids, PRIZES, strict=True):
            self._in_chinese(prize, "name", chinese)
        draw.action_start()
        self._add_item(program, "Autumn Draw Ticket", "金秋抽奖券", 60, "coupon", kind="draw", draw_id=draw.id)
        return draw
