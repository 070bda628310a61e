"""Refunds: record them, and claw back what the refunded lines had in their awards."""

from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from ..domain.points import to_decimal
from ..domain.standing import add


class Taken(NamedTuple):
    """What one refund took back of an award; ``forgiven`` is what it should have taken, too."""

    refund_id: int
    points: Decimal
    forgiven: Decimal
    qualifying: Decimal


class LoyaltyTransactionRefunds(models.Model):
    _inherit = "loyalty.transaction"

    refund_ids = fields.Many2many("loyalty.transaction", string="Refunds", compute="_compute_refund_ids")

    @api.depends("line_ids")
    def _compute_refund_ids(self):
        """What took lines of these purchases back; one refund may answer several purchases."""
        found = dict(
            self.env["loyalty.transaction.line"]._read_group(
                [("origin_line_id.transaction_id", "in", self.ids)], ["origin_line_id"], ["transaction_id:recordset"]
            )
        )
        for transaction in self:
            transaction.refund_ids = self.browse().union(*(found.get(line, self.browse()) for line in transaction.line_ids))

    @api.model
    def _book_refunds(self, program, rows):
        """Record refunds, claw back what the refunded lines had earned, and tiers that they had brought.

        :param rows: as for ``_book``; each line has ``origin_line_id``, and ``quantity`` and
            ``amount`` as positive numbers, at most what is left of that line
        :return: the refunds, in the order of the rows
        """
        refunds = self._take_back(program, rows)
        refunds.member_id._withdraw_refunded_tiers()
        return refunds

    @api.model
    def _take_back(self, program, rows):
        members = self.env["loyalty.member"].union(*(row["member"] for row in rows))
        # Pending points of merged members lie where they were earned, until they are released.
        holders = members | members.with_context(active_test=False).search([("merged_into_id", "in", members.ids)])
        holders._lock()
        self.env["loyalty.points.entry"]._catch_up(holders)
        refunds = self._create_rows(program, [dict(row, type="refund") for row in rows], sign=-1)
        roots = refunds.line_ids.origin_line_id.transaction_id._roots()
        parts = roots._parts()
        left = parts.line_ids._left()
        emptied = self._empty(roots, parts, left)
        self._claw_back(program, refunds, parts, left)
        members._count_transactions(refunds, emptied=emptied.ids)
        refunds._after_insert()
        return refunds

    @api.model
    def _empty(self, roots, parts, left):
        """Mark the purchases of which nothing is left any more, and return them."""
        alive = {line.transaction_id for line, (money, units) in left.items() if (money if line.amount else units) > 0}
        emptied = roots.filtered(lambda root: not root.is_refunded and not alive & set(root | parts._added_to(root)))
        (emptied | parts._added_to(emptied)).write({"is_refunded": True})
        return emptied

    def _added_to(self, roots):
        return self.filtered(lambda part: part.type == "addition" and part.origin_id in roots)

    @api.model
    def _claw_back(self, program, refunds, parts, left):
        entries = parts._awards()
        revoked = self._revoked(entries)
        refund_of = {root: refund for refund in refunds for root in refund.line_ids.origin_line_id.transaction_id._roots()}
        available = {refund.member_id: to_decimal(refund.member_id.points) for refund in refunds}
        now, batch, budgets = {line.id: worth for line, worth in left.items()}, [], {}
        for root, awards in entries.grouped(lambda entry: entry.transaction_id._roots()).items():
            for share in self._standing_of(parts._added_to(root), awards).shares:
                given = awards.filtered(lambda entry, share=share: entry.rule_id.id in share.claims)
                due = self._due_back(program, share, given, revoked, now)
                for entry, points, qualifying in self._spread(given, due, revoked):
                    row = self._revocation(program, entry, refund_of[root], points, qualifying, available)
                    budgets[entry.rule_id.id] = budgets.get(entry.rule_id.id, 0) + row["points"]
                    batch.append(row)
        self.env["loyalty.points.entry"]._post(batch, locked=True)
        self.env["loyalty.earning.rule"]._spend_budgets(budgets)
        self._note_points(refunds)

    @api.model
    def _revoked(self, entries):
        """What was taken back of these awards; dict entry -> list of ``Taken``."""
        revoked = {}
        for entry, refund, points, forgiven, qualifying in self.env["loyalty.points.entry"]._read_group(
            [("reverses_id", "in", entries.ids), ("kind", "=", "revoke"), ("state", "!=", "void")],
            ["reverses_id", "transaction_id"],
            ["points:sum", "forgiven:sum", "qualifying_points:sum"],
        ):
            taken = Taken(refund.id, *map(to_decimal, (-points, forgiven, -qualifying)))
            revoked.setdefault(entry, []).append(taken)
        return revoked

    @api.model
    def _due_back(self, program, share, given, revoked, now):
        """What these awards, all of one share, must give back now: (points, qualifying points).

        Measured from when the share was worked out: so partial refunds never drift.
        """
        taken = [row for entry in given for row in revoked.get(entry, ()) if row.refund_id > share.since]
        gone = add((row.points + row.forgiven, row.qualifying) for row in taken)
        return share.due_back(now, gone, program.points_precision, program.points_rounding)

    @api.model
    def _spread(self, given, due, revoked):
        """Take what is due from these awards, the last one first; yield (entry, points, qualifying points)."""
        points, qualifying = due
        for entry in given.sorted("id", reverse=True):
            taken = revoked.get(entry, ())
            of_points = min(points, to_decimal(entry.points) - sum(row.points for row in taken))
            of_qualifying = min(qualifying, to_decimal(entry.qualifying_points) - sum(row.qualifying for row in taken))
            points, qualifying = points - of_points, qualifying - of_qualifying
            if of_points or of_qualifying:
                yield entry, of_points, of_qualifying

    @api.model
    def _revocation(self, program, entry, refund, points, qualifying, available):
        """The claw-back of one award; spendable points go by the program's policy and lower ``available``."""
        taken, member = points, entry.member_id
        if entry.state == "posted":
            member = refund.member_id
            taken = self._takeable(program, points, available[member])
            available[member] -= taken
        return {
            "member_id": member.id,
            "kind": "revoke",
            "points": -taken,
            "qualifying_points": -qualifying,
            "forgiven": points - taken,
            "date": refund.date,
            "available_on": entry.available_on if entry.state == "pending" else None,
            "transaction_id": refund.id,
            "rule_id": entry.rule_id.id,
            "reverses_id": entry.id,
            "origin_model": entry.origin_model or None,
            "origin_id": entry.origin_id or None,
        }

    @api.model
    def _takeable(self, program, points, available):
        """How many spendable points a claw-back may take, by the program's policy."""
        if program.negative_policy == "pending_only":
            return to_decimal(0)
        if program.negative_policy == "available":
            return min(points, max(available, to_decimal(0)))
        return points
