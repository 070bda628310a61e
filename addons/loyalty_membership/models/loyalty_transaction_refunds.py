"""Refunds: record them, and claw back what the refunded lines had in their awards."""

from odoo import api, fields, models

from ..domain.points import revocation, to_decimal


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
        """Record refunds and claw back what the refunded lines had earned.

        :param rows: as for ``_book``; each line has ``origin_line_id``, and ``quantity`` and
            ``amount`` as positive numbers, at most what is left of that line
        :return: the refunds, in the order of the rows
        """
        members = self.env["loyalty.member"].union(*(row["member"] for row in rows))
        members._lock()
        self.env["loyalty.points.entry"]._catch_up(members)
        refunds = self._create_rows(program, [dict(row, type="refund") for row in rows], sign=-1)
        originals = refunds.line_ids.origin_line_id.transaction_id
        refunded = originals.line_ids._refunded()
        emptied = originals.filtered(lambda t: not t.is_refunded and all(self._share(line, refunded) >= 1 for line in t.line_ids))
        emptied.write({"is_refunded": True})
        self._claw_back(program, refunds, refunded)
        members._count_transactions(refunds, emptied.ids)
        members._withdraw_refunded_tiers(originals)
        return refunds

    @api.model
    def _share(self, line, refunded):
        """Which part of a line has been refunded so far: by amount, or by quantity if it was free."""
        amount, quantity = map(to_decimal, refunded.get(line, (0, 0)))
        if line.amount:
            return amount / to_decimal(line.amount)
        return quantity / to_decimal(line.quantity) if line.quantity else to_decimal(1)

    @api.model
    def _claw_back(self, program, refunds, refunded):
        entries = self.env["loyalty.points.entry"].search(
            [
                ("transaction_id", "in", refunds.line_ids.origin_line_id.transaction_id.ids),
                ("kind", "=", "earn"),
                ("state", "!=", "void"),
            ],
            order="id",
        )
        before = self._revoked_before(entries)
        available = {refund.member_id: to_decimal(refund.member_id.points) for refund in refunds}
        refund_of = {line.origin_line_id.transaction_id: refund for refund in refunds for line in refund.line_ids}
        batch = []
        for entry in entries:
            back, whole = self._refunded_part(entry, refunded)
            points, qualifying = (
                revocation(
                    to_decimal(earned), back, whole, to_decimal(gone),
                    program.points_precision, program.points_rounding, full=back == whole,
                )
                for earned, gone in zip((entry.points, entry.qualifying_points), before.get(entry, (0, 0)), strict=True)
            )  # fmt: skip
            if not points and not qualifying:
                continue
            taken, member = points, entry.member_id
            if entry.state == "posted":
                member = refund_of[entry.transaction_id].member_id
                taken = self._takeable(program, points, available[member])
                available[member] -= taken
            batch.append({
                "member_id": member.id,
                "kind": "revoke",
                "points": -taken,
                "qualifying_points": -qualifying,
                "forgiven": points - taken,
                "date": refund_of[entry.transaction_id].date,
                "available_on": entry.available_on if entry.state == "pending" else None,
                "transaction_id": refund_of[entry.transaction_id].id,
                "rule_id": entry.rule_id.id,
                "reverses_id": entry.id,
                "origin_model": entry.origin_model or None,
                "origin_id": entry.origin_id or None,
            })
        self.env["loyalty.points.entry"]._post(batch, locked=True)
        self._note_points(refunds)

    @api.model
    def _takeable(self, program, points, available):
        """How many spendable points a claw-back may take, by the program's policy."""
        if program.negative_policy == "pending_only":
            return to_decimal(0)
        if program.negative_policy == "available":
            return min(points, max(available, to_decimal(0)))
        return points

    @api.model
    def _revoked_before(self, entries):
        return {
            entry: (forgiven - points, -qualifying)
            for entry, points, forgiven, qualifying in self.env["loyalty.points.entry"]._read_group(
                [("reverses_id", "in", entries.ids), ("kind", "=", "revoke"), ("state", "!=", "void")],
                ["reverses_id"],
                ["points:sum", "forgiven:sum", "qualifying_points:sum"],
            )
        }

    @api.model
    def _refunded_part(self, entry, refunded):
        """How much of what an award was for has been refunded so far: (refunded, whole), in weights."""
        lines = entry.transaction_id.line_ids
        weights = {int(key): to_decimal(value) for key, value in (entry.basis or {}).items()} or {
            line.id: to_decimal(line.amount) for line in lines
        }
        lines = lines.filtered(lambda line: line.id in weights)
        whole = sum((weights[line.id] for line in lines), to_decimal(0))
        if all(self._share(line, refunded) >= 1 for line in lines):
            return whole, whole
        return sum((self._refunded_weight(line, weights[line.id], refunded) for line in lines), to_decimal(0)), whole

    @api.model
    def _refunded_weight(self, line, weight, refunded):
        amount = to_decimal(refunded.get(line, (0, 0))[0])
        if line.amount and weight == to_decimal(line.amount):
            return min(amount, weight)
        return weight * min(self._share(line, refunded), to_decimal(1))
