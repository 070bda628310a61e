"""Fetching: page by page into the inbox, with the reading position in the same transaction."""

import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..adapters import base
from ..domain.outcomes import AuthInvalid, Permanent, RemoteError
from .loyalty_connection_meter import Allowance
from .own_transaction import own_transaction

_logger = logging.getLogger(__name__)

PULLS = (base.PULL_ENROLMENTS, base.PULL_CONTACTS, base.PULL_PURCHASES, base.PULL_DELIVERY)
#: Seconds that one connection may take before the others have their turn.
SLICE = 60.0


class LoyaltyConnectionPull(models.Model):
    _inherit = "loyalty.connection"

    cursor_ids = fields.One2many("loyalty.sync.cursor", "connection_id", readonly=True)
    pull_since = fields.Date(
        "Fetch Since", help="The first time, what was changed there since this day is fetched. Without it, everything."
    )

    @api.model
    def _cron_pull(self):
        """Fetch what is new, one connection after the other."""
        cron = self.env["ir.cron"]
        connections = self.search([("state", "=", "active")])
        time_left = cron._commit_progress(remaining=len(connections))
        for connection in connections:
            if time_left <= 0:
                return
            connection._pull(time.monotonic() + min(SLICE, max(time_left, 1.0)))
            time_left = cron._commit_progress(1)

    def action_pull(self):
        """Fetch what is new, now."""
        self.check_access("write")
        self.env.ref("loyalty_integrations.cron_pull").sudo()._trigger()  # sudo: whoever may set it up may start it

    def _pull(self, deadline):
        """Read the streams of the flows that are switched on, until all is read or the time is up."""
        meter = self._meter()
        if meter.blocked_until and meter.blocked_until > fields.Datetime.now():
            return
        allowance = Allowance(meter)
        try:
            with self._adapter(before=allowance) as adapter:
                for flow in PULLS:
                    if self[flow]:
                        for stream in adapter.streams.get(flow, ()):
                            self._pull_stream(adapter, flow, stream, deadline)
        except AuthInvalid as error:
            self._stop(error)
        except UserError as error:  # what it is set up with can't be used, e.g. the key of its secrets is another one
            self._stop(AuthInvalid(str(error)))
        except RemoteError as error:
            meter._note(error)
            _logger.info("connection %s: %s", self.id, error)
        else:
            meter._note()
        finally:
            allowance.close()

    def _pull_stream(self, adapter, flow, stream, deadline):
        cursor = self._reading_position(stream)
        paths = self._mapping(stream)._remote_paths()
        try:
            while time.monotonic() < deadline:
                page = adapter.read_page(stream, cursor, paths)
                self._keep_page(flow, stream, page)
                if page.done:
                    return
                cursor = page.cursor
        except RemoteError as error:
            self._note_stream(stream, error=str(error))
            if not isinstance(error, Permanent):
                raise

    def _reading_position(self, stream):
        kept = self.cursor_ids.filtered(lambda cursor: cursor.stream == stream)
        if kept.value:
            return kept.value
        return {"since": f"{self.pull_since}T00:00:00Z"} if self.pull_since else {}

    def _keep_page(self, flow, stream, page):
        """Put what was read into the inbox and move the cursor, or neither."""
        own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._keep_page_in(flow, stream, page))
        self.env.invalidate_all(flush=False)

    def _keep_page_in(self, flow, stream, page):
        told = self.with_context(lang=self._readers_lang() or self.env.context.get("lang"))
        told.env["loyalty.inbox"]._receive_records(told, flow, stream, page.records)
        self._note_stream(stream, page.cursor, bool(page.records))

    def _note_stream(self, stream, value=None, news=False, error=None):
        now = fields.Datetime.now()
        self.env.execute_query(SQL(
            """INSERT INTO loyalty_sync_cursor (connection_id, stream, value, last_run_at, last_record_at, error)
               VALUES (%(connection)s, %(stream)s, %(value)s, %(now)s, %(news)s, %(error)s)
          ON CONFLICT (connection_id, stream) DO UPDATE
                  SET value = COALESCE(excluded.value, loyalty_sync_cursor.value), last_run_at = excluded.last_run_at,
                      last_record_at = COALESCE(excluded.last_record_at, loyalty_sync_cursor.last_record_at),
                      error = excluded.error
            RETURNING id""",
            connection=self.id, stream=stream, now=now, news=now if news else None, error=error,
            value=self.env["loyalty.sync.cursor"]._fields["value"].convert_to_column_insert(value, self) if value else None,
        ))  # fmt: skip
        self.env["loyalty.sync.cursor"].invalidate_model(flush=False)
