"""Sending one row, and what becomes of it."""

import contextlib
import logging
import random
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL
from psycopg2.extras import Json

from ..adapters.base import FIND, NEVER, PUSH_REDEMPTION, Sent
from ..domain import backoff
from ..domain.outcomes import (
    Ambiguous,
    AuthInvalid,
    Permanent,
    QuotaExceeded,
    RateLimited,
    RemoteError,
    Transient,
)
from .loyalty_outbox_payload import SUBJECTS
from .own_transaction import is_passing, own_transaction, repeated

_logger = logging.getLogger(__name__)

#: Outcomes that are the other system's state and not the row's: the connection waits.
SYSTEM_WIDE = (RateLimited, QuotaExceeded, Transient, Ambiguous)


@dataclass
class Due:
    """What sending a row needs to know of it: read once a batch, for each commit empties the cache of records."""

    flow: str
    res_id: int
    key: str
    doubtful: bool
    valid_until: object
    external_id: str
    event: int = 0  # of a journey that is told what becomes of the row


def _storable(value):
    """As PostgreSQL takes it: it keeps no NUL in texts, which other systems may well send."""
    if isinstance(value, dict):
        return Json(value)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


class LoyaltyOutboxSend(models.Model):
    _inherit = "loyalty.outbox"

    def _due(self):
        """dict id -> ``Due``, of a batch."""
        external_ids = self._external_ids()
        return {
            row.id: Due(
                row.flow, row.res_id, row.idempotency_key, row.doubtful, row.valid_until, external_ids.get(row.id, "")
            )
            for row in self
        }  # fmt: skip

    def _send(self, shift, payload):
        """Send one row and commit what became of it. ``payload``: what to send, or the error of making it."""
        shift.begin()
        self._mark(shift)
        try:
            sent = self._push(shift, payload)
            shift.note_attempt("partial" if sent.failed else "ok", None)
            self._conclude(shift, lambda row: row._succeed(shift, sent, payload))
        except RemoteError as error:
            self._conclude_failure(shift, error, payload)
        except Exception as error:  # one row that our own code can't send must not hold up the others
            if is_passing(error):
                raise
            _logger.exception("outbox row %s can't be sent", self.id)
            self._conclude_failure(shift, Permanent(f"it could not be sent ({type(error).__name__})", "internal"))
        else:
            if shift.exchanges and not shift.cut:
                shift.connection._note_success(shift)

    def _mark(self, shift):
        """Keep that this row is being sent, where whoever finds it after an accident must know."""
        if shift.marked != self.id and shift.is_delicate(self.id):
            self.env.execute_query(self._marking([self.id], shift))
            shift.connection._keep()

    def _marking(self, ids, shift):
        return SQL(
            "UPDATE loyalty_outbox SET sending = TRUE WHERE id = ANY(%s) AND lease_by = %s RETURNING id", ids, shift.claim.by
        )

    def _conclude(self, shift, write):
        """Write and commit what became of this row; again while others are at the same rows, for it can't be sent again.

        A worker that goes on to another database closes all connections to this one: then on a new one, and it is the last row.

        :param write: called with this row
        """

        def write_and_keep():
            write(self)
            shift.connection._keep()

        if self.env.cr.connection.closed:
            shift.cut, shift.following = True, []
            own_transaction(self.env, lambda cr: write(self.with_env(self.env(cr=cr))))
        else:
            repeated(write_and_keep, self.env.cr.rollback)

    def _conclude_failure(self, shift, error, payload=None):
        if not self.env.cr.connection.closed:
            self.env.cr.rollback()
        shift.note_attempt(error.kind, error)
        shift.healthy = False
        if isinstance(error, SYSTEM_WIDE) and error.code != "own_rate":
            shift.tripped = shift.meter._note(error)
        self._conclude(shift, lambda row: row._write_failure(shift, error, payload))

    def _write_failure(self, shift, error, payload):
        if error.external_id:  # a record was made all the same
            with contextlib.suppress(Permanent):  # and is another one's: the failure is told as it is
                self._bind(Sent(error.external_id), payload)
        self._fail(shift, error)

    def _push(self, shift, payload):
        if isinstance(payload, Exception):
            raise payload
        due = shift.due[self.id]
        self._check_sendable(shift.connection, shift.adapter, due)
        if payload is None:
            return Sent(detail="unchanged")
        adapter, repeat, external_id = shift.adapter, shift.adapter.repeats[due.flow], due.external_id
        if repeat == FIND and not external_id and (due.flow in adapter.find_first or due.doubtful):
            external_id = self._find(adapter, payload, due)
        return adapter.push(due.flow, payload, due.key, external_id)

    @api.model
    def _check_sendable(self, connection, adapter, due):
        """Also asked by dry runs.

        :param due: ``Due``, or the row itself
        :raise Permanent: it is not to be sent, whatever it says
        """
        if due.valid_until and due.valid_until < fields.Datetime.now():
            raise Permanent("it is too late for it", "expired")
        if due.flow == PUSH_REDEMPTION:
            self._check_wanted(connection, due.res_id)
        if due.doubtful and adapter.repeats.get(due.flow) == NEVER:
            raise Permanent("it may have been delivered; it is not sent twice", "maybe_delivered")

    def _find(self, adapter, payload, due):
        """Number of the record there that is to be changed, or "": it isn't there yet.

        :raise Permanent: it is another one's
        """
        found = adapter.find(due.flow, payload, due.key)
        due.doubtful = False
        if found and due.flow in SUBJECTS:
            self._check_bound_nowhere_else(SUBJECTS[due.flow], found.external_id)
        return found.external_id if found else ""

    def _check_bound_nowhere_else(self, subject, external_id):
        bound = self.env["loyalty.binding"]._with_external(self.connection_id, subject, [external_id]).get(external_id)
        if bound and (bound.model, bound.res_id) != (self.model, self.res_id):
            raise Permanent(f"{external_id} is bound to another record already", "bound_elsewhere")

    # ------------------------------------------------------------------
    # Results
    # ------------------------------------------------------------------

    def _succeed(self, shift, sent, payload):
        skipped = sent.detail == "unchanged"
        if not skipped and shift.due[self.id].flow in SUBJECTS:
            self._bind(sent, payload)
        told = "; ".join(f"{failure.key}: [{failure.code}] {failure.message}" for failure in sent.failed)
        self._settle(
            shift, state="skipped" if skipped else "done", done_at=fields.Datetime.now(), external_id=sent.external_id or None,
            error_kind="partial" if sent.failed else None, error_message=told or None,
            error_code=sent.failed[0].code if sent.failed else sent.detail[:64] or None, created_there=sent.created,
        )  # fmt: skip

    def _fail(self, shift, error):
        doubtful = shift.due[self.id].doubtful or isinstance(error, Ambiguous)
        kept = {
            "error_kind": error.kind, "error_code": error.code or None, "error_message": error.message[:1000],
            "doubtful": doubtful,
        }  # fmt: skip
        again = "verify" if doubtful else "retry"
        if isinstance(error, AuthInvalid):
            shift.stopped = True
            connection = self.connection_id
            if connection.state == "active" and connection.write_date == shift.written:  # else somebody has mended it meanwhile
                connection._stop(error)
            return self._settle(shift, counts=False, state=again if doubtful or self.attempts else "pending", **kept)
        if isinstance(error, Permanent):
            self._on_refused(error)
            return self._settle(shift, state="dead", **kept)
        if not error.counts:
            return self._settle(shift, counts=False, state=again, wait=error.retry_after or 60, **kept)
        wait = backoff.delay(self.attempts + 1, random.random(), error.retry_after, shift.adapter.schedule)  # noqa: S311
        if wait is None:
            self._on_given_up(error)
            return self._settle(shift, state="dead", **kept)
        return self._settle(shift, state=again, wait=wait, **kept)

    def _settle(self, shift, counts=True, wait=0, **values):
        """Write what became of this row, unless another worker has it by now, and the attempt in any case; mark the next row.

        In one statement, which also tells whether somebody has paused or changed the connection: then that was the last row.
        """
        values = {
            "doubtful": False, "next_attempt_at": fields.Datetime.add(fields.Datetime.now(), seconds=wait), "sending": False,
            "lease_by": None, "lease_until": None, **values,
        }  # fmt: skip
        sets = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), _storable(value)) for name, value in values.items())
        settled = SQL(
            """UPDATE loyalty_outbox SET attempts = attempts + %s, %s WHERE id = %s AND lease_by = %s
               RETURNING (SELECT c.active AND c.state = 'active' AND c.write_date = %s
                            FROM loyalty_connection c WHERE c.id = connection_id)""",
            int(counts), sets, self.id, shift.claim.by, shift.written,
        )  # fmt: skip
        following = [number for number in shift.following if shift.is_delicate(number)]
        beside = [SQL("tried AS (%s)", self._insert_attempt(shift))] if shift.attempt else []
        beside += [SQL("following AS (%s)", self._marking(following, shift))] if following else []
        told = self.env.execute_query(SQL("WITH %s %s", SQL(", ").join(beside), settled) if beside else settled)
        shift.stopped |= (False,) in told
        shift.marked = following[0] if following else 0
        self.invalidate_recordset(flush=False)

    def _insert_attempt(self, shift):
        """Without who wrote it, which is always the system: PostgreSQL would look that user up twice a row."""
        values = {
            **shift.attempt, "outbox_id": self.id, "connection_id": shift.connection.id, "create_date": fields.Datetime.now(),
        }  # fmt: skip
        return SQL(
            "INSERT INTO loyalty_outbox_attempt (%s) VALUES (%s)", SQL(", ").join(map(SQL.identifier, values)),
            SQL(", ").join(SQL("%s", _storable(value)) for value in values.values()),
        )  # fmt: skip

    def _on_refused(self, error):
        """Hook: this row was refused for good."""

    def _on_given_up(self, error):
        """Hook: this row was tried as often as its system's schedule says."""
