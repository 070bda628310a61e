"""Sending what is due: connection by connection, row by row, each result kept before the next row is sent."""

import time
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL

from .loyalty_connection_meter import Allowance

#: Seconds that one connection may take before the others have their turn.
SLICE = 30.0


@dataclass
class Shift:
    """One worker at one connection: what it sends with, and what it has learned meanwhile."""

    connection: object
    adapter: object
    allowance: Allowance
    claim: object
    exchanges: list = field(default_factory=list)
    tripped: bool = False
    stopped: bool = False


class LoyaltyOutboxDispatch(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _cron_dispatch(self):
        """Send what is due, one connection after the other, until nothing is or the time is up."""
        cron = self.env["ir.cron"]
        time_left = cron._commit_progress(remaining=len(self._waiting_connections()))
        while time_left > 0 and (waiting := self._waiting_connections()):
            sent = 0
            for connection in waiting:
                sent += connection._dispatch(time.monotonic() + min(SLICE, max(time_left, 1.0)))
                time_left = cron._commit_progress(1, remaining=len(waiting))
            if not sent:
                break
        cron._commit_progress(remaining=0)

    @api.model
    def _waiting_connections(self):
        """Active connections that have rows which are due."""
        rows = self.env.execute_query(SQL(
            """SELECT c.id FROM loyalty_connection c
                 JOIN loyalty_connection_meter m ON m.connection_id = c.id
                WHERE c.state = 'active' AND c.active AND (m.blocked_until IS NULL OR m.blocked_until <= %(now)s)
                  AND (EXISTS (SELECT FROM loyalty_outbox o WHERE o.connection_id = c.id AND o.next_attempt_at <= %(now)s
                                  AND o.state IN ('pending', 'retry', 'verify'))
                       OR EXISTS (SELECT FROM loyalty_outbox o WHERE o.connection_id = c.id AND o.state = 'in_flight'
                                     AND o.lease_until < %(now)s))
                ORDER BY c.sequence, c.id""",
            now=fields.Datetime.now(),
        ))  # fmt: skip
        return self.env["loyalty.connection"].browse(number for (number,) in rows)


class LoyaltyConnectionDispatch(models.Model):
    _inherit = "loyalty.connection"

    def _dispatch(self, deadline):
        """Send rows of this connection until none is due, the time is up, or its system is; how many were sent."""
        sent = 0
        while time.monotonic() < deadline:
            claim = self.env["loyalty.outbox"]._claim(self)
            if not claim.ids:
                self._meter()._give_back(claim.calls)
                break
            with self.env.registry.cursor() as cr:
                number, stopped = self.with_env(self.env(cr=cr, su=True))._send_claim(claim, deadline)
            sent += number
            if stopped:
                break
        return sent

    def _send_claim(self, claim, deadline):
        """Send these rows; (how many were tried, whether to stop)."""
        exchanges = []
        allowance = Allowance(self._meter(), claim.calls)
        rows = self.env["loyalty.outbox"].browse(claim.ids)
        done = 0
        try:
            with self._adapter(note=exchanges.append, before=allowance) as adapter:
                shift = Shift(self, adapter, allowance, claim, exchanges)
                payloads = rows._payloads(adapter)
                self._keep()
                renewed = time.monotonic()
                for position, row in enumerate(rows):
                    left = claim.ids[position:]
                    if shift.stopped or shift.tripped or time.monotonic() > deadline:
                        rows._release(claim, left)
                        break
                    if time.monotonic() - renewed > rows._lease_seconds() / 3:
                        rows._renew(claim, left)
                        renewed = time.monotonic()
                    row._send(shift, payloads[row.id])
                    self._keep()
                    done += 1
        finally:
            self._keep()
            allowance.close()
        return done, shift.stopped or shift.tripped

    def _keep(self):
        """Commit what has become of rows so far, on the cursor that ``_dispatch`` has opened for it."""
        self.env.cr.commit()  # noqa: ODE8102

    def _note_success(self, shift):
        """The system answers: at most once a minute, for nobody needs it to the second, and at once after a failure."""
        meter = self._meter()
        now = fields.Datetime.now()
        if meter.failures or not meter.last_success_at or (now - meter.last_success_at).total_seconds() > 60:
            meter._note()
            meter.invalidate_recordset()
