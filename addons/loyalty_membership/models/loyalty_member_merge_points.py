"""Points of a merge that is undone: they go back to the lots that they came from, with their last days."""

from odoo import models


class LoyaltyMemberMergePoints(models.Model):
    _inherit = "loyalty.member.merge"

    def _return_points(self):
        """Reverse the transfers of this merge, as far as the survivor still has what came in.

        What ended at the survivor has ended.  What the survivor spent is paid by the survivor: with
        points of their own first, and only then with those that came in.
        """
        sent = self._entries("transfer_out")
        received = self._entries("transfer_in").grouped(lambda entry: (entry.detail or {}).get("entry"))
        lots = [(lot, out) for out in sent.filtered(lambda e: e.points < 0) for lot in received.get(out.id, sent.browse())]
        owed = [(debt, out) for out in sent.filtered(lambda e: e.points > 0) for debt in received.get(out.id, sent.browse())]
        came = {lot: lot.points - self._ended(lot) for lot, _out in lots}
        net = sum(came.values()) + sum(debt.points for debt, _out in owed)
        if net >= 0:
            owed_before = self.columns.get("owed", 0.0)
            rows, back = self._give_back_lots(lots, came, min(net, max(self.survivor_id.points + owed_before, 0.0)))
        else:
            rows, back = self._give_back_debts(owed, -net)
        why = {"origin_model": self._name, "origin_id": self.id}
        self.env["loyalty.points.entry"]._post([{**row, **why} for row in rows], locked=True)
        self.points_back = back

    def _entries(self, kind):
        """The transfers of this merge, without what has been reversed already."""
        return self.env["loyalty.points.entry"].search(
            [
                ("origin_model", "=", self._name),
                ("origin_id", "=", self.id),
                ("kind", "=", kind),
                ("reverses_id", "=", False),
            ],
            order="id",
        )

    def _ended(self, lot):
        """What of a lot expired at the survivor."""
        return sum(lot.taken_ids.filtered(lambda taking: taking.entry_id.kind == "expire").mapped("points"))

    def _give_back_lots(self, lots, came, back):
        """Rows that give ``back`` points from the survivor's lots to those they came from, the last to end first."""
        rows, left, returned = [], back, {}
        for lot, out in sorted(lots, key=lambda pair: (not pair[0].expires_on, str(pair[0].expires_on)), reverse=True):
            part = min(left, came[lot])
            if part > 0:
                left = round(left - part, 2)
                returned[out] = returned.get(out, 0.0) + part
                rows.append(self._reversal(lot, -part))
        return [*rows, *(self._reversal(out, part) for out, part in returned.items())], back - left

    def _give_back_debts(self, debts, back):
        """Rows by which ``back`` points that the survivor took over as a debt are owed by the merged member again."""
        rows, left = [], back
        for debt, out in debts:
            part = min(left, -debt.points)
            if part <= 0:
                continue
            left = round(left - part, 2)
            paid = min(part, -debt.points + debt.remaining)
            rows.append(self._reversal(out, -part))
            if paid:
                rows.append(self._reversal(debt, paid))
            if part > paid:
                rows.append(self._reversal(debt, part - paid) | {"reverses_id": None})
        return rows, left - back

    def _reversal(self, entry, points):
        detail = {"transfer": "unmerge", "other": entry.detail["other"]}
        return {
            "member_id": entry.member_id.id, "kind": entry.kind, "points": points, "reverses_id": entry.id, "detail": detail,
        }  # fmt: skip
