"""Sending one row, and what becomes of it."""

import logging
import random
import time

from odoo import fields, models
from odoo.addons.loyalty_membership.models.set_wise import insert
from odoo.tools import SQL

from ..adapters.base import FIND, NEVER, Sent
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

_logger = logging.getLogger(__name__)

#: Outcomes that are the other system's state and not the row's: the connection waits.
SYSTEM_WIDE = (RateLimited, QuotaExceeded, Transient, Ambiguous)


class LoyaltyOutboxSend(models.Model):
    _inherit = "loyalty.outbox"

    def _send(self, shift, payload):
        """Send one row and keep what became of it. ``payload``: what to send, or the error of making it."""
        started, clock = fields.Datetime.now(), time.monotonic()
        shift.exchanges.clear()
        try:
            sent = self._push(shift, payload)
        except RemoteError as error:
            self._note_attempt(shift, started, clock, error.kind, error)
            self._fail(shift, error)
        except Exception as error:  # one row that our own code can't send must not hold up the others
            _logger.exception("outbox row %s can't be sent", self.id)
            problem = Permanent(f"it could not be sent ({type(error).__name__})", "internal")
            self.env.cr.rollback()
            self._note_attempt(shift, started, clock, problem.kind, problem)
            self._fail(shift, problem)
        else:
            self._note_attempt(shift, started, clock, "partial" if sent.failed else "ok", None)
            self._succeed(shift, sent, payload)

    def _push(self, shift, payload):
        if isinstance(payload, Exception):
            raise payload
        if self.valid_until and self.valid_until < fields.Datetime.now():
            raise Permanent("it is too late for it", "expired")
        adapter, repeat = shift.adapter, shift.adapter.repeats[self.flow]
        if payload is None:
            return Sent(detail="unchanged")
        external_id = self._binding().external_id or ""
        if repeat == NEVER and self.error_kind == "ambiguous":
            raise Permanent("it may have been delivered; it is not sent twice", "maybe_delivered")
        if repeat == FIND and not external_id and (self.flow in SUBJECTS or self.error_kind == "ambiguous"):
            found = adapter.find(self.flow, payload, self.idempotency_key)
            external_id = found.external_id if found else ""
        return adapter.push(self.flow, payload, self.idempotency_key, external_id)

    # ------------------------------------------------------------------
    # Results
    # ------------------------------------------------------------------

    def _succeed(self, shift, sent, payload):
        if shift.exchanges:
            shift.connection._note_success(shift)
        if sent.detail != "unchanged":
            self._bind(sent, payload)
        skipped = sent.detail == "unchanged"
        told = "; ".join(f"{failure.key}: [{failure.code}] {failure.message}" for failure in sent.failed)
        self._settle(
            shift, state="skipped" if skipped else "done", done_at=fields.Datetime.now(), external_id=sent.external_id or None,
            error_kind="partial" if sent.failed else None, error_message=told or None,
            error_code=sent.failed[0].code if sent.failed else sent.detail[:64] or None,
        )  # fmt: skip

    def _fail(self, shift, error):
        kept = {"error_kind": error.kind, "error_code": error.code or None, "error_message": error.message[:1000]}
        if isinstance(error, AuthInvalid):
            shift.stopped = True
            shift.connection._stop(error)
            return self._settle(shift, counts=False, state="retry" if self.attempts else "pending", **kept)
        if isinstance(error, SYSTEM_WIDE) and error.code != "own_rate":
            shift.tripped = shift.connection._meter()._note(error)
        if isinstance(error, Permanent):
            self._on_refused(error)
            return self._settle(shift, state="dead", **kept)
        if not error.counts:
            return self._settle(shift, counts=False, state="retry", wait=error.retry_after or 60, **kept)
        wait = backoff.delay(self.attempts + 1, random.random(), error.retry_after, shift.adapter.schedule)  # noqa: S311
        if wait is None:
            self._on_given_up(error)
            return self._settle(shift, state="dead", **kept)
        return self._settle(shift, state="verify" if isinstance(error, Ambiguous) else "retry", wait=wait, **kept)

    def _settle(self, shift, counts=True, wait=0, **values):
        """Write what became of this row, unless another worker has it by now."""
        values["attempts"] = self.attempts + int(counts)
        values["next_attempt_at"] = fields.Datetime.add(fields.Datetime.now(), seconds=wait)
        values["lease_by"] = values["lease_until"] = None
        sets = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        self.env.execute_query(SQL(
            "UPDATE loyalty_outbox SET %s WHERE id = %s AND lease_by = %s RETURNING id", sets, self.id, shift.claim.by
        ))  # fmt: skip
        self.invalidate_recordset(flush=False)

    def _note_attempt(self, shift, started, clock, outcome, error):
        exchanges = shift.exchanges
        if not exchanges and error is None:
            return
        last = exchanges[-1] if exchanges else None
        values = {
            "outbox_id": self.id, "connection_id": shift.connection.id, "started_at": started, "outcome": outcome,
            "duration_ms": int((time.monotonic() - clock) * 1000),
            "error_code": error.code if error else False, "error_message": error.message[:1000] if error else False,
        }  # fmt: skip
        if last:
            values |= {
                "http_status": last.status, "method": last.method, "url": last.url, "request_headers": last.request_headers,
                "request": last.request, "response": last.response,
            }  # fmt: skip
        insert(self.env["loyalty.outbox.attempt"], [values])

    def _on_refused(self, error):
        """Hook: this row was refused for good."""

    def _on_given_up(self, error):
        """Hook: this row was tried as often as its system's schedule says."""
