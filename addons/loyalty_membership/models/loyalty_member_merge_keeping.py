"""How long a merge can be undone: what that needs is personal data, which nobody needs for longer."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: Days after a merge, unless the parameter of the system says otherwise.
UNDO_DAYS = 90
#: Merges that are emptied at once.
CHUNK = 1_000
#: Both members and both customers as they were.
PERSONAL = ("columns", "contacts")


class LoyaltyMemberMergeKeeping(models.Model):
    _inherit = "loyalty.member.merge"

    undo_until = fields.Date(compute="_compute_undo_until", help="Then what the undoing needs is deleted.")

    @api.depends("state", "date", "columns")
    def _compute_undo_until(self):
        days = self._undo_days()
        for merge in self:
            kept = merge.state == "done" and merge.sudo().columns  # sudo: whether there is something tells nobody
            merge.undo_until = kept and (merge.date + timedelta(days=days)).date()

    @api.model
    def _undo_days(self):
        # sudo: the same for whoever asks
        return int(self.env["ir.config_parameter"].sudo().get_param("loyalty_membership.merge_undo_days", UNDO_DAYS))

    def _check_undoable(self):
        days = self._undo_days()
        if self.state == "done" and self.date < fields.Datetime.now() - timedelta(days=days):
            raise UserError(self.env._(
                "The merge of %(merged)s into %(survivor)s can't be undone any more: what that needs is kept for %(days)s days.",
                merged=self.merged_id.display_name, survivor=self.survivor_id.display_name, days=days,
            ))  # fmt: skip
        return super()._check_undoable()

    def _undo(self, reason):
        result = super()._undo(reason)
        self._forget_before()
        return result

    def _forget_before(self):
        self.write(dict.fromkeys(PERSONAL, False))

    @api.autovacuum
    def _gc_before(self):
        """Delete what merges that can't be undone any more had kept for it."""
        last = fields.Datetime.now() - timedelta(days=self._undo_days())
        old = self.search([("date", "<", last), ("contacts", "!=", False)], limit=CHUNK)
        old._forget_before()
        return len(old), len(old) == CHUNK
