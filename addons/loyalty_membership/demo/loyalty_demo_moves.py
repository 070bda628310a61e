from datetime import timedelta
from decimal import Decimal

from odoo import api, models


class LoyaltyDemoMoves(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _move_points(self):
        """Transfers between members, a member who was two, and members who are frozen and closed with a reason."""
        program = self.env["loyalty.program"].with_context(lang="en_US").search([("name", "=", "Members Club")], limit=1)
        merges = self.env["loyalty.member.merge"]
        if not program or merges.search_count([("program_id", "=", program.id)], limit=1):
            return
        self = self.with_context(tracking_disable=True, mail_create_nolog=True)
        program.write({
            "transfer_allowed": True, "transfer_by_store": True, "transfer_max": 2000, "transfer_max_month": 5000,
            "transfer_fee_percent": 2,
        })  # fmt: skip
        members = self.env["loyalty.member"].search([
            ("program_id", "=", program.id), ("state", "=", "active"), ("points", ">", 3000), ("points_debt", "=", 0),
        ], order="id")  # fmt: skip
        members[3]._give(members[7], Decimal(800), "家人共享 family")
        members[5]._give(members[2], Decimal(300), "生日祝福 birthday")
        self._join_twins(program, members[9])
        members[11]._freeze("会员卡遗失 card lost", until=program._today() + timedelta(days=14))
        members[12]._close("搬离本市 moved away", points="expire", days=30)

    @api.model
    def _join_twins(self, program, member):
        """Somebody joined once more in another store, with another phone; and two who only share a name were merged."""
        [(again, _new)] = self.env["loyalty.member"]._enroll(program, [{
            "partner_id": self._customer(member.partner_id.name, "13900139000", "again@example.com", member.team_id).id,
            "phone": "13900139000", "email": "again@example.com", "team_id": member.team_id.id,
        }])  # fmt: skip
        self.env["loyalty.points.entry"]._post([
            {"member_id": again.id, "kind": "adjust", "points": 260, "note": "Opening gift 开业礼"}
        ])
        again._merge_into(member, "同一人重复入会 joined twice")
        [(other, _new)] = self.env["loyalty.member"]._enroll(program, [{
            "partner_id": self._customer(member.partner_id.name, "13900139001", "namesake@example.com", member.team_id).id,
            "phone": "13900139001", "email": "namesake@example.com", "team_id": member.team_id.id,
        }])  # fmt: skip
        other._merge_into(member, "同一人重复入会 joined twice")._undo("只是同名 only the same name")
