"""With whom a member exchanged points or was merged: named to who may know them, and forgotten when they are erased."""

from markupsafe import escape
from odoo import SUPERUSER_ID, models
from odoo.fields import Domain

from ..domain.identity import mask_name
from .in_process import TOLD_TO_MEMBER, says


class LoyaltyMemberCounterparts(models.Model):
    _inherit = "loyalty.member"

    def _masked(self):
        """What this member is called towards somebody who may not know who it is."""
        # sudo: what is masked tells nobody
        member = self.sudo()
        return member.partner_id.name or "" if member.erased_at else f"{mask_name(member.partner_id.name)} (…{member.code[-4:]})"

    def _names_for_reader(self):
        """What to call these members towards the user, or towards the member who is being told; dict id -> name.

        By name who may be read by the user anyway, and masked whoever else.
        """
        known = self.browse() if says(self.env, TOLD_TO_MEMBER) else self._filtered_access("read")
        # sudo: marketing knows members by name and reads no customer
        return {member.id: (member.sudo().partner_id.name or "") if member in known else member._masked() for member in self}

    def _counterparts(self):
        """The other side of these members' transfers and merges."""
        entries = self.env["loyalty.points.entry"].search_fetch(
            [("member_id", "in", self.ids), ("kind", "in", ("transfer_in", "transfer_out"))], ["detail"]
        )
        others = {entry.detail["other"] for entry in entries if (entry.detail or {}).get("other")}
        merges = self.env["loyalty.member.merge"].search(
            ["|", ("survivor_id", "in", self.ids), ("merged_id", "in", self.ids)]
        )  # fmt: skip
        return (self.browse(others).exists() | merges.survivor_id | merges.merged_id) - self

    def _erase_one(self, reason):
        everyone = self._with_merged()
        names = [*everyone.mapped("code"), *(escape(member._masked()) for member in everyone)]
        others = everyone._counterparts()
        result = super()._erase_one(reason)
        # A message of somebody else may be deleted by nobody but the superuser.
        messages = self.env["mail.message"].with_user(SUPERUSER_ID)
        named = Domain.OR(Domain("body", "ilike", name) for name in names)
        messages.search(Domain("model", "=", self._name) & Domain("res_id", "in", others.ids) & named).unlink()
        return result
