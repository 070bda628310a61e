"""Recording purchases over HTTP, against bare creates of partners over the same HTTP.

`record_purchase`, one call a purchase, against as many JSON-2 creates of one `res.partner`: calls in turns, so that both meet the
same machine; then `record_purchases` in batches, rows per second. A program with four tiers and 1 point per unit of money.
"""

import argparse
import time
from statistics import median

import support
from _figures import figure, ratio
from cdnow import answer, make_program, send
from order_confirmation import TIERS


def timed(call, *arguments, **values):
    """Seconds of one call that succeeds."""
    start = time.perf_counter()
    answer(call(*arguments, **values))
    return time.perf_counter() - start


def purchases(members, count, batch):
    """Purchases of members in turn, with references that begin with the batch's name."""
    return [
        {
            "member": members[number % len(members)],
            "source": "bench",
            "reference": f"{batch}-{number}",
            "lines": [{"name": "Tea", "quantity": 1, "amount": 10 + number % 90}, {"name": "Cup", "quantity": 2, "amount": 30}],
        }
        for number in range(count)
    ]


def prepare(client):
    """The program with its tiers, and a hundred members' numbers."""
    program = make_program(client, "Record")
    tiers = [{"program_id": program, "name": n, "threshold": t, "earn_multiplier": m} for n, t, m in TIERS]
    answer(client("loyalty.tier", "create", vals_list=tiers))
    people = [{"name": f"Member {number}", "source": "bench", "reference": str(number)} for number in range(100)]
    answers, _progress = send(client, program, "enroll_members", "members", people, "members", 1)
    return program, [row["member"] for row in answers]


def single(client, program, members, count):
    """One call a purchase against one call a partner, in turns."""
    ours, bare = [], []
    for number, purchase in enumerate(purchases(members, count + 10, "single")):
        partner = timed(client, "res.partner", "create", vals_list=[{"name": f"Partner {number}"}])
        record = timed(client, "loyalty.api", "record_purchase", program=program, **purchase)
        if number >= 10:  # the first ones fill caches that stay
            bare.append(partner)
            ours.append(record)
    figure("record_purchase calls", f"{1 / median(ours):,.0f}", f"a second (median {median(ours) * 1000:.1f} ms)")
    figure("res.partner creates", f"{1 / median(bare):,.0f}", f"a second (median {median(bare) * 1000:.1f} ms)")
    figure("record_purchase, time", f"{ratio(ours, bare):.2f}", "x a bare create of a partner")


def batched(client, program, members, count):
    """Rows a second of `record_purchases` in batches."""
    for size in (10, 100, 1000):
        rows = purchases(members, min(count, 20 * size), f"batch{size}")
        _answers, progress = send(client, program, "record_purchases", "purchases", rows, f"batches of {size}", 1, size)
        figure(f"record_purchases, batches of {size}", f"{progress.rate:,.0f}", "rows a second, one client")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench record", description=__doc__)
    parser.add_argument("--url", help="a running server; default: a throw-away one")
    parser.add_argument("--key", help="API key of its administrator; default: LOYALTY_KEY")
    parser.add_argument("--count", type=int, default=300, help="single calls of each kind (default: 300)")
    options = parser.parse_args(argv)
    with support.served(options.url, options.key) as client:
        program, members = prepare(client)
        single(client, program, members, options.count)
        batched(client, program, members, 10 * options.count)


if __name__ == "__main__":
    main()
