"""How fast a connection may call, and whether its system is up: one row, shared by all workers."""

import time

from odoo import fields, models
from odoo.tools import SQL

from ..domain import breaker, bucket
from ..domain.outcomes import RateLimited
from .own_transaction import own_transaction

#: Seconds that a call may wait for its turn before its row is put back.
PATIENCE = 5.0


class LoyaltyConnectionMeter(models.Model):
    """The bucket of calls and the circuit breaker of a connection. Apart from it, so that its form is never locked."""

    _name = "loyalty.connection.meter"
    _description = "Connection Meter"

    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    tokens = fields.Float(default=1.0, readonly=True)
    # Seconds since 1970: buckets of ten calls a second need fractions, which Odoo's datetimes don't keep.
    refilled_at = fields.Float(readonly=True)
    failures = fields.Integer(readonly=True, default=0)
    blocked_until = fields.Datetime(readonly=True, help="Nothing is sent before: the system is down, or asked to wait.")
    blocked_by = fields.Char(readonly=True)
    asked_to_wait = fields.Boolean(readonly=True, help="It said itself until when: nothing that it answers meanwhile ends that.")
    last_success_at = fields.Datetime(readonly=True)
    last_failure_at = fields.Datetime(readonly=True)
    refused_at = fields.Datetime(readonly=True, help="When a callback was not believed, the last time.")
    refused_code = fields.Char(readonly=True)

    _connection_unique = models.UniqueIndex("(connection_id)")

    def _grab(self, cr, most):
        """Take up to so many calls out of the bucket, whose row stays locked; (number, seconds until there is one).

        By the database's clock: those of several machines differ, and each change of hands would fill the bucket.
        """
        cr.execute(
            """SELECT EXTRACT(EPOCH FROM clock_timestamp())::float, m.tokens, m.refilled_at, c.rate_calls, c.rate_seconds
                 FROM loyalty_connection_meter m JOIN loyalty_connection c ON c.id = m.connection_id
                WHERE m.id = %s FOR UPDATE OF m""",
            [self.id],
        )
        now, tokens, refilled_at, calls, seconds = cr.fetchone()
        tokens = bucket.refill(tokens or 0.0, now - (refilled_at or 0.0), calls, seconds)
        taken = min(most, int(tokens))
        cr.execute(
            "UPDATE loyalty_connection_meter SET tokens = %s, refilled_at = %s WHERE id = %s", [tokens - taken, now, self.id]
        )
        return taken, bucket.wait(tokens - taken, calls, seconds)

    def _give_back(self, number):
        """Put calls back that were taken and not made."""
        if number:
            own_transaction(self.env, lambda cr: cr.execute(
                "UPDATE loyalty_connection_meter SET tokens = tokens + %s WHERE id = %s", [number, self.id]
            ))  # fmt: skip

    def _note(self, error=None):
        """Keep that a call succeeded, or failed in a way that is the system's and not the row's; whether to send nothing now."""
        return own_transaction(self.env, lambda cr: self._note_in(cr, error))

    def _note_in(self, cr, error):
        now = fields.Datetime.now()
        if error is None:
            cr.execute(
                """UPDATE loyalty_connection_meter
                      SET failures = 0, last_success_at = %(now)s,
                          blocked_until = CASE WHEN asked_to_wait AND blocked_until > %(now)s THEN blocked_until END,
                          blocked_by = CASE WHEN asked_to_wait AND blocked_until > %(now)s THEN blocked_by END
                    WHERE id = %(id)s""",
                {"now": now, "id": self.id},
            )
            return False
        failures, promised = self._count_in(cr, error, now)
        asked = error.kind in ("rate_limited", "quota")
        if asked:
            wait = error.retry_after or (3600 if error.kind == "quota" else 60)
        else:
            wait = max(breaker.pause(failures), error.retry_after or 0)
        until = fields.Datetime.add(now, seconds=wait) if wait else None
        if promised and promised > max(now, until or now):
            return True  # it has to wait for longer already
        cr.execute(
            "UPDATE loyalty_connection_meter SET blocked_until = %s, blocked_by = %s, asked_to_wait = %s WHERE id = %s",
            [until, str(error) if until else None, asked, self.id],
        )
        return wait > 0

    def _count_in(self, cr, error, now):
        """(failures in a row by now, until when it has asked to wait)"""
        cr.execute(
            """SELECT failures, CASE WHEN asked_to_wait THEN blocked_until END
                 FROM loyalty_connection_meter WHERE id = %s FOR UPDATE""",
            [self.id],
        )
        failures, promised = cr.fetchone()
        failures = (failures or 0) + (error.kind not in ("rate_limited", "quota"))
        cr.execute(
            """UPDATE loyalty_connection_meter
                  SET failures = %s, last_failure_at = %s, tokens = CASE WHEN %s THEN 0 ELSE tokens END WHERE id = %s""",
            [failures, now, error.kind == "rate_limited", self.id],
        )
        return failures, promised


class Allowance:
    """The calls that one worker may make: those it took with its rows, then others, one chunk at a time."""

    def __init__(self, meter, taken=0):
        self._meter = meter
        self.left = taken

    def __call__(self):
        """Before each call: take one, wait a moment for one, or give up.

        :raise RateLimited: there is none for longer than a call waits
        """
        if not self.left:
            self.left = self._more()
        self.left -= 1

    def _more(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            taken, wait = own_transaction(self._meter.env, lambda cr: self._meter._grab(cr, 10))
            if taken:
                return taken
            if time.monotonic() + wait > deadline:
                raise RateLimited("our own limit of calls", "own_rate", wait)
            time.sleep(wait)

    def close(self):
        self._meter._give_back(self.left)
        self.left = 0


class LoyaltyConnectionMeters(models.Model):
    _inherit = "loyalty.connection"

    meter_ids = fields.One2many("loyalty.connection.meter", "connection_id", readonly=True)

    def _meter(self):
        self.ensure_one()
        return self.sudo().meter_ids[:1]  # sudo: whoever may use the connection uses its meter

    def _reset_meter(self):
        """Somebody has mended it: try at once."""
        self.env.execute_query(SQL(
            """UPDATE loyalty_connection_meter SET failures = 0, blocked_until = NULL, blocked_by = NULL
                WHERE connection_id IN %s RETURNING id""",
            tuple(self.ids),
        ))  # fmt: skip
        self.invalidate_recordset(["meter_ids"])
        self._meter().invalidate_recordset()
