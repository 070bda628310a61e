"""The real purchases of an online shop, through `loyalty.api` over HTTP, and whether the ledger says what the file says.

Enrols the 23,570 customers of CDNOW and records their 69,659 purchases of 1997 and 1998 in batches, 1 point per unit of money,
rounded down per purchase. Then reads back what the journal and the ledger hold, verifies the ledger, and sends the whole file
once more, which must change nothing. Against the server at --url with the API key of an administrator (--key or LOYALTY_KEY),
or else against a throw-away one.
"""

import argparse
import contextlib
import lzma
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import support
from _figures import Progress, figure

FILE = Path(__file__).parents[1] / "data" / "cdnow_master.txt.xz"
SOURCE = "cdnow"
#: What the whole file must say: purchases, customers, points, spend.
KNOWN = (69_659, 23_570, 2_453_159, Decimal("2500315.63"))
BATCH = 1000

Purchase = namedtuple("Purchase", "customer reference date quantity amount")


def read(path):
    """The purchases of a file, plain or .xz, in its order; a purchase's number is its place among its customer's."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="ascii") as lines:
        next(lines)
        result, counts = [], {}
        for line in lines:
            customer, day, quantity, amount = line.split()
            counts[customer] = counts.get(customer, 0) + 1
            date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
            result.append(Purchase(customer, f"{customer}-{counts[customer]}", date, int(quantity), Decimal(amount)))
    return result


def expected(purchases):
    """What the ledger must say of them: (purchases, customers, points, spend)."""
    points = sum(int(purchase.amount) for purchase in purchases)
    return len(purchases), len({p.customer for p in purchases}), points, sum(p.amount for p in purchases)


def customer_rows(purchases):
    """The arguments of `enroll_members`, one a customer."""
    customers = dict.fromkeys(purchase.customer for purchase in purchases)
    return [{"name": f"CDNOW {customer}", "source": SOURCE, "reference": customer} for customer in customers]


def purchase_rows(purchases):
    """The arguments of `record_purchases`."""
    return [
        {
            "member": purchase.customer,
            "source": SOURCE,
            "reference": purchase.reference,
            "date": purchase.date,
            "lines": [{"name": "CD", "quantity": purchase.quantity, "amount": float(purchase.amount)}],
        }
        for purchase in purchases
    ]


def batches(rows, size=BATCH):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def make_program(client, name):
    """The id of the program of this name: 1 point per unit of money, rounded down, no tiers; made if there is none."""
    found = answer(client("loyalty.program", "search", domain=[("name", "=", name), ("is_membership", "=", True)]))
    if found:
        return found[0]
    values = {"name": name, "is_membership": True, "points_rounding": "down", "points_precision": "1"}
    [program] = answer(client("loyalty.program", "create", vals_list=[values]))
    rule = {"program_id": program, "name": "Purchase", "points_mode": "money", "points": 1, "per_amount": 1}
    answer(client("loyalty.earning.rule", "create", vals_list=[rule]))
    return program


def answer(response):
    """The JSON of an answer; an error tells what the server said."""
    if not response.ok:
        raise RuntimeError(f"{response.status_code} {response.url}: {response.text[:500]}")
    return response.json()


def send(client, program, method, argument, rows, what, clients=2, size=BATCH):
    """Send rows in batches, by several clients at once; (answers in order, progress)."""

    def call(batch):
        answers = answer(client("loyalty.api", method, program=program, **{argument: batch}))
        progress.add(len(batch))
        return answers

    with Progress(what, len(rows)) as progress, ThreadPoolExecutor(clients) as pool:
        answers = [row for part in pool.map(call, batches(rows, size)) for row in part]
    wrong = [row for row in answers if "error" in row]
    if wrong:
        raise RuntimeError(f"{len(wrong)} {what} were refused, the first: {wrong[0]}")
    return answers, progress


def counts(client, program):
    """How many rows of each kind the program has, and the sums of points and spend."""

    def group(model, *aggregates):
        domain = [("program_id", "=", program)]
        [row] = answer(client(model, "formatted_read_group", domain=domain, groupby=[], aggregates=["__count", *aggregates]))
        return tuple(row[name] for name in ("__count", *aggregates))

    return {
        "members": group("loyalty.member", "purchase_count:sum", "lifetime_earned:sum"),
        "purchases": group("loyalty.transaction", "amount:sum", "points:sum"),
        "lines": group("loyalty.transaction.line", "amount:sum"),
        "entries": group("loyalty.points.entry", "points:sum"),
    }


def said(rows):
    """What `counts` says, in the form of `expected`."""
    purchases, spend, journal_points = rows["purchases"]
    members, counted, earned = rows["members"]
    _entries, points = rows["entries"]
    if not (counted == purchases and points == journal_points == earned):
        raise AssertionError(f"members, journal and ledger differ: {rows}")
    return purchases, members, int(points), round(Decimal(repr(spend)), 2)


def check(name, found, wanted):
    """Print whether it is as it must be; the truth of it."""
    fine = found == wanted
    figure(name, "ok" if fine else "WRONG", "" if fine else f"found {found}, wanted {wanted}")
    return fine


def run(client, purchases, program, clients=2):
    """Send the purchases twice and check what the server holds; True if everything is right."""
    people, rows = customer_rows(purchases), purchase_rows(purchases)
    _answers, progress = send(client, program, "enroll_members", "members", people, "customers", clients)
    figure("cdnow customers enrolled", f"{progress.rate:,.0f}", "a second")
    answers, progress = send(client, program, "record_purchases", "purchases", rows, "purchases", clients)
    figure("cdnow purchases recorded", f"{progress.rate:,.0f}", f"a second ({len(rows):,} in {progress.seconds:.0f} s)")
    before = counts(client, program)
    wanted = expected(purchases)
    fine = check(f"ledger says {wanted[2]:,} points and {wanted[3]:,} of spend", said(before), wanted)
    points = [int(purchase.amount) for purchase in purchases]
    fine &= check("every purchase earned its own points", [row["points"] for row in answers], points)
    verified = answer(client("loyalty.ledger.verification", "verify", program=program))
    fine &= check("ledger verified", (verified["ok"], verified["problems"]), (True, []))
    again, progress = send(client, program, "enroll_members", "members", people, "customers again", clients)
    fine &= check("second time: no customer is new", {row["created"] for row in again}, {False})
    again, progress = send(client, program, "record_purchases", "purchases", rows, "purchases again", clients)
    figure("cdnow purchases repeated", f"{progress.rate:,.0f}", "a second")
    fine &= check("second time: every purchase is a duplicate", {row["duplicate"] for row in again}, {True})
    same = [row["transaction"] for row in again] == [row["transaction"] for row in answers]
    return fine & check("second time: nothing changed", (counts(client, program), same), (before, True))


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench cdnow", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="default: tests/data/cdnow_master.txt.xz")
    parser.add_argument("--url", help="a running server, e.g. http://localhost:8069; default: a throw-away one")
    parser.add_argument("--key", help="API key of its administrator; default: LOYALTY_KEY")
    parser.add_argument("--program", default="CDNOW", help="name of the program; made if there is none (default: CDNOW)")
    parser.add_argument("--clients", type=int, default=2, help="batches that are sent at once (default: 2)")
    options = parser.parse_args(argv)
    purchases = read(options.file)
    fine = True
    if len(purchases) == KNOWN[0]:
        fine = check("the file is CDNOW's", expected(purchases), KNOWN)
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(support.served(options.url, options.key))
        fine &= run(client, purchases, make_program(client, options.program), options.clients)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
