"""Giving spent points back to the lots that paid, whatever document spent them."""

from odoo import models

from ..domain.points import to_decimal


class LoyaltyPointsUndo(models.Model):
    _inherit = "loyalty.points.entry"

    def _undo_spending(self, points):
        """Undo this many points of what a document spent, the last spending first; see ``_restore``.

        :param self: what the document has spent and given back, as of ``_spent_by``
        :return: the new entries; they have the origin and the reason of those that they undo
        """
        return self._restore(self._undoing(points))

    def _undoing(self, points):
        """The batch of ``_undo_spending``."""
        given, batch = {}, []
        for entry in self.filtered(lambda entry: entry.kind == "restore"):
            given[entry.reverses_id] = given.get(entry.reverses_id, 0) + to_decimal(entry.points)
        for entry in self.filtered(lambda entry: entry.kind == "spend").sorted("id", reverse=True):
            back = min(points, -to_decimal(entry.points) - given.get(entry, 0))
            if back > 0:
                points -= back
                batch.append({
                    "member_id": entry.member_id.id,
                    "kind": "restore",
                    "points": back,
                    "reverses_id": entry.id,
                    "origin_model": entry.origin_model or None,
                    "origin_id": entry.origin_id or None,
                    "note": entry.note or None,
                })
        return batch
