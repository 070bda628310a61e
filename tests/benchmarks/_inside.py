"""Odoo inside the benchmark's own process, for what is measured without HTTP."""

import contextlib
import time

from odoo import api, netsvc, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

_configured = []


def _configure():
    if not _configured:
        config.parse_config(["--max-cron-threads=0", "--no-http", "--log-level=error"])
        netsvc.init_logger()
        _configured.append(True)


@contextlib.contextmanager
def environment(name, login=None):
    """An environment of database `name`: the superuser's, or that of the user with this login. Commit by yourself."""
    _configure()
    with Registry(name).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        yield env(user=env["res.users"].search([("login", "=", login)])) if login else env


def close(name):
    """Let go of a database, so that it can be dropped or copied."""
    Registry.delete(name)
    sql_db.close_db(name)


def measured(env, action):
    """Run `action` with an empty record cache and commit; (seconds, of them of this process's processor, SQL statements)."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    queries, start, busy = env.cr.sql_log_count, time.perf_counter(), time.process_time()
    action()
    env.flush_all()
    env.cr.commit()
    return time.perf_counter() - start, time.process_time() - busy, env.cr.sql_log_count - queries
