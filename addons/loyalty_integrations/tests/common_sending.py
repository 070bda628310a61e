"""What tests of every connection do: see what is queued, send it, and let runs work."""

import time
from unittest.mock import patch

from odoo.tools import SQL

from ..models import loyalty_outbox_send


class Sending:
    """Beside a test case with ``connection``, whose cursors of the layer are those of the test."""

    def noted(self, *domain):
        """What is queued by now, oldest first."""
        self.env.cr.precommit.run()
        return self._queued(self.connection, *domain)

    def dispatch(self, connection=None):
        """Send what is due; the rows of the connection, oldest first.

        What fails waits for half of its longest pause: by lot it could be due again before this is over.
        """
        connection = connection or self.connection
        self.env.cr.precommit.run()
        self.env.flush_all()
        with patch.object(loyalty_outbox_send.random, "random", lambda: 0.5):
            connection._dispatch(float("inf"))
        self.env.invalidate_all()
        return self._queued(connection)

    def _queued(self, connection, *domain):
        return self.env["loyalty.outbox"].search([("connection_id", "=", connection.id), *domain], order="id")

    def run_of(self, kind, flow="push_member", **values):
        """A run that has been started."""
        run = self.env["loyalty.sync.run"].create({"connection_id": self.connection.id, "kind": kind, "flow": flow, **values})
        run.action_start()
        return run

    def work(self, run, seconds=600):
        """Let the job work at a run; the run."""
        self.env.cr.precommit.run()
        self.env.flush_all()
        run.sudo()._work(time.monotonic() + seconds)
        self.env.invalidate_all()
        return run

    def everything(self):
        """What every table of ours holds, but those of runs, tokens and meters; dict table -> (number of rows, hash)."""
        self.env.flush_all()
        self.env.cr.execute(r"SELECT tablename FROM pg_tables WHERE tablename LIKE 'loyalty\_%' OR tablename = 'res_partner'")
        tables = {name for (name,) in self.env.cr.fetchall() if not name.startswith("loyalty_sync_run")}
        result = {}
        for table in tables - {"loyalty_connection_token", "loyalty_connection_meter"}:
            [result[table]] = self.env.execute_query(SQL(
                "SELECT count(*), md5(string_agg(t::text, ';' ORDER BY t::text)) FROM %s t", SQL.identifier(table)
            ))  # fmt: skip
        return result
