"""Points for everybody at once, against hand-written SQL that yields the same rows.

A program gets members with some entries each, whose pending and ended points are dealt with first. A grant to all of them is then
submitted and booked by its job as it is (in batches, with locks and commits) on one copy of that database; the statements of
sql/mass_grant.sql, in one transaction and with all triggers on, run on another. Printed: members a second of both, the ratio (the
bound is 2), whether the rows are equal, and whether the ledger verifies. Ends with 1 if the bound is broken or rows differ.
"""

import argparse
import contextlib

import _inside
import support
from _figures import figure
from _million import generate
from lots import COMPARED, Watch, copy, digests, run_job, run_sql, settle, verify

BOUND = 2
POINTS = 50
REASON = "Sorry"
#: Both run at a moment of their own.
ROWS = COMPARED | {
    "entries": COMPARED["entries"].replace(" date,", " date::date,"),
    "lines": "SELECT member_id, state, entry_id IS NOT NULL FROM loyalty_points_adjustment_line",
}


def draft(name, program):
    """The adjustment, as a manager fills it in; what the statements need to know of it."""
    with _inside.environment(name) as env:
        adjustment = env["loyalty.points.adjustment"].create({
            "program_id": program, "points": POINTS, "reason": REASON, "audience": "segment", "segment_domain": "[]",
        })  # fmt: skip
        env.cr.commit()
        expires = adjustment.program_id._expires_on(adjustment.program_id._today())
        return {"adjustment": adjustment.id, "points": POINTS, "reason": REASON, "expires": expires}


def book(name, adjustment):
    """Submit it and run its job; seconds."""
    settle()
    with _inside.environment(name) as env:
        watch = Watch(env.cr)
        env["loyalty.points.adjustment"].browse(adjustment).action_submit()
        env.cr.commit()
        submitted = watch.stop()
        env["loyalty.points.adjustment"]._cron_book()
        env.cr.commit()
        return submitted, watch.stop()


def compare(name):
    ours, theirs = digests(name, ROWS), digests(f"{name}_sql", ROWS)
    different = [title for title in ROWS if ours[title] != theirs[title]]
    figure("rows", "different" if different else "equal", f"({', '.join(different or ROWS)})")
    return not different


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench mass_grant", description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=4, help="entries that each member has before; at least four")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        stack.callback(_inside.close, name)
        values = generate(name, options.members, options.entries)
        for job in ("_cron_release", "_cron_expire"):
            run_job(name, job)
        values |= draft(name, values["program"])
        _inside.close(name)
        stack.callback(support.drop_database, f"{name}_sql")
        copy(name, f"{name}_sql")
        submitted, ours = book(name, values["adjustment"])
        settle()
        theirs = run_sql(f"{name}_sql", "mass_grant", **values)
        ratio = ours.seconds / theirs.seconds
        figure(
            "members a second",
            f"{options.members / ours.seconds:,.0f}",
            f"({submitted.seconds:.1f} of {ours.seconds:.1f} s to submit)",
        )
        figure("... by hand-written SQL", f"{options.members / theirs.seconds:,.0f}", f"({theirs.seconds:.1f} s)")
        figure("mass grant", f"{ratio:.2f}", f"x hand-written SQL ({ours.busy / theirs.busy:.2f} x its processor; bound {BOUND})")
        fine = compare(name) & verify(name)
    return 0 if fine and ratio <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
