"""Journeys: who starts, against hand-written SQL that yields the same rows, and a campaign that gives and sends.

Whom a campaign is for is selected out of a program of --members with their ledger and journal, on one copy of that database by
the journey, on another by sql/journey_audience.sql in one transaction. Then a journey of a coupon and a mail each runs for
--through members in one process, as its job runs. Printed: members a second and the ratio of times (the bound is 2), whether the
rows are equal, seconds of the campaign (the bound: 20 minutes for 100,000), milliseconds and statements a member, and memory.
Ends with 1 if a bound is broken or rows differ.
"""

import argparse
import contextlib
import os
import threading
from datetime import datetime, timedelta

import _inside
import journeys
import psutil
import support
from _figures import figure
from _million import generate
from lots import Watch, copy, digests, run_sql, settle

BOUND = 2
SECONDS_EACH = 20 * 60 / 100_000
ROWS = {"runs": "SELECT member_id, occasion, occasion_at, is_control, state, step_id, starts_at, due_at FROM loyalty_journey_run"}
SILENT = 10


def draft(name, program):
    """The campaign, and what the statements need to know of it."""
    now = datetime.now().replace(microsecond=0)
    with _inside.environment(name) as env:
        before = now - timedelta(days=SILENT)
        env.cr.execute("SELECT percentile_disc(0.7) WITHIN GROUP (ORDER BY points)::float FROM loyalty_member")
        [points] = env.cr.fetchone()
        tag = env["res.partner.category"].create({"name": "Woken"})
        journey = env["loyalty.journey"].create({
            "name": "Wake", "program_id": program, "trigger": "date", "trigger_at": now - timedelta(hours=1),
            "control_percentage": 10,
            "member_domain": f"[('points', '>=', {points}), ('last_purchase_at', '<', '{before}')]",
            "step_ids": [(0, 0, {"name": "Tag", "kind": "tag", "tag_ids": tag.ids})],
        })  # fmt: skip
        journey.action_start()
        env.cr.commit()
        at = journey.trigger_at
        return {
            "journey": journey.id, "step": journey.step_ids.id, "before": before, "at": at, "now": now,
            "occasion": f"date:{at}", "company": journey.company_id.id or None, "program": program,
            "points": points,
        }  # fmt: skip


def select(options, stack):
    """Time who starts; whether the bound holds and the rows are equal."""
    name = stack.enter_context(support.database())
    stack.callback(_inside.close, name)
    values = draft(name, generate(name, options.members, options.entries, journal=True)["program"])
    _inside.close(name)
    stack.callback(support.drop_database, f"{name}_sql")
    copy(name, f"{name}_sql")
    settle()
    with _inside.environment(name) as env:
        watch = Watch(env.cr)
        env["loyalty.journey"].browse(values["journey"])._look()
        env.cr.commit()
        ours = watch.stop()
    settle()
    theirs = run_sql(f"{name}_sql", "journey_audience", **values)
    [[count]] = support.sql(name, "SELECT COUNT(*) FROM loyalty_journey_run")
    ratio = ours.seconds / theirs.seconds
    figure(
        f"audience of {options.members:,}: who starts", f"{count:,}", f"{ours.seconds:,.1f} s, by hand {theirs.seconds:,.1f} s"
    )
    figure("audience, times the hand-written SQL", f"{ratio:.2f}", f"(bound {BOUND})")
    equal = digests(name, ROWS) == digests(f"{name}_sql", ROWS)
    figure("audience rows", "equal" if equal else "different")
    return ratio <= BOUND and equal and count > 0


@contextlib.contextmanager
def memory():
    """What this process holds, every second."""
    process, seen, over = psutil.Process(os.getpid()), [], threading.Event()

    def look():
        while not over.wait(1):
            seen.append(process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def campaign(options, stack):
    """Let members through a coupon and a mail; whether it was fast enough."""
    name = stack.enter_context(support.database())
    stack.callback(_inside.close, name)
    journey_id = journeys.prepare(name, options.through, steps=("coupon", "mail"))
    with _inside.environment(name) as env:
        env["loyalty.journey"].browse(journey_id).action_start()
        env["loyalty.journey"].browse(journey_id)._look()
        env.cr.commit()
        watch, statements = Watch(env.cr), env.cr.sql_log_count
        with memory() as seen:
            env["loyalty.journey.run"]._advance_due()
        took, statements = watch.stop(), env.cr.sql_log_count - statements
    coupons, owners, mails, receivers, *_points = journeys.given(name, journey_id)
    tenth = len(seen) // 10
    figure(
        f"a coupon and a mail for {options.through:,}",
        f"{took.seconds:,.0f} s",
        f"{1000 * took.seconds / options.through:.1f} ms a member",
    )
    figure("statements a member", f"{statements / options.through:.2f}")
    figure("memory after a tenth, and at the end", f"{seen[tenth] / 2**20:,.0f} MB", f"{seen[-1] / 2**20:,.0f} MB")
    exact = (coupons, owners, mails, receivers) == (options.through,) * 4
    figure("one coupon and one mail each", "yes" if exact else "no")
    flat = seen[-1] < 1.2 * seen[tenth]
    return exact and flat and took.seconds <= SECONDS_EACH * options.through


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench journey", description=__doc__)
    parser.add_argument("--members", type=int, default=100_000, help="of whom it is selected who starts; 0: not at all")
    parser.add_argument("--entries", type=int, default=10, help="entries that each member has, with their purchases")
    parser.add_argument("--through", type=int, default=5_000, help="members who go through a coupon and a mail; 0: none")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        good = (not options.members or select(options, stack)) & (not options.through or campaign(options, stack))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
