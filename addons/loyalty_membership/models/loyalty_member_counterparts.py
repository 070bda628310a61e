"""With whom a member exchanged points or was merged: their logs name the member, and forget who is erased."""

from odoo import SUPERUSER_ID, models
from odoo.fields import Domain


class LoyaltyMemberCounterparts(models.Model):
    _inherit = "loyalty.member"

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
        numbers, others = everyone.mapped("code"), everyone._counterparts()
        result = super()._erase_one(reason)
        # A message of somebody else may be deleted by nobody but the superuser.
        messages = self.env["mail.message"].with_user(SUPERUSER_ID)
        named = Domain.OR(Domain("body", "ilike", number) for number in numbers)
        messages.search(Domain("model", "=", self._name) & Domain("res_id", "in", others.ids) & named).unlink()
        return result
