"""The job of callbacks: another system is asked about each, so that the inbox, tills among it, never waits for an answer."""

import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..domain.outcomes import AuthInvalid, Gone, Permanent, RemoteError
from .loyalty_connection_meter import Allowance
from .own_transaction import own_transaction

#: Seconds that one connection may take before the others have their turn.
SLICE = 30.0


class LoyaltyInboxCallback(models.Model):
    _inherit = "loyalty.inbox"

    def _wake(self):
        callbacks = self.filtered(lambda row: row.kind == "callback")
        if callbacks:
            # sudo: whoever sends or tries again runs no jobs
            self.env.ref("loyalty_integrations.cron_callbacks").sudo()._trigger()
        return super()._wake() if not self or self - callbacks else None

    @api.model
    def _cron_callbacks(self):
        """Do what callbacks have told, one connection after the other; those that are stopped or blocked keep theirs."""
        cron, connections = self.env["ir.cron"], self._callback_connections()
        time_left = cron._commit_progress(remaining=len(connections))
        for connection in connections:
            if time_left <= 0:
                return
            connection._take_callbacks(time.monotonic() + min(SLICE, max(time_left, 1.0)))
            time_left = cron._commit_progress(1)
        cron._commit_progress(remaining=len(self._callback_connections()))

    @api.model
    def _callback_connections(self):
        """Connections that may call and have callbacks which are due."""
        rows = self.env.execute_query(SQL(
            """SELECT c.id FROM loyalty_connection c JOIN loyalty_connection_meter m ON m.connection_id = c.id
                WHERE c.state = 'active' AND c.active AND (m.blocked_until IS NULL OR m.blocked_until <= %(now)s)
                  AND EXISTS (SELECT FROM loyalty_inbox i WHERE i.connection_id = c.id AND i.kind = 'callback'
                                 AND i.state IN ('received', 'parked') AND i.next_attempt_at <= %(now)s)
                ORDER BY c.sequence, c.id""",
            now=fields.Datetime.now(),
        ))  # fmt: skip
        return self.env["loyalty.connection"].browse(number for (number,) in rows)

    @api.model
    def _next_callback(self, connection):
        return self.search(
            [
                ("connection_id", "=", connection.id), ("kind", "=", "callback"), ("state", "in", ("received", "parked")),
                ("next_attempt_at", "<=", fields.Datetime.now()),
            ],
            order="next_attempt_at, id", limit=1,
        )  # fmt: skip

    def _settle_callback(self, told):
        """Do this row, unless somebody else has meanwhile.

        :param told: what the other system said about it, or the ``RemoteError`` that it ended with
        """
        row = self._lock_waiting()
        if not row:
            return
        if isinstance(told, RemoteError) and not isinstance(told, Gone):
            (row._fail if isinstance(told, Permanent) else row._park)(told.code, told.message)
            return
        try:
            with self.env.cr.savepoint():
                getattr(row.connection_id, f"_take_{row.connection_id.system}_callback")(row, told)
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            row._set_aside(error)


class LoyaltyConnectionCallback(models.Model):
    _inherit = "loyalty.connection"

    def _take_callbacks(self, deadline):
        """Do the callbacks of this connection that are due, each in a transaction of its own, which no call prolongs.

        Each system has its own ``_read_SYSTEM_callback(adapter, data)``, that calls, and ``_take_SYSTEM_callback(row, told)``,
        that keeps what was read, or that it is ``Gone``.
        """
        allowance = Allowance(self._meter())
        try:
            with self._adapter(before=allowance) as adapter:
                while time.monotonic() < deadline and self._take_callback(adapter):
                    pass
        except UserError as error:  # what it is set up with can't be used, e.g. the key of its secrets is another one
            self._stop(AuthInvalid(str(error)))
        finally:
            allowance.close()

    def _take_callback(self, adapter):
        """Do the next one; whether to go on."""
        number, data = own_transaction(self.env, self._look_for_callback)
        if not number:
            return False
        told, go_on = self._read_callback(adapter, data)
        if told is not None:
            own_transaction(self.env, lambda cr: self.env(cr=cr)["loyalty.inbox"].browse(number)._settle_callback(told))
        return go_on

    def _look_for_callback(self, cr):
        # What somebody else works at is left for later, before anybody is asked about it.
        row = self.env(cr=cr)["loyalty.inbox"]._next_callback(self)._lock_waiting()
        return row.id, row.data

    def _read_callback(self, adapter, data):
        """(what the other system says about it, its error, or None: ask again later; whether to ask about the next one)"""
        try:
            told = getattr(self, f"_read_{self.system}_callback")(adapter, data)
        except AuthInvalid as error:
            self._stop(error)
            return None, False
        except Permanent as error:
            return error, True
        except RemoteError as error:
            if error.code == "own_rate":
                return None, False
            return error, not self._meter()._note(error)
        if self._meter().failures:
            self._meter()._note()
            self._meter().invalidate_recordset()
        return told, True
