"""What sending would do: rendered as the dispatcher renders it, looked up where it is not bound, and not sent."""

from odoo import models
from odoo.tools import SQL

from ..adapters import base
from ..adapters.base import FIND
from ..domain.outcomes import Permanent
from ..domain.reconciliation import changes
from .loyalty_outbox import STATE_FLOWS
from .loyalty_outbox_payload import SUBJECTS

CHUNK = 50
#: Finding -> which of the run's numbers counts it.
COUNTED = {"create": "created", "change": "changed", "skip": "skipped", "cannot": "failed"}


class LoyaltySyncRunDryPush(models.Model):
    _inherit = "loyalty.sync.run"

    def _prepare_dry(self):
        if self.flow.startswith("push"):
            self.total = min(self.limit, self._count_candidates())

    def _step_dry(self, adapter):
        """Look at some records; "done" if there are no more."""
        return self._step_dry_push(adapter) if self.flow.startswith("push") else self._step_dry_pull(adapter)

    def _step_dry_push(self, adapter):
        ids = self._candidates((self.position or {}).get("after", 0), min(CHUNK, self.limit - self.done))
        if not ids:
            self.total = self.done
            return "done"
        self._note_findings([self._judge(adapter, row, payload) for row, payload in self._rendered(adapter, ids)])
        self.position = {"after": ids[-1]}
        return "done" if self.done >= self.limit else "more"

    def _note_findings(self, findings):
        for name in COUNTED.values():
            self[name] += sum(COUNTED[finding["action"]] == name for finding in findings)
        self.done += len(findings)
        self._note_lines(findings)

    # ------------------------------------------------------------------
    # Which records
    # ------------------------------------------------------------------

    def _candidates_sql(self):
        """Ids that would be sent, as a query: members of the program, or what waits in the outbox."""
        if self.flow == base.PUSH_MEMBER:
            chosen = self.member_ids.ids
            return SQL(
                "SELECT m.id FROM loyalty_member m WHERE m.program_id = %s AND %s %s",
                self.program_id.id,
                _PRESENT,
                SQL("AND m.id = ANY(%s)", chosen) if chosen else SQL(),
            )
        return SQL(
            """SELECT o.id FROM loyalty_outbox o
                WHERE o.connection_id = %s AND o.flow = %s AND o.state IN ('pending', 'in_flight', 'retry', 'verify')""",
            self.connection_id.id,
            self.flow,
        )

    def _count_candidates(self):
        [[count]] = self.env.execute_query(SQL("SELECT count(*) FROM (%s) c", self._candidates_sql()))
        return count

    def _candidates(self, after, number):
        rows = self.env.execute_query(SQL(
            "SELECT c.id FROM (%s) c WHERE c.id > %s ORDER BY c.id LIMIT %s", self._candidates_sql(), after, max(number, 0)
        ))  # fmt: skip
        return [number for (number,) in rows]

    # ------------------------------------------------------------------
    # What would become of them
    # ------------------------------------------------------------------

    def _rendered(self, adapter, ids):
        """(row of the outbox, what it would send) of each record; of members rows that aren't there."""
        outbox = self.env["loyalty.outbox"]
        rows = outbox.browse(ids) if self.flow != base.PUSH_MEMBER else outbox.concat(*(
            outbox.new({"connection_id": self.connection_id.id, "flow": self.flow, "model": "loyalty.member", "res_id": number})
            for number in ids
        ))  # fmt: skip
        return list(zip(rows, rows._dry_payloads(adapter), strict=True))

    def _judge(self, adapter, row, payload):
        """What would become of one record: columns of a line."""
        found = {"model": row.model, "res_id": row.res_id, "name": self._name_of(row)}
        binding = row._binding()
        found["external_id"] = binding.external_id or None
        try:
            if isinstance(payload, Exception):
                raise payload
            row._check_sendable(self.connection_id, adapter, row)
            if payload is None:
                return {**found, "action": "skip", "reason": self.env._("It is the same as was last sent.")}
            there = binding or self._look_up(adapter, row, payload)
        except Permanent as error:
            return {**found, "action": "cannot", "reason": self.connection_id._told(error)}
        if not there and self.flow == base.PUSH_MEMBER and not adapter.creates_members:
            return {**found, "action": "skip", "reason": self.env._("Nobody there is bound to the member.")}
        if not there:
            return {**found, "action": "create", "reason": self._why_new(), "changes": changes(None, payload)}
        reason = self.env._("It has changed since it was last sent.") if binding else self.env._("It was found there by its key.")
        return {
            **found, "action": "change", "external_id": there.external_id, "reason": reason,
            "changes": changes(binding.base if binding else None, payload),
        }  # fmt: skip

    def _look_up(self, adapter, row, payload):
        if adapter.repeats.get(self.flow) != FIND:
            return None
        found = adapter.find(self.flow, payload, row.idempotency_key or "dry-run")
        if found and self.flow in SUBJECTS:
            row._check_bound_nowhere_else(SUBJECTS[self.flow], found.external_id)
        return found

    def _why_new(self):
        if self.flow in (base.PUSH_MEMBER, base.PUSH_REDEMPTION):
            return self.env._("It is not there yet.")
        return self.env._("It would be sent.")

    def _name_of(self, row):
        record = self.env[row.model].browse(row.res_id).exists() if row.model else None
        return record.display_name if record else row.event or ""


class LoyaltyOutboxDry(models.Model):
    _inherit = "loyalty.outbox"

    def _dry_payloads(self, adapter):
        """What would be sent of these rows, in their order; nothing is kept."""
        if not self:
            return []
        flow = self[:1].flow
        payloads = {row.id: row.payload for row in self if row.payload and flow not in STATE_FLOWS}
        if rest := self.filtered(lambda row: row.id not in payloads):
            payloads |= rest._render(flow, adapter)
        return [payloads[row.id] for row in self]


#: Members who are brought over: not those who were closed, archived, merged or erased.
_PRESENT = SQL("m.active AND m.state <> 'closed' AND m.merged_into_id IS NULL AND m.erased_at IS NULL")
