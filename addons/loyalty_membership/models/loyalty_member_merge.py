"""Two members who turn out to be one person."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .in_process import MERGING


class LoyaltyMemberMerge(models.Model):
    _inherit = "loyalty.member"

    merged_into_id = fields.Many2one(
        "loyalty.member", readonly=True, index="btree_not_null", ondelete="restrict",
        help="Whoever this member was merged into; what still arrives here moves on to them.",
    )  # fmt: skip

    # ------------------------------------------------------------------
    # Odoo's merge of contacts
    # ------------------------------------------------------------------

    @api.model
    def _merge_partners(self, sources, target):
        """Merge the members of these customers, program by program, into the one who survives.

        That is the target's own member; but an active member before an archived one, and else who
        bought most often.  Every phone and e-mail of the merged customers goes on naming the survivor.
        """
        everyone = self.with_context(active_test=False)
        members = everyone.search([("partner_id", "in", (sources | target).ids), ("merged_into_id", "=", False)])
        merges = self.env["loyalty.member.merge"]
        merges._of_contacts(sources)._keep_contacts()
        for group in members.grouped("program_id").values():
            survivor = max(group, key=lambda m: (m.active, m.partner_id == target, m.purchase_count, -m.id))
            reason = self.env._("The contacts were merged.")
            (group - survivor)._merge_into(survivor, reason, through="contacts")
            self._add_contacts(survivor, sources)
            if survivor.partner_id != target:
                survivor._keep_identities()
                survivor.card_id.partner_id = target

    @api.model
    def _add_contacts(self, survivor, partners):
        identities = self.env["loyalty.member.identity"]
        keys = [key for partner in partners for key in identities._contact_keys(survivor.program_id, partner)]
        identities._add([(survivor, *key) for key in keys], additional=True)

    def _keep_identities(self):
        """What names these members by now goes on naming them, whatever becomes of the customers' contact data.

        :return: the identities that were the contact data's until now
        """
        identities = self.env["loyalty.member.identity"].search([
            ("member_id", "in", self.ids), ("kind", "!=", "external"), ("additional", "=", False),
        ])  # fmt: skip
        identities.write({"additional": True})
        return identities

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    def _merge_into(self, target, reason=False, through="members"):
        """Merge these members into the target; see ``loyalty_member_handover`` for what becomes of what they have.

        The ledger's entries stay where they are; transfer entries explain what moved.

        :return: the ``loyalty.member.merge`` of each of them, by which it can be undone
        """
        merges = self.env["loyalty.member.merge"]
        if not self:
            return merges
        if target in self or self.program_id != target.program_id:
            raise UserError(self.env._("Choose another member of the same program to merge into."))
        for member in (self | target).filtered("merged_into_id")[:1]:
            raise UserError(member._merged_message())
        (self | target)._lock()
        self.env["loyalty.points.entry"]._catch_up(self | target)
        for member in self:
            merges |= member._merge_one(target, merges._begin(member, target, reason, through))
        told = self.env._("Merged with %s.", ", ".join(self.mapped("display_name")))
        target._message_log(body=self.env._("%(told)s %(reason)s", told=told, reason=reason) if reason else told)
        return merges

    def _merge_one(self, target, merge):
        strictest = max((self.state, target.state), key=("active", "frozen", "closed").index)
        self._sweep_into(target, merge)
        moved, cards = self._hand_over(target)
        self.with_context(**MERGING).write({"merged_into_id": target.id, "state": "closed", "active": False})
        self._hand_over_tier(target)
        # No job is to review the tier of who is gone.
        self.write({"tier_until": False, "tier_manual_until": False})
        if target.state != strictest:
            target.with_context(**MERGING).write({
                "state": strictest, **{name: self[name] for name in ("state_reason", "frozen_until", "points_end_on")},
            })  # fmt: skip
        target._update_tiers(reason="merged")
        merge._finish(moved, cards)
        return merge

    def _merged_message(self):
        """What to tell whoever wants something of a merged member."""
        # sudo: whoever holds the old number learns the new one
        merged = self.sudo()
        return self.env._(
            "%(member)s was merged into %(survivor)s, who has all of it: use that member.",
            member=merged.display_name,
            survivor=merged.merged_into_id.display_name,
        )

    def _sweep_into(self, target, merge):
        if self.points:
            self.env["loyalty.points.entry"]._transfer(self, target, self.points, None, origin=merge)

    def _sweep_merged(self):
        """What still arrives at a merged member, such as points given back, moves on."""
        merged = self.filtered("merged_into_id")
        self.env["loyalty.points.entry"]._catch_up(merged)
        for member in merged:
            member._sweep_into(member.merged_into_id, self.env["loyalty.member.merge"]._behind(member))
            member._hand_over_figures(member.merged_into_id)
