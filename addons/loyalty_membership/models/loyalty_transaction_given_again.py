"""Activities that were taken back, and are given again: points go back to the lots that paid for the taking."""

from odoo import models


class LoyaltyTransactionGivenAgain(models.Model):
    _inherit = "loyalty.transaction"

    def _give_again(self, merge):
        """Undo these refunds of activities; their claw-backs are reversed by entries that name them.

        :param merge: the undone merge that had taken them back
        """
        if not self:
            return
        entries = self.env["loyalty.points.entry"]
        taken = entries.search([("transaction_id", "in", self.ids), ("kind", "=", "revoke"), ("state", "!=", "void")], order="id")
        # Given again by what is still to come: the claw-back was not booked yet.
        pending = taken.filtered(lambda entry: entry.state == "pending")
        pending._void()
        posted = taken - pending
        entries._post([row for entry in posted for row in self._reversals(entry, merge)])
        for rule, of_rule in taken.grouped("rule_id").items():
            rule._spend_budgets({rule.id: -sum(of_rule.mapped("points"))})
        self._note_points(self)
        self.origin_id.is_refunded = False
        entries._catch_up(posted.member_id)  # what has ended since has ended
        posted.member_id._sweep_merged()

    def _reversals(self, entry, merge):
        """Rows that undo a claw-back: what was paid goes back to where it came from, and what is owed is paid."""
        owed = -entry.remaining
        row = {
            "member_id": entry.member_id.id,
            "kind": "revoke",
            "transaction_id": entry.transaction_id.id,
            "rule_id": entry.rule_id.id,
            "origin_model": merge._name,
            "origin_id": merge.id,
            "detail": {"transfer": "unmerge", "other": merge._other_of(entry.member_id).id},
        }
        yield row | {
            "points": -entry.points - owed,
            "qualifying_points": -entry.qualifying_points,
            "forgiven": -entry.forgiven,
            "reverses_id": entry.id,
        }
        if owed:
            yield row | {"points": owed}
