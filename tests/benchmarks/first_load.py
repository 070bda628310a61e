"""A first load of members into a system that only keeps them, and of a year of purchases out of it, over real sockets.

Members are made by SQL, queued and sent by the methods that the jobs call, with all commits, to the echo system of the addon's
own tests, in a process of its own. Printed: seconds, members a second and peak memory; and of a comparison of both sides
afterwards. The purchases, spread over the last year and all members, are fetched into the inbox and booked the same way, in
turns. Ends with 1 if a member is missing there or comes twice, if a purchase is not booked, or if the points are not what was
spent.
"""

import argparse
import datetime
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
    """The echo system; tells its address, then answers.

    "count" with (records, different member numbers), ("sell", member numbers, number of purchases) when it has them.
    """
    sys.path.insert(0, str(ECHO.parent))
    spec = importlib.util.spec_from_file_location("echo", ECHO)
    echo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(echo)
    with indexed(echo)() as fake:
        pipe.send(fake.url)
        while (asked := pipe.recv()) != "stop":
            with fake.lock:
                if asked == "count":
                    pipe.send((len(fake.records), len({values["code"] for values in fake.records.values()})))
                else:
                    fake.sales = sales(*asked[1:])
                    pipe.send(len(fake.sales))


def indexed(echo):
    """The echo system, finding members at once however many there are: it isn't its search that is measured."""

    class Indexed(echo.Echo):
        def __init__(self, *args):
            super().__init__(*args)
            self.by_code = {}

        def _records(self, request):
            if request.method == "GET" and "code" in request.query:
                return echo.reply({"found": self.by_code.get(request.query["code"], [])})
            answer = super()._records(request)
            if request.method == "POST":  # each member is sent once
                number = next(reversed(self.records))
                self.by_code.setdefault(self.records[number]["code"], []).append(number)
            return answer

    return Indexed


def sales(codes, number):
    """Purchases of 1 to 500, one line each, by all members in turn, over the year that ends now; oldest first."""
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=365)
    step = datetime.timedelta(days=365) / (number + 1)
    return [
        {
            "number": f"S{place}", "member": codes[place * 7919 % len(codes)], "at": f"{start + step * place:%Y-%m-%dT%H:%M:%SZ}",
            "lines": [{"line_id": "1", "sku": f"P{place % 997}", "quantity": 1, "amount": 1 + place % 500}],
        }
        for place in range(number)
    ]  # fmt: skip


def connect(env, url):
    from odoo.addons.loyalty_integrations.adapters.base import ADAPTERS
    from odoo.addons.loyalty_integrations.tests.common import EchoAdapter

    EchoAdapter.url, EchoAdapter.page_size = url, 1000
    ADAPTERS["echo"] = EchoAdapter
    field = env["loyalty.connection"]._fields["system"]
    field.selection = [*field.selection, ("echo", "Echo")]
    field._selection = {**field._selection, "echo": "Echo"}
    program = env["loyalty.program"].create({"name": "Load", "is_membership": True, "tz": "Asia/Shanghai"})
    env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Base", "points_mode": "money", "points": 1})
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


def fetch(env, connection):
    """A first load of purchases, fetched and booked in turns until all are; (its state, seconds of fetching, of booking)."""
    connection.pull_purchases = True
    run = env["loyalty.sync.run"].create({"connection_id": connection.id, "kind": "first_load", "flow": "pull_purchases"})
    run.action_start()
    env.cr.commit()
    fetching = booking = 0.0
    while run.state == "running":
        start = time.perf_counter()
        connection._pull(time.monotonic() + 10)
        env.cr.commit()
        between = time.perf_counter()
        env["loyalty.inbox"]._cron_process()
        env.cr.commit()
        fetching, booking = fetching + between - start, booking + time.perf_counter() - between
        run._work(time.monotonic() + 60)
        env.cr.commit()
        env.invalidate_all()
        print(f"  {run.done:,} read", file=sys.stderr, flush=True)
    return run.state, fetching, booking


def peak():
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--purchases", type=int, default=100_000)
    options = parser.parse_args(argv)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    with support.database() as name:
        with _inside.environment(name) as env:
            if not env["ir.module.module"].search([("name", "=", "loyalty_integrations"), ("state", "=", "installed")]):
                env["ir.module.module"].search([("name", "=", "loyalty_integrations")]).button_immediate_install()
        with _inside.environment(name) as env:
            ok = measure(env, ours, options.members) and purchases(env, ours, options.purchases)
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


def purchases(env, pipe, number):
    connection = env["loyalty.connection"].search([("system", "=", "echo")])
    pipe.send(("sell", env["loyalty.member"].search([("program_id", "=", connection.program_id.id)]).mapped("code"), number))
    pipe.recv()
    state, fetching, booking = fetch(env, connection)
    env.cr.execute(
        """SELECT count(*), sum(amount), (SELECT sum(points) FROM loyalty_points_entry) FROM loyalty_transaction
            WHERE program_id = %s""", [connection.program_id.id],
    )  # fmt: skip
    booked, money, points = env.cr.fetchone()
    figure("a year of purchases: booked", f"{booked:,}", state)
    figure("a year of purchases: seconds", f"{fetching + booking:,.0f}", f"{fetching:,.0f} to fetch, {booking:,.0f} to book")
    figure("a year of purchases: a second", f"{booked / (fetching + booking):,.0f}", peak())
    figure("a year of purchases: money and points", f"{money:,.0f}", f"{points:,.0f} points")
    return booked == number and money == points == sum(1 + place % 500 for place in range(number))


if __name__ == "__main__":
    sys.exit(main())
