"""The coupons that a member gets on reaching a tier."""

from odoo import api, models

from ..domain import tiers as ladder
from .in_process import MOVED_IN, says


class LoyaltyMemberTierCoupons(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _settle_entry_coupons(self, program, moved, reason):
        """Give the coupons of the tiers that members have reached; take those back that a refund, or the end of a merge, undoes.

        :param moved: (member, tier id that they were on, tier id that they are on now)
        """
        every = program._ladder()
        benefits = program.with_context(active_test=False).tier_ids.benefit_ids.filtered(lambda b: b.kind == "coupon_entry")
        if not benefits or says(self.env, MOVED_IN):
            return
        stays = self._ended_stays(program, [member.id for member, *_tiers in moved])
        for benefit in benefits:
            place = ladder.rank(every, benefit.tier_id.id)
            groups = {"in": {}, "out": {}}
            for member, from_id, to_id in moved:
                was, now = ladder.rank(every, from_id), ladder.rank(every, to_id)
                way = "in" if was < now == place else "out" if reason in ("refunded", "unmerged") and now < place <= was else None
                if way:
                    number = sum(low < place <= high for high, low in stays.get(member.id, ()))
                    groups[way].setdefault(f"entry {number + 1}", self.browse())
                    groups[way][f"entry {number + 1}"] |= member
            for occasion, members in groups["in"].items():
                benefit._issue(members, occasion)
                benefit._grants_of(members, occasion)._return()
            for occasion, members in groups["out"].items():
                benefit._grants_of(members, occasion)._withdraw()

    @api.model
    def _ended_stays(self, program, member_ids):
        """Falls that ended a stay on a tier for good; dict member id -> list of ranks (from, to).

        One coupon a stay: who falls because a purchase came back and climbs again goes on with the same stay.
        """
        every, stays = program._ladder(), {}
        for change in self.env["loyalty.tier.change"].search([
            ("member_id", "in", member_ids), ("reason", "in", ("lapsed", "manual")),
        ]):  # fmt: skip
            high, low = (ladder.rank(every, tier.id or None) for tier in (change.tier_from_id, change.tier_id))
            if low < high:
                stays.setdefault(change.member_id.id, []).append((high, low))
        return stays
