"""Sending what is queued, against bare `requests` posts of the same bodies to the same server; and what queueing costs.

The receiver is a process of its own, the fake of the tests. In turns: so many rows dispatched by one worker, in this process,
each result committed before the next row is sent and each attempt logged; then the same requests, signed beforehand, posted by a
session that keeps its connection. Printed: rows a second of both, and the median of the pairs' ratios.

Then, in turns with no, one and three listening connections: confirming an order, and recording a thousand purchases at once.
"""

import argparse
import contextlib
import re
import subprocess
import sys
import time
from statistics import median

import _inside
import outbox
import requests
import support
from _figures import figure, ratio
from order_confirmation import membership

FAKES = support.ROOT / "addons/loyalty_integrations/tests/fakes"
COUNTS = (0, 1, 3)


@contextlib.contextmanager
def receiver():
    """The address of a receiver of webhooks in a process of its own."""
    command = [sys.executable, "-u", FAKES / "webhook.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://\S+", process.stdout.readline())[0]
            # It tells each request; nobody reads that here.
            drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
            yield address
        finally:
            process.kill()
            drain.wait()


def dispatched(env, name, connection, number):
    """Seconds that sending so many rows takes, of them of the processor."""
    outbox.queue(name, connection, number)
    env.cr.commit()
    time.sleep(1)  # rows are due by whole seconds
    start, busy = time.perf_counter(), time.process_time()
    sent = env["loyalty.connection"].browse(connection)._dispatch(time.monotonic() + 600)
    if sent != number:
        raise RuntimeError(f"{sent} of {number} rows were sent: WRONG")
    return time.perf_counter() - start, time.process_time() - busy


def posted(env, connection, number):
    """Seconds that bare posts of the same requests take, of them of the processor."""
    url, signed = ready(env, connection, number)
    with requests.Session() as session:
        start, busy = time.perf_counter(), time.process_time()
        answers = {session.post(url, data=body, headers=headers, timeout=20).status_code for body, headers in signed}
        taken = time.perf_counter() - start, time.process_time() - busy
    if answers != {204}:
        raise RuntimeError(f"bare posts were answered by {answers}: WRONG")
    return taken


def ready(env, connection, number):
    """The address, and (body, headers) of what was sent last."""
    env.cr.commit()
    env.cr.execute(
        "SELECT payload, idempotency_key FROM loyalty_outbox WHERE connection_id = %s ORDER BY id DESC LIMIT %s",
        [connection, number],
    )
    rows = env.cr.fetchall()
    record = env["loyalty.connection"].browse(connection)
    with record._adapter() as adapter:
        bodies = [(adapter.body(payload), f"msg_{key}") for payload, key in rows]
        headers = {"Content-Type": "application/json"}
        return record.webhook_url, [(body, {**adapter._signed(name, body), **headers}) for body, name in bodies]


def compare_sending(env, name, connection, rows, rounds):
    ours, bare = [], []
    for number in range(rounds + 1):
        mine, theirs = dispatched(env, name, connection, rows), posted(env, connection, rows)
        if number:  # the first one fills caches that stay
            ours.append(mine)
            bare.append(theirs)
    (times, busy), (bare_times, bare_busy) = zip(*ours, strict=True), zip(*bare, strict=True)
    figure("dispatch, rows", f"{rows / median(times):,.0f}", f"a second, one worker ({median(times) / rows * 1000:.1f} ms a row)")
    figure("bare posts", f"{rows / median(bare_times):,.0f}", f"a second ({median(bare_times) / rows * 1000:.1f} ms each)")
    figure(
        "dispatch, time", f"{ratio(times, bare_times):.2f}",
        f"x bare posts ({ratio(busy, bare_busy):.2f} x their processor)",
    )  # fmt: skip


class Shop:
    """What is confirmed and recorded with no, one or three connections that listen."""

    def __init__(self, env, connections):
        self.env = env
        self.connections = env["loyalty.connection"].browse(connections)
        self.program = membership(env)
        self.connections.program_id = self.program
        partners = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(100)])
        self.members = env["loyalty.member"].create([{"partner_id": p.id, "program_id": self.program.id} for p in partners])
        self.product = env["product.product"].create({
            "name": "Advice", "type": "service", "list_price": 30, "taxes_id": False,
        })  # fmt: skip
        self.numbers = iter(range(10**9))

    def listen(self, count):
        """So many connections keep what changes; nothing is sent."""
        for position, connection in enumerate(self.connections):
            connection.state = "paused" if position < count else "draft"
        self.env.cr.commit()

    def confirm(self):
        number = next(self.numbers)
        order = self.env["sale.order"].create({
            "partner_id": self.members[number % 100].partner_id.id,
            "order_line": [(0, 0, {"product_id": self.product.id, "product_uom_qty": 1}) for _line in range(5)],
        })
        return _inside.measured(self.env, order.action_confirm)

    def record(self):
        purchases = [
            {
                "member": self.members[number % 100].code, "source": "bench", "reference": str(next(self.numbers)),
                "lines": [{"name": "Tea", "quantity": 1, "amount": 10 + number % 90}],
            }
            for number in range(1000)
        ]  # fmt: skip
        return _inside.measured(self.env, lambda: self.env["loyalty.api"].record_purchases(purchases, program=self.program.id))


def compare_queueing(shop, what, act, rounds):
    results = {count: [] for count in COUNTS}
    for number in range(rounds + 1):
        for count in COUNTS if number % 2 else reversed(COUNTS):
            shop.listen(count)
            outcome = act()
            if number:
                results[count].append(outcome)
    none_times, none_busy, none_queries = zip(*results[0], strict=True)
    for count in COUNTS[1:]:
        times, busy, queries = zip(*results[count], strict=True)
        figure(
            f"{what}, {count} connections, time", f"{ratio(times, none_times):.2f}",
            f"x none (medians {median(times) * 1000:.0f} and {median(none_times) * 1000:.0f} ms; "
            f"{ratio(busy, none_busy):.2f} x its processor)",
        )  # fmt: skip
        figure(f"{what}, {count} connections, statements", f"{median(queries) - median(none_queries):+.0f}", "than none")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench dispatch", description=__doc__)
    parser.add_argument("--rows", type=int, default=1000, help="rows of each turn")
    parser.add_argument("--rounds", type=int, default=7, help="turns")
    options = parser.parse_args(argv)
    with receiver() as url, support.database() as name:
        connections = outbox.connect(name, **{f"c{number}": url for number in range(3)})
        with contextlib.ExitStack() as stack:
            stack.callback(_inside.close, name)
            env = stack.enter_context(_inside.environment(name))
            first = connections["c0"]
            compare_sending(env, name, first, options.rows, options.rounds)
            shop = Shop(env, [*connections.values()])
            compare_queueing(shop, "order_confirmation", shop.confirm, 3 * options.rounds)
            compare_queueing(shop, "record_purchases of 1,000", shop.record, options.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
