"""Referrals when a member's data are erased: the fact stays, and nobody's log tells who it was."""

from odoo import SUPERUSER_ID, models


class LoyaltyMemberReferralPrivacy(models.Model):
    _inherit = "loyalty.member"

    def _erase_one(self, reason):
        everyone = self._with_merged()
        result = super()._erase_one(reason)
        referrals = self.env["loyalty.referral"].search([
            ("problem", "!=", False), "|", ("friend_id", "in", everyone.ids), ("referrer_id", "in", everyone.ids),
        ])  # fmt: skip
        referrals.problem = False  # it may name them
        everyone._forget_as_referrer()
        return result

    def _forget_as_referrer(self):
        """Let the logs of friends name these members, as whoever brought them, by what they are called now."""
        field = self.env["ir.model.fields"]._get(self._name, "referrer_id")
        # What was tracked may be changed by nobody but the superuser.
        tracked = self.env["mail.tracking.value"].with_user(SUPERUSER_ID)
        for member in self:
            for side in ("old", "new"):
                values = tracked.search([("field_id", "=", field.id), (f"{side}_value_integer", "=", member.id)])
                values[f"{side}_value_char"] = member.display_name
