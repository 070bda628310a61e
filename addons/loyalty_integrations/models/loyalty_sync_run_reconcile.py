"""Reconciliation of members: what the other system lists, page by page, against what is here."""

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.set_wise import insert
from odoo.tools import SQL, split_every

from ..adapters import base
from ..adapters.base import Adapter
from ..domain import canonical
from ..domain.inbox import storable
from ..domain.mapping import key_of
from ..domain.reconciliation import differences
from .loyalty_outbox_payload import digest
from .loyalty_sync_run_dry_push import _PRESENT
from .loyalty_sync_run_work import LINES


class LoyaltySyncSeen(models.Model):
    """What a reconciliation that is under way has seen there; deleted at its end."""

    _name = "loyalty.sync.seen"
    _description = "Seen There"

    run_id = fields.Many2one("loyalty.sync.run", required=True, readonly=True, ondelete="cascade")
    external_id = fields.Char(required=True, readonly=True)
    member_id = fields.Integer(readonly=True, help="The member here that it is, bound or not.")

    _seen_unique = models.UniqueIndex("(run_id, external_id)")
    _member_idx = models.Index("(run_id, member_id) WHERE member_id IS NOT NULL")


class LoyaltySyncRunReconcile(models.Model):
    _inherit = "loyalty.sync.run"

    def _prepare_reconcile(self):
        if self.flow == base.PUSH_MEMBER:
            [[self.total]] = self.env.execute_query(SQL(
                "SELECT count(*) FROM loyalty_member m WHERE m.program_id = %s AND %s", self.program_id.id, _PRESENT
            ))  # fmt: skip
            self.count_here = self.total

    def _step_reconcile(self, adapter):
        if self.flow != base.PUSH_MEMBER:
            return self._reconcile_purchases(adapter)
        if type(adapter).listing is Adapter.listing:
            self._compare_unlisted(adapter)
            return "done"
        position = self.position or {"cursor": {}}
        if position.get("listed"):
            self._find_missing(adapter)
            self._forget_seen()
            return "done"
        mapping = self.connection_id._mapping("member")
        lines = mapping._lines()
        paths = list(dict.fromkeys(line.remote for line in lines if line.sent))
        page = storable(adapter.listing("member", position["cursor"], paths))
        self._compare_page(mapping, lines, page.records)
        self.position = {"cursor": page.cursor, "listed": page.done}
        return "more"

    # ------------------------------------------------------------------
    # What they list
    # ------------------------------------------------------------------

    def _compare_page(self, mapping, lines, records):
        records = list({record.id: record for record in records if not record.deleted}.values())
        bound = self.env["loyalty.binding"]._with_external(self.connection_id, "member", [record.id for record in records])
        keyed = self._members_by_code(mapping, lines, [record for record in records if record.id not in bound])
        seen = self._note_seen(records, bound, keyed)
        members = self.env["loyalty.member"].browse({binding.res_id for binding in bound.values()}).exists()
        snapshot, busy = members._integration_snapshot(self.connection_id), self._busy(members)
        found = []
        for record in records:
            if record.id not in seen:
                continue
            binding = bound.get(record.id)
            if not binding:
                found.append(self._unbound(record, keyed.get(record.id)))
            elif binding.res_id in snapshot and binding.res_id not in busy:
                found += self._compared(mapping, lines, record, binding, snapshot[binding.res_id])
        self.count_there += len(seen)
        self.done = min(self.done + len(seen), self.total)
        self.differences += len(found)
        self._note_lines(found)

    def _compared(self, mapping, lines, record, binding, values):
        """The difference of one record, if there is one; its hash tells most that there is none."""
        payload, _problems = mapping._to_remote(values, creating=False)
        there = {path: record.values[path] for path in payload if path in record.values}
        if digest(payload) == digest(there):
            return []
        changes = differences(lines, payload, there, binding.base or None, self.connection_id.pull_contacts)
        if not changes:
            return []
        return [{
            "action": "different", "model": "loyalty.member", "res_id": binding.res_id, "external_id": record.id,
            "name": values.get("name") or values.get("code"), "changes": changes,
            "reason": self.env._("Before: there. After: here."),
        }]  # fmt: skip

    def _unbound(self, record, member):
        if member:
            return {
                "action": "unbound", "model": "loyalty.member", "res_id": member.id, "external_id": record.id,
                "name": member.display_name, "reason": self.env._("It has our member's number, and is not bound to the member."),
            }  # fmt: skip
        return {
            "action": "unknown", "external_id": record.id, "name": record.id,
            "reason": self.env._("It is listed there as ours, and nobody here is bound to it: somebody there should look."),
        }  # fmt: skip

    def _members_by_code(self, mapping, lines, records):
        """Members that records name which nothing binds: dict record id -> member."""
        codes = {record.id: key_of(lines, record.values, "code", mapping._where()) for record in records}
        members = self.env["loyalty.member"].search([
            ("program_id", "=", self.program_id.id), ("code", "in", [code for code in codes.values() if code])
        ])  # fmt: skip
        by_code = {member.code: member for member in members}
        return {number: by_code[code] for number, code in codes.items() if code in by_code}

    def _note_seen(self, records, bound, keyed):
        """Ids of records that this run has not seen before."""
        rows = self.env.execute_query(SQL(
            """INSERT INTO loyalty_sync_seen (run_id, external_id, member_id)
               SELECT %s, * FROM unnest(%s::text[], %s::int[]) ON CONFLICT DO NOTHING RETURNING external_id""",
            self.id, [record.id for record in records],
            [bound[r.id].res_id if r.id in bound else keyed[r.id].id if r.id in keyed else None for r in records],
        ))  # fmt: skip
        return {number for (number,) in rows}

    def _busy(self, members):
        """Ids of those with changes that are still to be sent: they differ, and rightly."""
        rows = self.env.execute_query(SQL(
            """SELECT res_id FROM loyalty_outbox
                WHERE connection_id = %s AND flow = 'push_member' AND ordering_key = ANY(%s)
                  AND state IN ('pending', 'in_flight', 'retry', 'verify')""",
            self.connection_id.id, [f"member:{number}" for number in members.ids],
        ))  # fmt: skip
        return {number for (number,) in rows}

    # ------------------------------------------------------------------
    # What they don't list
    # ------------------------------------------------------------------

    def _find_missing(self, adapter):
        """Members who are not there, and bindings whose record here or there is gone; each in one statement."""
        for action, query, reason in (
            ("gone", _GONE, self.env._("It was there and is there no more.")),
            ("missing", _MISSING, self.env._("It is not there, and nothing is on its way.")),
            ("orphan", _ORPHAN, self.env._("The member was deleted here.")),
        ):
            self._note_set(action, self._sql(query), reason, adapter)
        self.done = self.total

    def _sql(self, query):
        named = {"run": self.id, "connection": self.connection_id.id, "program": self.program_id.id, "present": _PRESENT}
        for name, part in (("busy", _BUSY), ("bound", _BOUND), ("unsent", _UNSENT)):
            named[name] = SQL(part, **named)
        return SQL(query, **named)

    def _note_set(self, action, query, reason, adapter=None):
        [[count]] = self.env.execute_query(SQL("SELECT count(*) FROM (%s) q", query))
        if not count:
            return
        rows = self.env.execute_query(SQL("SELECT * FROM (%s) q ORDER BY 1, 2 LIMIT %s", query, LINES[self.kind]))
        unnumbered = self._unnumbered(adapter, rows) if action == "gone" else []
        lost = {line["external_id"] for line in unnumbered}
        insert(self.env["loyalty.sync.run.line"], [
            {"run_id": self.id, "action": action, "model": "loyalty.member", "res_id": number, "external_id": external or False,
             "name": name or external, "reason": reason}
            for number, external, name in rows if external not in lost
        ])  # fmt: skip
        self.counts = {**(self.counts or {}), action: count - len(lost)}
        self.differences += count
        self._note_lines(unnumbered)

    def _unnumbered(self, adapter, rows):
        """Of records that are not listed as ours, those that are there: to make them anew would make them a second time."""
        there = set()
        for some in split_every(100, [external for _number, external, _name in rows], list):
            there |= adapter.there("member", some)
        mapping = self.connection_id._mapping("member")
        paths = [line.remote for line in mapping._lines() if line.sent and line.local == canonical.KEY]
        members = self.env["loyalty.member"].browse(number for number, external, _name in rows if external in there)
        snapshot = members._integration_snapshot(self.connection_id)
        found = []
        for number, external, name in rows:
            if external in there:
                payload, _problems = mapping._to_remote(snapshot[number])
                found.append({
                    "action": "different", "model": "loyalty.member", "res_id": number, "external_id": external, "name": name,
                    "changes": [(path, None, payload.get(path)) for path in paths],
                    "reason": self.env._("It is there, and not known by our number any more. Before: there. After: here."),
                })  # fmt: skip
        return found

    def _compare_unlisted(self, adapter):
        """Where the other system can't list its records: what was never sent."""
        if adapter.creates_members:
            self._note_set("missing", self._sql(_UNSENT), self.env._("It was never sent, and nothing is on its way."))
        [[self.count_there]] = self.env.execute_query(SQL(
            "SELECT count(*) FROM loyalty_binding WHERE connection_id = %s AND subject = 'member'", self.connection_id.id
        ))  # fmt: skip
        self.done = self.total

    def _forget_seen(self):
        self.env.cr.execute("DELETE FROM loyalty_sync_seen WHERE run_id = %s", [self.id])

    def _on_stop(self):
        self._forget_seen()
        return super()._on_stop()

    # ------------------------------------------------------------------
    # Every night
    # ------------------------------------------------------------------

    @api.model
    def _cron_reconcile(self):
        """Compare every active connection with its system; one that is being compared goes on."""
        self.env["loyalty.connection"].search([("state", "=", "active")])._reconcile()
        self.env["ir.cron"]._commit_progress()


_BUSY = """
    EXISTS (SELECT FROM loyalty_outbox o WHERE o.connection_id = %(connection)s AND o.ordering_key = 'member:' || m.id
               AND o.flow = 'push_member' AND o.state IN ('pending', 'in_flight', 'retry', 'verify'))"""
_BOUND = "b.connection_id = %(connection)s AND b.subject = 'member' AND b.model = 'loyalty.member'"
_UNSENT = """
    SELECT m.id, NULL::text AS external, p.name FROM loyalty_member m
      JOIN loyalty_card c ON c.id = m.card_id JOIN res_partner p ON p.id = c.partner_id
     WHERE m.program_id = %(program)s AND %(present)s AND NOT %(busy)s
       AND NOT EXISTS (SELECT FROM loyalty_binding b WHERE %(bound)s AND b.res_id = m.id)"""
_MISSING = """
    %(unsent)s AND NOT EXISTS (SELECT FROM loyalty_sync_seen s WHERE s.run_id = %(run)s AND s.member_id = m.id)"""
_GONE = """
    SELECT m.id, b.external_id AS external, p.name FROM loyalty_binding b
      JOIN loyalty_member m ON m.id = b.res_id
      JOIN loyalty_card c ON c.id = m.card_id JOIN res_partner p ON p.id = c.partner_id
     WHERE %(bound)s AND m.program_id = %(program)s AND %(present)s AND NOT %(busy)s
       AND NOT EXISTS (SELECT FROM loyalty_sync_seen s WHERE s.run_id = %(run)s AND s.external_id = b.external_id)"""
_ORPHAN = """
    SELECT b.res_id AS id, b.external_id AS external, NULL::text AS name FROM loyalty_binding b
     WHERE %(bound)s AND NOT EXISTS (SELECT FROM loyalty_member m WHERE m.id = b.res_id)"""
