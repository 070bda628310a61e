"""Which worker sends which rows: claimed with a lease in a transaction of its own, so that two never have the same row."""

import time
import uuid
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain import breaker
from .loyalty_outbox import STATE_FLOWS
from .own_transaction import own_transaction

#: Rows that a worker takes at once.
BATCH = 50
#: Seconds for which they are its own. A worker that dies gives them up that much later.
LEASE = 300


@dataclass
class Claim:
    """What a worker has taken: row ids, the name it took them under, calls out of the bucket; or how long there are none."""

    ids: list
    by: str
    calls: int
    wait: float = 0.0


class LoyaltyOutboxClaim(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _claim(self, connection):
        """Take the next rows of this connection; of those whose worker has died, what was being sent is in doubt."""
        meter = connection._meter()
        return own_transaction(self.env, lambda cr: self._claim_in(cr, connection, meter))

    def _claim_in(self, cr, connection, meter):
        now = fields.Datetime.now()
        claim = Claim([], uuid.uuid4().hex, 0)
        # The meter's lock lets one worker at a time choose; sending goes on beside it.
        cr.execute(
            """SELECT m.failures, m.blocked_until, c.active AND c.state = 'active'
                 FROM loyalty_connection_meter m JOIN loyalty_connection c ON c.id = m.connection_id
                WHERE m.id = %s FOR UPDATE OF m""",
            [meter.id],
        )
        failures, blocked_until, active = cr.fetchone()
        if not active or (blocked_until and blocked_until > now):
            return claim
        self._recover(cr, connection, now)
        self._promote(cr, connection, now)
        most = 1 if breaker.pause(failures or 0) else BATCH  # one asks whether it is back
        claim.calls, claim.wait = meter._grab(cr, most)
        if claim.calls:
            cr.execute(_CLAIM, {
                "connection": connection.id, "now": now, "by": claim.by, "most": claim.calls,
                "until": fields.Datetime.add(now, seconds=self._lease_seconds()),
            })  # fmt: skip
            claim.ids = [number for _priority, number in sorted(cr.fetchall())]
            self._supersede(cr, claim, now)
        return claim

    @api.model
    def _lease_seconds(self):
        # sudo: a setting of the layer
        return int(self.env["ir.config_parameter"].sudo().get_param("loyalty_integrations.lease_seconds") or LEASE)

    def _recover(self, cr, connection, now):
        cr.execute(
            SQL(
                "%s WHERE connection_id = %s AND state = 'in_flight' AND lease_until < %s",
                self._given_back(now),
                connection.id,
                now,
            )
        )

    @api.model
    def _abandon(self, claim, wait=0):
        """Put back what is left of a claim that broke off."""
        at = fields.Datetime.add(fields.Datetime.now(), seconds=wait)
        self.env.execute_query(
            SQL("%s WHERE id = ANY(%s) AND lease_by = %s RETURNING id", self._given_back(at), claim.ids, claim.by)
        )

    def _given_back(self, at):
        return SQL(
            """UPDATE loyalty_outbox
                  SET state = CASE WHEN sending OR doubtful THEN 'verify' WHEN attempts > 0 THEN 'retry' ELSE 'pending' END,
                      doubtful = sending IS TRUE OR doubtful IS TRUE, sending = FALSE, lease_by = NULL, lease_until = NULL,
                      error_kind = CASE WHEN sending THEN 'ambiguous' ELSE error_kind END,
                      error_code = CASE WHEN sending THEN 'worker_lost' ELSE error_code END,
                      error_message = CASE WHEN sending THEN 'the worker that sent it stopped' ELSE error_message END,
                      next_attempt_at = %s""",
            at,
        )  # fmt: skip

    def _supersede(self, cr, claim, now):
        """Of a state, what was noted before it is rendered is in what is sent now."""
        cr.execute(
            """UPDATE loyalty_outbox o SET state = 'skipped', done_at = %s, error_code = 'superseded'
                 FROM loyalty_outbox c
                WHERE c.id = ANY(%s) AND c.flow = ANY(%s) AND o.connection_id = c.connection_id AND o.flow = c.flow
                  AND o.ordering_key = c.ordering_key AND o.state = 'pending' AND o.id > c.id AND o.payload IS NULL""",
            [now, claim.ids, list(STATE_FLOWS)],
        )

    @api.model
    def _hold(self, shift):
        """Renew the lease of what is still to be sent before it ends."""
        if time.monotonic() - shift.renewed > shift.lease / 3:
            shift.renewed = time.monotonic()
            shift.ours = own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._renew(shift.claim, shift.left))

    @api.model
    def _renew(self, claim, ids):
        """Keep these rows, which are still to be sent, for another while; those that are still ours."""
        until = fields.Datetime.add(fields.Datetime.now(), seconds=self._lease_seconds())
        rows = self.env.execute_query(SQL(
            """UPDATE loyalty_outbox SET lease_until = %s
                WHERE id = ANY(%s) AND lease_by = %s AND state = 'in_flight' RETURNING id""",
            until, list(ids), claim.by,
        ))  # fmt: skip
        return {number for (number,) in rows}

    @api.model
    def _release(self, claim, ids, wait=0):
        """Put rows back that were not tried."""
        if ids:
            self.env.execute_query(SQL(
                """UPDATE loyalty_outbox
                      SET state = CASE WHEN doubtful THEN 'verify' WHEN attempts > 0 THEN 'retry' ELSE 'pending' END,
                          sending = FALSE, lease_by = NULL, lease_until = NULL, next_attempt_at = GREATEST(next_attempt_at, %s)
                    WHERE id = ANY(%s) AND lease_by = %s RETURNING id""",
                fields.Datetime.add(fields.Datetime.now(), seconds=wait), list(ids), claim.by,
            ))  # fmt: skip


#: The first open row of each record, of those that are due. With LIMIT, so that PostgreSQL looks one up at a time and stops after
#: the batch; a NOT EXISTS it may answer by reading all that waits. An array
#: is chosen once; a subquery it may choose anew for each row.
_CLAIM = """
    UPDATE loyalty_outbox SET state = 'in_flight', lease_by = %(by)s, lease_until = %(until)s
     WHERE id = ANY(ARRAY(
        SELECT o.id
          FROM loyalty_outbox o
         WHERE o.connection_id = %(connection)s AND o.state IN ('pending', 'retry', 'verify') AND o.next_attempt_at <= %(now)s
           AND (
               SELECT e.id FROM loyalty_outbox e
                WHERE e.connection_id = o.connection_id AND e.ordering_key = o.ordering_key AND e.id < o.id
                  AND e.state IN ('pending', 'in_flight', 'retry', 'verify')
                LIMIT 1) IS NULL
         ORDER BY o.priority, o.next_attempt_at, o.id
         LIMIT %(most)s
           FOR UPDATE SKIP LOCKED))
 RETURNING priority, id"""
