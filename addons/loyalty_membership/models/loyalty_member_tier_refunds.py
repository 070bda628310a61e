"""Tiers that were bought with purchases which have come back since."""

from odoo import models

from ..domain import tiers as ladder
from ..domain.points import to_decimal


class LoyaltyMemberTierRefunds(models.Model):
    _inherit = "loyalty.member"

    def _withdraw_refunded_tiers(self):
        """Let members fall from tiers that they reached by purchases which have come back since.

        Their past is gone through again with what is left of it: nobody falls below what they reach today,
        nor from a tier that the other purchases of its day had earned.
        """
        past = self.env["loyalty.tier.change"].search([("member_id", "in", self.ids)], order="member_id, id")
        for program, changes in past.grouped("program_id").items():
            if not {"earned", "merged"} & set(changes.mapped("reason")):
                continue
            lost, every = changes._lost(), program._ladder()
            members = changes.member_id.filtered(lambda member: not member._is_tier_guaranteed(program))  # noqa: B023
            values = members._tier_values_of(program)
            falls = []
            for member, history in changes.grouped("member_id").items():
                reached = max(
                    ladder.rank(every, ladder.replayed(every, history._to_domain(lost))),
                    ladder.rank(every, ladder.earned(program._domain_tiers(), to_decimal(values.get(member.id)))),
                )
                if member in members and reached < ladder.rank(every, member.tier_id.id or None):
                    falls.append((member, ladder.at(every, reached), values.get(member.id, 0.0)))
            self._set_tiers(program, falls, "refunded", {})
