"""Pending points that a manager withdraws: what the waiting time is for."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..domain.points import to_decimal


class LoyaltyPointsWithdrawal(models.Model):
    _inherit = "loyalty.points.entry"

    def action_withdraw(self):
        """Void these pending awards, with what refunds have taken of them already."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may withdraw points."))
        self.check_access("read")
        self.member_id._lock()
        self.invalidate_recordset(["state"])
        for entry in self.filtered(lambda entry: (entry.kind, entry.state) != ("earn", "pending"))[:1]:
            raise UserError(self.env._(
                "%s: only points that were earned and are still pending can be withdrawn. Book an adjustment instead.",
                entry.explanation,
            ))  # fmt: skip
        # sudo: entries are written by the ledger alone; who may withdraw is checked above
        self.sudo()._withdraw()

    def _withdraw(self):
        every = self | self.search([("reverses_id", "in", self.ids), ("state", "=", "pending")])
        every._void()
        spent = every.grouped("rule_id").items()
        self.env["loyalty.earning.rule"]._spend_budgets({rule.id: -sum(given.mapped("points")) for rule, given in spent})
        every.transaction_id._note_points(every.transaction_id)
        for entry in self:
            entry.member_id._message_log(body=self.env._(
                "Withdrew %(points)s pending points: %(explanation)s",
                points=f"{to_decimal(entry.points).normalize():f}", explanation=entry.explanation,
            ))  # fmt: skip
