"""Points by hand when a member's data are erased."""

from odoo import models

from .personal_traces import remove_traces


class LoyaltyMemberAdjustmentPrivacy(models.Model):
    _inherit = "loyalty.member"

    def _forfeit_points(self, everyone, note):
        """What was asked for this person alone is called off."""
        alone = everyone.env["loyalty.points.adjustment"].search([
            ("member_id", "in", everyone.ids), ("state", "in", ("draft", "to_approve")),
        ])  # fmt: skip
        for adjustment in alone:
            adjustment._cancel_waiting()
            adjustment._forget_approval()
        alone.with_context(tracking_disable=True).state = "cancelled"
        return super()._forfeit_points(everyone, note)

    def _forget_what_was_said(self, coupons):
        """The reason stays as that of the ledger's entry does; documents, chatter and what was answered go."""
        alone = self.env["loyalty.points.adjustment"].search([("member_id", "in", self.ids)])
        alone.with_context(tracking_disable=True).rejection_reason = False
        remove_traces(alone)
        return super()._forget_what_was_said(coupons)
