"""Sending what is due: connection by connection, row by row, each result kept before the next row is sent."""

import atexit
import contextlib
import logging
import threading
import time
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, config
from psycopg2 import InterfaceError

from ..adapters.base import SAFE
from ..domain.outcomes import AuthInvalid
from .loyalty_connection_meter import Allowance
from .own_transaction import own_transaction, transaction_in

_logger = logging.getLogger(__name__)

#: Seconds that one connection may take before the others have their turn.
SLICE = 30.0
#: Connections that the scheduled action serves at a time; each takes three connections to the database.
ABREAST = 8
#: Seconds after which it looks whether others wait.
LOOK = 1.0
#: Seconds that a server which stops waits for what is being sent.
FAREWELL = 5.0
#: (database, connection) that a thread of this process serves, maybe one of an earlier run: none has two.
_at_work = set()
#: The server stops: nothing more is begun.
_closing = threading.Event()


@atexit.register
def _finish():
    """Let the threads keep what becomes of the rows they are sending; one whose system doesn't answer keeps nobody waiting."""
    _closing.set()
    end = time.monotonic() + FAREWELL
    while _at_work and time.monotonic() < end:
        time.sleep(0.05)


def _is_over(deadline):
    return _closing.is_set() or time.monotonic() >= deadline


@dataclass
class Shift:
    """One worker at one connection and one batch: what it sends with, and what it has learned meanwhile."""

    connection: object
    meter: object
    adapter: object
    claim: object
    exchanges: list
    #: when the connection was last written: whoever pauses it or changes it ends this batch
    written: object
    #: seconds of a lease; when it was renewed; ids of the rows that are still to be sent, and of those that are still ours
    lease: int
    renewed: float = field(default_factory=time.monotonic)
    left: list = field(default_factory=list)
    ours: set = field(default_factory=set)
    #: row id -> ``loyalty_outbox_send.Due``
    due: dict = field(default_factory=dict)
    #: id of the row that is marked as being sent; list of the id of the one after this
    marked: int = 0
    following: list = field(default_factory=list)
    #: columns of the attempt that is to be written with the result of its row
    attempt: dict | None = None
    #: it was noted that the system answers
    healthy: bool = False
    tripped: bool = False
    stopped: bool = False
    #: our connection to the database was closed by somebody else
    cut: bool = False

    def is_delicate(self, number):
        """Whether sending this row twice does harm unless it is looked up before."""
        return self.adapter.repeats.get(self.due[number].flow) != SAFE

    def begin(self):
        """The next row is being sent."""
        self.exchanges.clear()
        self.attempt, self._started, self._clock = None, fields.Datetime.now(), time.monotonic()

    def note_attempt(self, outcome, error):
        """That is what came of it; nothing is noted of what was no attempt at all."""
        if not self.exchanges and error is None:
            return
        self.attempt = {
            "started_at": self._started, "outcome": outcome, "duration_ms": int((time.monotonic() - self._clock) * 1000),
            "error_code": error.code or None if error else None, "error_message": error.message[:1000] if error else None,
        }  # fmt: skip
        if self.exchanges:
            last = self.exchanges[-1]
            self.attempt |= {
                "http_status": last.status, "method": last.method, "url": last.url, "request_headers": last.request_headers,
                "request": last.request, "response": last.response,
            }  # fmt: skip


class LoyaltyOutboxDispatch(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _cron_dispatch(self):
        """Send what is due, each connection in a thread of its own, until nothing is or the time of the job is up.

        A thread whose system doesn't answer goes on by itself, so that it holds up nobody; one whose time is up before it is
        through calls for the next run.
        """
        cron = self.env["ir.cron"]
        deadline = time.monotonic() + min(SLICE, max(cron._commit_progress(), 1.0))
        turns, idle, ended = set(), set(), SimpleQueue()
        while time.monotonic() < deadline + LOOK:  # those whose systems answer end by themselves
            for number in () if _is_over(deadline) else self._waiting_connections().ids:
                if number not in idle and len(turns) < ABREAST and _begin_turn(self.env.registry, number, deadline, ended):
                    turns.add(number)
            if not turns:
                break
            done = 0
            with contextlib.suppress(Empty):
                number, done = ended.get(timeout=LOOK)
                turns.discard(number)
                idle |= set() if done else {number}
            cron._commit_progress(done)

    @api.model
    def _waiting_connections(self):
        """Active connections that have rows which are due, in an order by lot, so that none is always the last.

        In the order of the index and with LIMIT, so that PostgreSQL looks one row up: an EXISTS it answers by reading the whole
        table as soon as much of it waits, for the connections of which nothing does.
        """
        rows = self.env.execute_query(SQL(
            """SELECT c.id FROM loyalty_connection c
                 JOIN loyalty_connection_meter m ON m.connection_id = c.id
                WHERE c.state = 'active' AND c.active AND (m.blocked_until IS NULL OR m.blocked_until <= %(now)s)
                  AND ((SELECT o.id FROM loyalty_outbox o
                         WHERE o.connection_id = c.id AND o.state IN ('pending', 'retry', 'verify')
                           AND o.next_attempt_at <= %(now)s
                         ORDER BY o.priority, o.next_attempt_at, o.id LIMIT 1) IS NOT NULL
                       OR EXISTS (SELECT FROM loyalty_outbox o WHERE o.connection_id = c.id AND o.state = 'in_flight'
                                     AND o.lease_until < %(now)s))
                ORDER BY random()""",
            now=fields.Datetime.now(),
        ))  # fmt: skip
        return self.env["loyalty.connection"].browse(number for (number,) in rows)


def _begin_turn(registry, number, deadline, ended):
    """Serve this connection in a thread, unless one does already; whether it was begun.

    A daemon, as the threads of Odoo's own scheduler: else a system that doesn't answer would keep the server from stopping.
    """
    ours = (registry.db_name, number)
    if ours in _at_work or len(_at_work) >= _most_threads():
        return False
    thread = threading.Thread(target=_take_turn, args=(registry, number, deadline, ended), name=f"outbox {number}", daemon=True)
    _at_work.add(ours)
    try:
        thread.start()
    except RuntimeError:  # there is no room for one more
        _at_work.discard(ours)
        raise
    return True


def _most_threads():
    """So many threads, those of earlier runs among them, use half of the connections to databases that this process may have."""
    return max(1, config["db_maxconn"] // 6)


def _take_turn(registry, number, deadline, ended):
    """``_dispatch`` of a connection; tells ``ended`` how many were sent. What goes wrong is logged, and is nobody else's."""
    threading.current_thread().dbname = registry.db_name
    sent = 0
    try:
        with registry.cursor() as cr:
            sent = api.Environment(cr, SUPERUSER_ID, {})["loyalty.connection"].browse(number)._dispatch(deadline)
    except InterfaceError:
        _logger.info("connection %s: the server went on to another database, or stops; the next run sends the others", number)
    except Exception:
        _logger.exception("connection %s can't send", number)
    finally:
        _at_work.discard((registry.db_name, number))
    try:
        if time.monotonic() >= deadline:
            # Not by "partially done": of that the scheduler learns when it looks again, up to a minute later.
            transaction_in(registry, lambda cr: api.Environment(cr, SUPERUSER_ID, {})["loyalty.outbox"]._wake())
    finally:
        ended.put((number, sent))


class LoyaltyConnectionDispatch(models.Model):
    _inherit = "loyalty.connection"

    def _dispatch(self, deadline):
        """Send rows of this connection until none is due, the time is up, or its system is; how many were sent."""
        sent = 0
        while not _is_over(deadline):
            claim = self.env["loyalty.outbox"]._claim(self)
            if not claim.ids:
                self._meter()._give_back(claim.calls)
                if not claim.calls and claim.wait and time.monotonic() + claim.wait < deadline:
                    time.sleep(claim.wait)  # until it may call again
                    continue
                break
            try:
                with self.env.registry.cursor() as cr:
                    number, stopped = self.with_env(self.env(cr=cr, su=True))._send_claim(claim, deadline)
            except UserError as error:  # what it is set up with can't be used, e.g. the key of its secrets is another one
                self._give_up_claim(claim, error)
                break
            except Exception as error:
                # What broke off by itself may break off again at once.
                self._abandon(claim, wait=0 if isinstance(error, InterfaceError) else 60)
                raise
            sent += number
            if stopped:
                break
        return sent

    def _send_claim(self, claim, deadline):
        """Send these rows, each committed by itself; (how many were tried, whether to stop)."""
        exchanges, done = [], 0
        meter = self._meter()
        allowance = Allowance(meter, claim.calls)
        rows = self.env["loyalty.outbox"].browse(claim.ids)

        def before():
            rows._hold(shift)  # one row may take several calls, each as long as the time-out
            allowance()

        try:
            with self._adapter(note=exchanges.append, before=before) as adapter:
                shift = Shift(self, meter, adapter, claim, exchanges, self.write_date, rows._lease_seconds(), ours=set(claim.ids))
                payloads = rows._payloads(adapter)
                shift.due = rows._due()
                self._keep()
                for position, row in enumerate(rows):
                    left = shift.left = claim.ids[position:]
                    if shift.stopped or shift.tripped or _is_over(deadline):
                        rows._release(claim, left)
                        break
                    rows._hold(shift)
                    if row.id in shift.ours:  # else this worker has slept, and another has it by now
                        shift.following = left[1:2]
                        # By itself: each commit empties the cache, and with the others it would be read a hundred times.
                        row.with_prefetch()._send(shift, payloads[row.id])
                        done += 1
                    if shift.cut:
                        raise InterfaceError("the connection to the database was closed")
                self._keep()
        finally:
            allowance.close()
        return done, shift.stopped or shift.tripped

    def _abandon(self, claim, wait):
        """Put back what is left of a claim that broke off, for so many seconds."""
        own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr)).env["loyalty.outbox"]._abandon(claim, wait))

    def _give_up_claim(self, claim, error):
        """Put these rows back, and stop the connection until somebody mends it."""
        with self.env.registry.cursor() as cr:
            own = self.with_env(self.env(cr=cr, su=True))
            own.env["loyalty.outbox"]._abandon(claim)
            own._stop(AuthInvalid(str(error)))

    def _keep(self):
        """Commit what has become of rows so far, on the cursor that ``_dispatch`` has opened for it."""
        self.env.cr.commit()  # noqa: ODE8102

    def _note_success(self, shift):
        """The system answers: at most once a minute, for nobody needs it to the second, and at once after a failure."""
        if shift.healthy:
            return
        shift.healthy = True
        meter = self._meter()
        now = fields.Datetime.now()
        if meter.failures or not meter.last_success_at or (now - meter.last_success_at).total_seconds() > 60:
            meter._note()
            meter.invalidate_recordset()
