"""Points by hand: what was pasted is not kept for ever, nor what tells of a member whose data are erased."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .personal_traces import remove_traces

#: Numbers and phones that were pasted are forgotten so many days after nobody has worked on them any more.
KEEP_DAYS = 30
PASTED = ("pasted", "unknown")


class LoyaltyPointsAdjustmentPrivacy(models.Model):
    _inherit = "loyalty.points.adjustment"

    @api.model
    def _with_pasted(self):
        return Domain.OR(Domain(name, "!=", False) for name in PASTED)

    @api.autovacuum
    def _gc_pasted(self):
        """Forget what was pasted: whoever was not found has been dealt with by then."""
        old = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.search(self._with_pasted() & Domain("write_date", "<", old)).write(dict.fromkeys(PASTED, False))

    def _forget_pasted(self, members):
        """Take whatever names these members out of what was pasted."""
        for adjustment in self:
            for name in PASTED:
                texts = adjustment._split(adjustment[name])
                found = members._resolve(adjustment.program_id, texts)
                if named := {text for text, member in found.items() if member in members}:
                    adjustment[name] = "\n".join(text for text in texts if text not in named) or False


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
        # Now, as long as the members are found by their phones.
        pasted = alone._with_pasted() & Domain("program_id", "in", everyone.program_id.ids)
        alone.search(pasted)._forget_pasted(everyone)
        return super()._forfeit_points(everyone, note)

    def _forget_what_was_said(self, coupons):
        """The reason stays as that of the ledger's entry does; documents, chatter and what was answered go."""
        alone = self.env["loyalty.points.adjustment"].search([("member_id", "in", self.ids)])
        alone.with_context(tracking_disable=True).rejection_reason = False
        remove_traces(alone)
        return super()._forget_what_was_said(coupons)
