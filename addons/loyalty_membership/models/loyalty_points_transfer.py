"""Moving points between members, and giving spent points back."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from .in_process import TOLD_TO_MEMBER

#: What a merged member's entries still bring: something given back or ended, and what moves on to the survivor.
KINDS_OF_MERGED = ("revoke", "restore", "expire", "transfer_out")


class LoyaltyPointsTransfer(models.Model):
    _inherit = "loyalty.points.entry"

    @api.model
    def _transfer(self, source, target, points, note, origin=None, kind="merge"):
        """Move points from one member to another; each keeps its last day.

        A debt moves as a debt.  Whether these members may transfer is for the caller to say: what
        arrives at a merged member moves on, although that member is closed.

        :param points: positive, at most what the source has; or minus what the source owes
        :param note: why, for both to read; why a member is closed is nothing for the heir
        :param origin: the record that says why, or None
        :param kind: noted in the entries' detail: ``merge``, ``gift`` (one member gives to another) or ``close``
        :return: the entries of both sides
        """
        why = {"note": note, "origin_model": origin and origin._name, "origin_id": origin and origin.id}
        out = {"member_id": source.id, "kind": "transfer_out", "points": -points, **why}
        told = why if kind != "close" else {**why, "note": None}
        (source | target)._lock()
        sent = self._post([{**out, "detail": {"transfer": kind, "other": target.id}}])
        parts = [(sent, points)]
        if points > 0:
            parts = [(taking.lot_id, taking.points) for taking in sent.allocation_ids]
        into = {"member_id": target.id, "kind": "transfer_in", "detail": {"transfer": kind, "other": source.id, "entry": sent.id}}
        return sent | self._post([{**into, **told, "points": part, "expires_on": lot.expires_on or None} for lot, part in parts])

    @api.depends("detail")
    @api.depends_context("uid", *TOLD_TO_MEMBER)
    def _compute_explanation(self):
        """Say from whom points came and to whom they went, by the name of today: the ledger itself names nobody."""
        result = super()._compute_explanation()
        exchanged = self.filtered(lambda entry: (entry.detail or {}).get("other"))
        others = self.env["loyalty.member"].browse({entry.detail["other"] for entry in exchanged}).exists()
        names = others._names_for_reader()
        for entry in exchanged:
            words = self._transfer_words(entry.detail["transfer"], entry.kind, names.get(entry.detail["other"], ""))
            entry.explanation = self.env._("%(told)s; %(reason)s", told=words, reason=entry.note) if entry.note else words
        return result

    @api.model
    def _transfer_words(self, transfer, kind, name):
        if transfer == "fee":
            return self.env._("Fee for the transfer to %s", name)
        if transfer == "unmerge":
            return self.env._("Merge with %s undone", name)
        if transfer == "merge":
            return self.env._("Merged from %s", name) if kind == "transfer_in" else self.env._("Merged into %s", name)
        return self.env._("Transferred from %s", name) if kind == "transfer_in" else self.env._("Transferred to %s", name)

    @api.model
    def _check_states(self, members, batch):
        for merged in members.filtered("merged_into_id"):
            if any(row["member_id"] == merged.id and row["kind"] not in KINDS_OF_MERGED for row in batch):
                raise UserError(merged._merged_message())
        return super()._check_states(members, batch)

    @api.model
    def _restore(self, batch):
        """Give spent points back to their own lots.

        A lot that has expired meanwhile keeps nothing: its part expires at once, and comes back
        as a lot of its own where the program grants days of grace.

        :param batch: as for ``_post``, of kind ``restore`` with ``reverses_id``
        """
        restored = self._post(batch)
        members = restored.member_id
        expired = self._expire_of(members) if members else restored
        grace = []
        for entry in expired:
            program = entry.program_id
            if program.return_grace_days:
                origin = restored.grouped("member_id")[entry.member_id][:1]
                grace.append({
                    "member_id": entry.member_id.id,
                    "kind": "restore",
                    "points": -entry.points,
                    "expires_on": program._today() + timedelta(days=program.return_grace_days),
                    "origin_model": origin.origin_model or None,
                    "origin_id": origin.origin_id or None,
                    "detail": {"grace_days": program.return_grace_days},
                    "note": origin.note or None,
                })
        granted = self._post(grace)
        members._sweep_merged()
        return restored | expired | granted
