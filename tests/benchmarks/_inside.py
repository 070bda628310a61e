"""Odoo inside the benchmark's own process, for what is measured without HTTP; and how figures are printed."""

import contextlib
import time
from statistics import median

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

_configured = []


def _configure():
    if not _configured:
        config.parse_config(["--max-cron-threads=0", "--no-http", "--log-level=error"])
        odoo.netsvc.init_logger() if hasattr(odoo, "netsvc") else None
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
    odoo.sql_db.close_db(name)


def measured(env, action):
    """Run `action` with an empty record cache and commit; (seconds, SQL statements)."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    action()
    env.flush_all()
    env.cr.commit()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def figure(name, value, note=""):
    """Print one line a figure."""
    print(f"{name:<52} {value:>14}  {note}".rstrip(), flush=True)


def ratio(ours, theirs):
    """The median of ratios of pairs that ran one beside the other, which a noisy machine disturbs least."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
