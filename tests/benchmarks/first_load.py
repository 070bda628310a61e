"""A first load of members into a system that only keeps them, over real sockets.

Members are made by SQL, queued and sent by the methods that the jobs call, with all commits, to the echo system of the addon's
own tests, in a process of its own. Printed: seconds, members a second and peak memory; and of a comparison of both
sides afterwards. Ends with 1 if a member is missing there, or comes twice.
"""

import argparse
import importlib.util
import multiprocessing
import resource
import sys
import time

import _inside
import support
from _figures import figure

ECHO = support.ROOT / "addons/loyalty_integrations/tests/fakes/echo.py"


def serve(pipe):
    """The echo system; tells its address, then answers "count" with (records, different member numbers)."""
    sys.path.insert(0, str(ECHO.parent))
    spec = importlib.util.spec_from_file_location("echo", ECHO)
    echo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(echo)
    with echo.Echo() as fake:
        pipe.send(fake.url)
        while pipe.recv() == "count":
            with fake.lock:
                pipe.send((len(fake.records), len({values["code"] for values in fake.records.values()})))


def connect(env, url):
    from odoo.addons.loyalty_integrations.adapters.base import ADAPTERS
    from odoo.addons.loyalty_integrations.tests.common import EchoAdapter

    EchoAdapter.url, EchoAdapter.page_size = url, 1000
    ADAPTERS["echo"] = EchoAdapter
    field = env["loyalty.connection"]._fields["system"]
    field.selection = [*field.selection, ("echo", "Echo")]
    field._selection = {**field._selection, "echo": "Echo"}
    program = env["loyalty.program"].create({"name": "Load", "is_membership": True, "tz": "Asia/Shanghai"})
    connection = env["loyalty.connection"].create({
        "name": "Echo", "system": "echo", "program_id": program.id, "allow_private": True, "rate_calls": 100_000,
        "push_member": True,
    })  # fmt: skip
    connection.state = "active"
    env.cr.commit()
    return connection


def make_members(env, program, number):
    """By SQL: what is measured is the load."""
    env.cr.execute(
        """WITH p AS (INSERT INTO res_partner (name, complete_name, active, autopost_bills, create_date, write_date)
                      SELECT '会员 ' || g, '会员 ' || g, true, 'ask', now(), now() FROM generate_series(1, %(n)s) g RETURNING id),
                c AS (INSERT INTO loyalty_card (program_id, partner_id, code, points, is_member, active, create_date, write_date)
                      SELECT %(program)s, id, 'L' || id, 0, true, true, now(), now() FROM p RETURNING id, partner_id)
           INSERT INTO loyalty_member (card_id, program_id, company_id, state, joined_on, active, create_date, write_date)
           SELECT c.id, %(program)s, %(company)s, 'active', current_date, true, now(), now() FROM c""",
        {"n": number, "program": program.id, "company": program.company_id.id or None},
    )
    env.cr.commit()
    env.cr.execute("ANALYZE loyalty_member")
    env.cr.commit()


def load(env, connection):
    """Seconds until all are there."""
    run = env["loyalty.sync.run"].create({"connection_id": connection.id, "kind": "first_load"})
    run.action_start()
    env.cr.commit()
    start = time.perf_counter()
    return run, _until_done(env, run, connection), time.perf_counter() - start


def _until_done(env, run, connection):
    while run.state == "running":
        run._work(time.monotonic() + 60)
        connection._dispatch(time.monotonic() + 60)
        env.cr.commit()
        env.invalidate_all()
        print(f"  {run.done:,} of {run.total:,}", file=sys.stderr, flush=True)
    return run.state


def peak():
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    options = parser.parse_args(argv)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    with support.database() as name:
        with _inside.environment(name) as env:
            if not env["ir.module.module"].search([("name", "=", "loyalty_integrations"), ("state", "=", "installed")]):
                env["ir.module.module"].search([("name", "=", "loyalty_integrations")]).button_immediate_install()
        with _inside.environment(name) as env:
            ok = measure(env, ours, options.members)
        _inside.close(name)
    ours.send("stop")
    return 0 if ok else 1


def measure(env, pipe, members):
    connection = connect(env, pipe.recv())
    make_members(env, connection.program_id, members)
    before = peak()
    run, state, seconds = load(env, connection)
    figure("first load: members", f"{members:,}", f"{state}, {run.failed} failed")
    figure("first load: seconds", f"{seconds:,.0f}")
    figure("first load: members a second", f"{members / seconds:,.0f}")
    figure("first load: memory before, and at most", f"{before}", peak())
    compare = env["loyalty.sync.run"].create({"connection_id": connection.id, "kind": "reconcile"})
    compare.action_start()
    env.cr.commit()
    start = time.perf_counter()
    _until_done(env, compare, connection)
    figure("reconciliation: seconds", f"{time.perf_counter() - start:,.0f}", f"{compare.differences} differences, {peak()}")
    pipe.send("count")
    there, different = pipe.recv()
    figure("there", f"{there:,}", f"{different:,} different")
    return there == different == members and not compare.differences


if __name__ == "__main__":
    sys.exit(main())
