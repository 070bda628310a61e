"""The first load: all members are queued behind everyday changes, or a stream is read from its beginning."""

import time

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters import base
from ..domain.reconciliation import share_read
from .loyalty_sync_run import PULLS
from .loyalty_sync_run_dry_push import _PRESENT
from .own_transaction import own_transaction

#: So many rows of a first load wait in the outbox at most.
OPEN_AT_ONCE = 2000
#: Rows of a first load are sent after all others.
LATER = 10


class LoyaltySyncRunLoad(models.Model):
    _inherit = "loyalty.sync.run"

    def _prepare_first_load(self):
        if self.flow == base.PUSH_MEMBER:
            [[self.total]] = self.env.execute_query(SQL(
                "SELECT count(*) FROM loyalty_member m WHERE m.program_id = %s AND %s", self.program_id.id, _PRESENT
            ))  # fmt: skip
        else:
            self._rewind()

    def _step_first_load(self, _adapter):
        """Sending and fetching have jobs of their own: see that they have work, and whether all is done."""
        if self.flow != base.PUSH_MEMBER:
            to_do = self._sum_up_pull()
            if (self.position or {}).get("left"):
                self.env.ref("loyalty_integrations.cron_pull")._trigger()
                return "wait"
            return "wait" if to_do else "done"
        fed, all_fed = self._feed()
        self._sum_up_push()
        if fed:
            self.env["loyalty.outbox"]._wake()
        return "done" if all_fed and self.done >= self.total else "wait"

    def _on_stop(self):
        if self.kind != "first_load":
            return super()._on_stop()
        if self.flow == base.PUSH_MEMBER:
            self.env.execute_query(SQL(
                """UPDATE loyalty_outbox SET state = 'skipped', done_at = %s, error_code = 'stopped'
                    WHERE run_id = %s AND state = 'pending' RETURNING id""",
                fields.Datetime.now(), self.id,
            ))  # fmt: skip
            self.env["loyalty.outbox"].invalidate_model(flush=False)
            self._sum_up_push()
        else:
            self._put_back()
        return super()._on_stop()

    # ------------------------------------------------------------------
    # Members
    # ------------------------------------------------------------------

    def _feed(self):
        """Queue the next members, as long as few wait; (how many were queued, whether all are)."""
        position = dict(self.position or {})
        if position.get("fed"):
            return 0, True
        [[waiting]] = self.env.execute_query(SQL(
            """SELECT count(*) FROM loyalty_outbox
                WHERE run_id = %s AND state IN ('pending', 'in_flight', 'retry', 'verify')""", self.id,
        ))  # fmt: skip
        room = OPEN_AT_ONCE - waiting
        if room < OPEN_AT_ONCE // 2:
            return 0, False
        ids = self.env.execute_query(SQL(
            "SELECT m.id FROM loyalty_member m WHERE m.program_id = %s AND %s AND m.id > %s ORDER BY m.id LIMIT %s",
            self.program_id.id, _PRESENT, position.get("after", 0), room,
        ))  # fmt: skip
        ids = [number for (number,) in ids]
        self.env["loyalty.outbox"]._queue_members(self.connection_id, ids, run_id=self.id, priority=LATER)
        position["after"], position["fed"] = (ids or [position.get("after", 0)])[-1], len(ids) < room
        position["queued"] = position.get("queued", 0) + len(ids)
        self.position = position
        if position["fed"]:
            self.total = position["queued"]  # members come and go meanwhile
        return len(ids), position["fed"]

    def _sum_up_push(self):
        [row] = self.env.execute_query(SQL(
            """SELECT count(*) FILTER (WHERE state = 'done' AND created_there),
                      count(*) FILTER (WHERE state = 'done' AND created_there IS NOT TRUE),
                      count(*) FILTER (WHERE state = 'skipped'), count(*) FILTER (WHERE state = 'dead')
                 FROM loyalty_outbox WHERE run_id = %s""", self.id,
        ))  # fmt: skip
        self.created, self.changed, self.skipped, self.failed = row
        self.done = sum(row)

    # ------------------------------------------------------------------
    # Streams
    # ------------------------------------------------------------------

    def _rewind(self):
        """Set the reading positions of the flow's streams to the beginning, and remember where they were."""
        connection = self.connection_id
        streams = connection._adapter_class().streams.get(self.flow, ())
        kept = {cursor.stream: cursor.value for cursor in connection.cursor_ids if cursor.stream in streams}
        since = f"{self.since}T00:00:00Z" if self.since else None
        for stream in streams:
            connection._set_cursor(stream, {"since": since} if since else {})
        self.position = {"before": kept, "left": list(streams), "since": since}
        self.env.ref("loyalty_integrations.cron_pull")._trigger()

    def _put_back(self):
        """Everyday fetching goes on where it was before."""
        position = self.position or {}
        for stream in position.get("left", ()):
            if before := position.get("before", {}).get(stream):
                self.connection_id._set_cursor(stream, before)

    @api.model
    def _note_page(self, connection, flow, stream, page):
        """A page was read, in the transaction that keeps it: the first load that it belongs to is that much further."""
        run = self.search([
            ("connection_id", "=", connection.id), ("flow", "=", flow), ("kind", "=", "first_load"), ("state", "=", "running"),
        ], limit=1)  # fmt: skip
        if not run or stream not in run.position["left"]:
            return
        position = dict(run.position)
        position["left"] = [name for name in position["left"] if name != stream or not page.done]
        latest = max((record.modified for record in page.records), default="")
        position["share"] = share_read(position.get("since"), latest) or position.get("share", 0.0)
        run.write({"position": position, "done": run.done + len(page.records)})

    def _sum_up_pull(self):
        """Count what became of what was received since the run began; how many are still to be done.

        What waits for something else is none of these; what was known already, and what is nobody's, was skipped.
        """
        self.env["loyalty.inbox"].flush_model()
        [row] = self.env.execute_query(SQL(
            """SELECT count(*) FILTER (WHERE became = 'created'), count(*) FILTER (WHERE became = 'updated'),
                      count(*) FILTER (WHERE state = 'dead'), count(*) FILTER (WHERE state = 'parked'),
                      count(*) FILTER (WHERE state = 'received')
                 FROM (SELECT state, CASE WHEN kind = 'contact' THEN result->'body'->>'action'
                                          WHEN state = 'done' AND transaction_id IS NOT NULL THEN 'created' END AS became
                         FROM loyalty_inbox
                        WHERE connection_id = %s AND create_date >= %s AND stream = ANY(%s)) rows""",
            self.connection_id.id, self.started_at, list(self.connection_id._adapter_class().streams.get(self.flow, ())),
        ))  # fmt: skip
        self.created, self.changed, self.failed, _waiting, to_do = row
        self.skipped = max(0, self.done - sum(row))
        return to_do


class LoyaltyConnectionLoad(models.Model):
    _inherit = "loyalty.connection"

    def _dispatch(self, deadline):
        """A first load gives the next members as soon as the last ones are sent."""
        sent = super()._dispatch(deadline)
        while time.monotonic() < deadline and self._feed_loads():
            more = super()._dispatch(deadline)
            sent += more
            if not more:
                break
        return sent

    def _feed_loads(self):
        """Queue more of a running first load of members; how many."""
        return own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr, su=True))._feed_loads_in())

    def _feed_loads_in(self):
        run = self.env["loyalty.sync.run"].search([
            ("connection_id", "=", self.id), ("kind", "=", "first_load"), ("flow", "=", base.PUSH_MEMBER),
            ("state", "=", "running"),
        ], limit=1)  # fmt: skip
        if not run or (run.position or {}).get("fed") or not run.try_lock_for_update():
            return 0
        fed, _all = run._feed()
        if fed:
            run._sum_up_push()
        return fed

    def _keep_page_in(self, flow, stream, page, before):
        kept = super()._keep_page_in(flow, stream, page, before)
        if kept and flow in PULLS:
            self.env["loyalty.sync.run"]._note_page(self, flow, stream, page)
            self.env.flush_all()
        return kept

    def _set_cursor(self, stream, value):
        """Let the next reading of a stream begin here."""
        cursor = self.env["loyalty.sync.cursor"].search([("connection_id", "=", self.id), ("stream", "=", stream)])
        if cursor:
            cursor.write({"value": value, "due": True})
        else:
            cursor.create({"connection_id": self.id, "stream": stream, "value": value, "due": True})
