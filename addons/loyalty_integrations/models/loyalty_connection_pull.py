"""Fetching: page by page into the inbox, with the reading position in the same transaction."""

import copy
import logging
import time
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..adapters import base
from ..domain.inbox import storable
from ..domain.outcomes import AuthInvalid, Permanent, RateLimited, RemoteError
from .loyalty_connection_meter import Allowance
from .own_transaction import own_transaction

_logger = logging.getLogger(__name__)

PULLS = (base.PULL_ENROLMENTS, base.PULL_CONTACTS, base.PULL_PURCHASES, base.PULL_DELIVERY)
#: Seconds that one connection may take before the others have their turn.
SLICE = 60.0
#: What was read so lately is not read again while others have a backlog.
LATELY = timedelta(seconds=30)


class LoyaltyConnectionPull(models.Model):
    _inherit = "loyalty.connection"

    cursor_ids = fields.One2many("loyalty.sync.cursor", "connection_id", readonly=True)
    pull_since = fields.Date(
        "Fetch Since", help="The first time, what was changed there since this day is fetched. Without it, everything."
    )

    @api.model
    def _cron_pull(self):
        """Fetch what is new: who waits longest has the first turn, who has more has another after the others."""
        cron = self.env["ir.cron"]
        turns = deque(self._to_pull())
        time_left = cron._commit_progress(remaining=len(turns))
        while turns and time_left > 0:
            connection = turns.popleft()
            share = max(min(SLICE, time_left / (len(turns) + 1)), 1.0)
            if connection._pull_beside(time.monotonic() + share):
                turns.append(connection)
            time_left = cron._commit_progress(1, remaining=len(turns))

    @api.model
    def _to_pull(self):
        """Connections that have something to be read, and whose systems may be asked; those that wait longest first."""
        now, found = fields.Datetime.now(), []
        for connection in self.search([("state", "=", "active")]):
            blocked = connection._meter().blocked_until
            if not (blocked and blocked > now) and (due := connection._due_streams()):
                found.append((connection._read_at(due[0][1]), connection))
        return [connection for _read_at, connection in sorted(found, key=lambda pair: pair[0])]

    def _pull_streams(self):
        """What is fetched: list of (flow, stream)."""
        streams = self._adapter_class().streams
        return [(flow, stream) for flow in PULLS if self[flow] for stream in streams.get(flow, ())]

    def _due_streams(self):
        """Those of its streams that have more, that somebody has asked for, or that weren't read lately; the oldest first."""
        lately = fields.Datetime.now() - LATELY
        unread = set(self.cursor_ids.filtered("due").mapped("stream"))
        due = [pair for pair in self._pull_streams() if pair[1] in unread or self._read_at(pair[1]) < lately]
        return sorted(due, key=lambda pair: self._read_at(pair[1]))

    def _read_at(self, stream):
        """When a stream was last read; long ago if never."""
        return self.cursor_ids.filtered(lambda cursor: cursor.stream == stream).last_run_at or datetime.min

    def action_pull(self):
        """Fetch what is new, now."""
        self.check_access("write")
        self.sudo().cursor_ids.due = True  # sudo: reading positions are the layer's own
        self.env.ref("loyalty_integrations.cron_pull").sudo()._trigger()  # sudo: whoever may set it up may start it

    def _pull_beside(self, deadline):
        """``_pull`` of what is due in a transaction of its own; what goes wrong must not keep the others from their turn."""
        try:
            with self.env.registry.cursor() as cr:
                own = self.with_env(self.env(cr=cr))
                return own._pull(deadline, own._due_streams())
        except Exception:
            _logger.exception("connection %s can't fetch", self.id)
            return False

    def _pull(self, deadline, streams=None):
        """Read streams, a page of each in turn, until all is read or the time is up; whether there is more.

        :param streams: list of (flow, stream); all by default
        """
        meter, streams = self._meter(), self._pull_streams() if streams is None else streams
        if not streams or (meter.blocked_until and meter.blocked_until > fields.Datetime.now()):
            return False
        allowance, answered = Allowance(meter), set()
        try:
            with self._adapter(before=allowance, note=lambda exchange: answered.add(bool(exchange.status))) as adapter:
                more = self._pull_in_turn(adapter, streams, deadline)
        except AuthInvalid as error:
            self._stop(error)
        except UserError as error:  # what it is set up with can't be used, e.g. the key of its secrets is another one
            self._stop(AuthInvalid(str(error)))
        except RemoteError as error:
            self._pull_later(error)
        else:
            if True in answered:
                meter._note()
            return more
        finally:
            allowance.close()
        return False

    def _pull_in_turn(self, adapter, streams, deadline):
        readings = deque(self._read_stream(adapter, flow, stream) for flow, stream in streams)
        while readings and time.monotonic() < deadline:
            reading = readings.popleft()
            if next(reading, False):
                readings.append(reading)
        return bool(readings)

    def _read_stream(self, adapter, flow, stream):
        """Read page after page; yields True after each that has more behind it.

        :raise RemoteError: what is wrong with the system; what is wrong with this stream is kept with it, for people to see
        """
        try:
            cursor, kept = self._reading_position(stream), self._kept_position(stream)
            # A mapping that is made now must be there for the transactions that keep pages.
            paths = own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._mapping(stream)._remote_paths())
            while True:
                read_at = time.time()
                page = adapter.read_page(stream, copy.deepcopy(cursor), paths)  # it may write into it
                page = storable(replace(page, records=[replace(one, read_at=read_at) for one in page.records]))
                if not self._keep_page(flow, stream, page, kept) or page.done:
                    return
                cursor, kept = page.cursor, page.cursor or kept
                yield True
        except RemoteError as error:
            self._note_failure(stream, str(error), due=isinstance(error, RateLimited))
            if not isinstance(error, Permanent):
                raise
        except UserError as error:
            self._note_failure(stream, str(error))
        except Exception as error:  # one page that our own code can't take must not hold up anything else
            _logger.exception("connection %s can't read %s", self.id, stream)
            told = self.env._("Something went wrong (%s); the server's log says more.", type(error).__name__)
            self._note_failure(stream, told)

    def _pull_later(self, error):
        """Go on when the system may be asked again."""
        _logger.info("connection %s: %s", self.id, error)
        if error.code != "own_rate":
            self._meter()._note(error)
        if isinstance(error, RateLimited):
            again = fields.Datetime.add(fields.Datetime.now(), seconds=(error.retry_after or 60) + 1)
            self.env.ref("loyalty_integrations.cron_pull").sudo()._trigger(at=again)  # sudo: as in action_pull

    def _reading_position(self, stream):
        if kept := self._kept_position(stream):
            return kept
        return {"since": f"{self.pull_since}T00:00:00Z"} if self.pull_since else {}

    def _kept_position(self, stream):
        return self.cursor_ids.filtered(lambda cursor: cursor.stream == stream).value

    def _keep_page(self, flow, stream, page, before):
        """Put what was read into the inbox and move the cursor, or neither.

        :param before: what was kept as the cursor when the page was asked for
        :return: False: it was set elsewhere meanwhile, and the page is of no use
        """
        kept = own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._keep_page_in(flow, stream, page, before))
        self.env.invalidate_all(flush=False)
        return kept

    def _keep_page_in(self, flow, stream, page, before):
        if self._lock_position(stream) != (before or {}):
            return False
        told = self.with_context(lang=self._readers_lang() or self.env.context.get("lang"))
        told.env["loyalty.inbox"]._receive_records(told, flow, stream, page.records)
        self._note_stream(stream, page.cursor, news=bool(page.records), due=not page.done)
        return True

    def _lock_position(self, stream):
        """What is kept as the cursor of a stream, which nobody else sets until the end of the transaction; {}: nothing."""
        rows = self.env.execute_query(SQL(
            "SELECT value FROM loyalty_sync_cursor WHERE connection_id = %s AND stream = %s FOR NO KEY UPDATE", self.id, stream
        ))  # fmt: skip
        return rows[0][0] or {} if rows else {}

    def _note_failure(self, stream, told, due=False):
        own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._note_stream(stream, error=storable(told), due=due))
        self.env["loyalty.sync.cursor"].invalidate_model(flush=False)

    def _note_stream(self, stream, value=None, news=False, error=None, due=False):
        now = fields.Datetime.now()
        self.env.execute_query(SQL(
            """INSERT INTO loyalty_sync_cursor (connection_id, stream, value, last_run_at, last_record_at, error, due)
               VALUES (%(connection)s, %(stream)s, %(value)s, %(now)s, %(news)s, %(error)s, %(due)s)
          ON CONFLICT (connection_id, stream) DO UPDATE
                  SET value = COALESCE(excluded.value, loyalty_sync_cursor.value), last_run_at = excluded.last_run_at,
                      last_record_at = COALESCE(excluded.last_record_at, loyalty_sync_cursor.last_record_at),
                      error = excluded.error, due = excluded.due
            RETURNING id""",
            connection=self.id, stream=stream, now=now, news=now if news else None, error=error, due=due,
            value=self.env["loyalty.sync.cursor"]._fields["value"].convert_to_column_insert(value, self) if value else None,
        ))  # fmt: skip
        self.env["loyalty.sync.cursor"].invalidate_model(flush=False)
