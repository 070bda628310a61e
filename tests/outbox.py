"""Connections to receivers of webhooks, what is queued for them, and processes that send it."""

import socket
import subprocess
import sys
import threading
import time

import support

sys.path.insert(0, str(support.ROOT / "addons/loyalty_integrations/tests/fakes"))

from webhook import WebhookReceiver  # a script of its own, which needs no Odoo

_CONNECT = """
program = env["loyalty.program"].search([("is_membership", "=", True)], limit=1) or env["loyalty.program"].create({
    "name": "Club", "program_type": "loyalty", "is_membership": True,
})
result = {}
for name, url in receivers.items():
    connection = env["loyalty.connection"].create({
        "name": name, "system": "webhook", "program_id": program.id, "allow_private": True, "rate_calls": 1000000,
        "timeout": timeout, "push_event": True, "webhook_url": url, "webhook_secret": secret,
    })
    connection.state = "active"
    result[name] = connection.id
env["ir.config_parameter"].set_param("loyalty_integrations.lease_seconds", lease)
"""
_QUEUE = """
    INSERT INTO loyalty_outbox (connection_id, flow, event, ordering_key, occurred_at, data, idempotency_key, state, attempts,
                                next_attempt_at)
    SELECT %(connection)s, 'push_event', 'webhook.test', 'record:' || n %% %(records)s, at, jsonb_build_object('number', n),
           replace(gen_random_uuid()::text, '-', ''), 'pending', 0, at
      FROM generate_series(1, %(number)s) n, date_trunc('second', now() AT TIME ZONE 'utc') at"""
_SEND = """
import time
while True:
    env["loyalty.outbox"]._cron_dispatch()
    env.invalidate_all()
    time.sleep(0.2)
"""
#: As if no receiver could tell repeats.
_ONCE = """
from odoo.addons.loyalty_integrations.adapters import base, webhook
webhook.Webhook.repeats = {base.PUSH_EVENT: base.NEVER}
"""
#: The scheduler, for the dispatcher's job alone: it runs whenever it is due or called for, and has a second each time. After it
#: all connections to the database are closed, as a worker of several databases does.
_RUN_JOB = """
import time
from odoo import sql_db
from odoo.addons.base.models import ir_cron
ir_cron.MIN_TIME_PER_JOB = 1
job = env.ref("loyalty_integrations.cron_dispatch").id
env.cr.rollback()
while True:
    with env.registry.cursor() as cr:
        ir_cron.IrCron._process_jobs_loop(cr, job_ids=[job])
    sql_db.close_db(env.registry.db_name)
    time.sleep(0.2)
"""
_CALL = """
    INSERT INTO ir_cron_trigger (cron_id, call_at)
    SELECT res_id, now() AT TIME ZONE 'utc' FROM ir_model_data
     WHERE module = 'loyalty_integrations' AND name = 'cron_dispatch'"""


def connect(database, lease=300, timeout=20, **receivers):
    """Active connections to webhooks, by name and address; dict name -> id."""
    secret = WebhookReceiver.options["secret"]
    return support.run_script(database, _CONNECT, receivers=receivers, secret=secret, lease=lease, timeout=timeout)


def queue(database, connection, number, records=None):
    """Queue so many events, of so many records (each of its own if None): numbered from 1, in order of a record."""
    support.sql(database, _QUEUE, {"connection": connection, "number": number, "records": records or number + 1})


def call(database):
    """Have the dispatcher's job run, as whoever changes something does."""
    support.sql(database, _CALL)


def states(database, connection):
    """dict state -> number of rows."""
    rows = support.sql(
        database, "SELECT state, count(*) FROM loyalty_outbox WHERE connection_id = %s GROUP BY state", [connection]
    )
    return dict(rows)


def wait_until(condition, patience, what):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.05)


class Dispatcher:
    """A process that sends whatever is queued, until the `with` ends or it is killed.

    It does all the time, or by its scheduled job; nothing twice (`once`), or repeats as receivers can tell them.
    """

    def __init__(self, database, by_job=False, once=False):
        command = support.odoo("shell", "-d", database, "--no-http", "--log-level=error")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.process.stdin.write(_ONCE if once else "")
        self.process.stdin.write(_RUN_JOB if by_job else _SEND)
        self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.kill()

    def kill(self):
        """SIGKILL, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()


class Deaf:
    """A system that accepts every connection and never answers: `url`."""

    def __enter__(self):
        self._open = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self):
        while True:
            try:
                self._open.append(self._socket.accept()[0])
            except OSError:
                return

    @property
    def callers(self):
        return len(self._open)

    def __exit__(self, *exc):
        self._socket.close()
        for connection in self._open:
            connection.close()
