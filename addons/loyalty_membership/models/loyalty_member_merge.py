"""Two members who turn out to be one person."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain import tiers as ladder


class LoyaltyMemberMerge(models.Model):
    _inherit = "loyalty.member"

    merged_into_id = fields.Many2one(
        "loyalty.member", readonly=True, index="btree_not_null", ondelete="restrict",
        help="Whoever this member was merged into; what still arrives here moves on to them.",
    )  # fmt: skip

    @api.model
    def _merge_partners(self, sources, target):
        """Merge the members of these customers, program by program, into the target's."""
        members = self.search([("partner_id", "in", (sources | target).ids)])
        for group in members.grouped("program_id").values():
            survivor = group.filtered(lambda member: member.partner_id == target)[:1]
            survivor = survivor or group.sorted("purchase_count", reverse=True)[:1]
            (group - survivor)._merge_into(survivor)
            survivor.card_id.partner_id = target

    def _merge_into(self, target):
        """Merge these members into the target: points with their last days, journal, higher tier.

        The ledger's entries stay where they are; transfer entries explain what moved.
        """
        if not self:
            return
        if target in self or self.program_id != target.program_id:
            raise UserError(self.env._("Choose another member of the same program to merge into."))
        (self | target)._lock()
        for member in self:
            member._sweep_into(target)
            member._hand_over_journal(target)
            member._hand_over_tier(target)
        self.env["loyalty.member.identity"].search([("member_id", "in", self.ids)]).write({"member_id": target.id})
        everyone = self.with_context(active_test=False)
        everyone.search([("merged_into_id", "in", self.ids)]).write({"merged_into_id": target.id})
        everyone.search([("referrer_id", "in", self.ids), ("id", "!=", target.id)]).write({"referrer_id": target.id})
        target.filtered(lambda member: member.referrer_id in self).referrer_id = False
        self.write({"merged_into_id": target.id, "state": "closed", "active": False})

    def _sweep_into(self, target):
        if self.points:
            note = self.env._("Merged: %s", self.code)
            self.env["loyalty.points.entry"]._transfer(self, target, self.points, note)

    def _sweep_merged(self):
        """What still arrives at a merged member, such as points given back, moves on."""
        merged = self.filtered("merged_into_id")
        self.env["loyalty.points.entry"]._catch_up(merged)
        for member in merged:
            member._sweep_into(member.merged_into_id)

    def _hand_over_journal(self, target):
        for table in ("loyalty_transaction", "loyalty_transaction_line"):
            self.env.cr.execute(SQL(
                "UPDATE %s SET member_id = %s WHERE member_id = %s", SQL.identifier(table), target.id, self.id
            ))  # fmt: skip
        self.env["loyalty.transaction"].invalidate_model()
        self.env["loyalty.transaction.line"].invalidate_model()
        moments = [m for m in (self.first_purchase_at, target.first_purchase_at) if m]
        latest = [m for m in (self.last_purchase_at, target.last_purchase_at) if m]
        target.write({
            "purchase_count": target.purchase_count + self.purchase_count,
            "purchase_amount": target.purchase_amount + self.purchase_amount,
            "first_purchase_at": min(moments, default=False),
            "last_purchase_at": max(latest, default=False),
            "joined_on": min(self.joined_on, target.joined_on),
            "birthdate": target.birthdate or self.birthdate,
            "gender": target.gender or self.gender,
        })
        self.write({"purchase_count": 0, "purchase_amount": 0})

    def _hand_over_tier(self, target):
        steps = target.program_id._domain_tiers()
        if ladder.rank(steps, self.tier_id.id or None) > ladder.rank(steps, target.tier_id.id or None):
            value = target._tier_values_of(target.program_id).get(target.id, 0.0)
            self._set_tiers(target.program_id, [(target, self.tier_id.id, value)], "merged", {})
