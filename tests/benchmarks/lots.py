"""The nightly jobs that release pending points and let lots expire, against hand-written SQL that yields the same rows.

A program with four tiers gets one member a lot, and every member as many entries as there are entries a lot. Of every member
one pending entry is due, and one lot ended yesterday. The real jobs (`_cron_release`, `_cron_expire`: in chunks, with locks and
commits) then run on one copy of that database, the statements in sql/release.sql and sql/expire.sql on another, with all
triggers on. Printed: the ratio of times (the bound is 2), whether the rows are equal, and whether the ledger verifies. Ends with
1 if a bound is broken or rows differ.
"""

import argparse
import contextlib
import time
from collections import namedtuple

import _inside
import psutil
import psycopg2
import support
from _figures import figure
from _million import SQL, generate

BOUND = 2
Took = namedtuple("Took", "seconds busy")
#: What must be equal on both copies: every column that isn't a serial number or the moment of the run.
COMPARED = {
    "entries": """SELECT member_id, kind, state, points, qualifying_points, remaining, forgiven, date, posted_at IS NULL,
                         available_on, expires_on FROM loyalty_points_entry""",
    "allocations": """SELECT l.member_id, l.date, l.points, e.kind, e.date, e.points, a.points
                        FROM loyalty_points_allocation a JOIN loyalty_points_entry l ON l.id = a.lot_id
                        JOIN loyalty_points_entry e ON e.id = a.entry_id""",
    "cards": "SELECT id, points FROM loyalty_card",
    "members": """SELECT id, points, points_pending, points_debt, qualifying_points, lifetime_earned, lifetime_redeemed,
                         last_movement_at, next_expiry_date, next_expiry_points, tier_id, tier_since, tier_until
                    FROM loyalty_member""",
    "history": "SELECT card_id, description, issued, used FROM loyalty_history",
    "tier changes": "SELECT member_id, tier_from_id, tier_id, reason, metric, value::float, tier_until FROM loyalty_tier_change",
}


def copy(source, name):
    """Copy a large database file by file, and not through the log of transactions."""
    support.sql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
    support.sql("postgres", f'ALTER DATABASE "{name}" SET synchronous_commit = off')


def run_sql(name, file, **values):
    """Run a file of statements in one transaction, commit included; its `Took`."""
    with contextlib.closing(support.connect(name)) as connection:
        connection.autocommit = False
        with connection, connection.cursor() as cursor:
            watch = Watch(cursor)
            cursor.execute((SQL / f"{file}.sql").read_text(), values)
        return watch.stop()


def run_job(name, job):
    """Run a job of the ledger, as its cron does; its `Took`."""
    with _inside.environment(name) as env:
        watch = Watch(env.cr)
        getattr(env["loyalty.points.entry"], job)()
        env.cr.commit()
        return watch.stop()


class Watch:
    """Seconds, and seconds of the processors: ours, and that of PostgreSQL's process behind a cursor."""

    def __init__(self, cursor):
        cursor.execute("SELECT pg_backend_pid()")
        self.backend = cursor.fetchone()[0]
        self.start = self._now()

    def _now(self):
        busy = time.process_time()
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL on another machine
            busy += sum(psutil.Process(self.backend).cpu_times()[:2])
        return time.perf_counter(), busy

    def stop(self):
        return Took(*(end - start for start, end in zip(self.start, self._now(), strict=True)))


def digests(name, compared=COMPARED):
    """A number for the rows of each compared table, whatever their order."""
    return {
        title: support.sql(name, f"SELECT COUNT(*), SUM(hashtextextended(t::text, 0)::numeric) FROM ({query}) t")[0]
        for title, query in compared.items()
    }


def settle():
    """Let PostgreSQL write now what it would write in the middle of the race; only its superuser may ask for that."""
    with contextlib.suppress(psycopg2.errors.InsufficientPrivilege):
        support.sql("postgres", "CHECKPOINT")


def race(name, job, file, lots, values):
    """The job on `name` against the statements on its copy; whether the bound holds."""
    settle()
    ours = run_job(name, job)
    settle()
    theirs = run_sql(f"{name}_sql", file, **values)
    figure(
        f"{file} {lots:,} lots", f"{ours.seconds / theirs.seconds:.2f}",
        f"x hand-written SQL ({ours.seconds:.1f} and {theirs.seconds:.1f} s; "
        f"{ours.busy / theirs.busy:.2f} x its processor; bound {BOUND})",
    )  # fmt: skip
    return ours.seconds <= BOUND * theirs.seconds


def compare(name, when):
    ours, theirs = digests(name), digests(f"{name}_sql")
    different = [title for title in COMPARED if ours[title] != theirs[title]]
    counts = ", ".join(f"{ours[title][0]} {title}" for title in COMPARED)
    figure(f"rows after {when}", "different" if different else "equal", f"({', '.join(different) or counts})")
    return not different


def verify(name):
    """Verify the ledger of a database."""
    with _inside.environment(name) as env:
        start = time.perf_counter()
        result = env["loyalty.ledger.verification"].verify()
        seconds = time.perf_counter() - start
    figure("ledger", "verified" if result["ok"] else "BROKEN",
                   f"({result['entries']} entries of {result['members']} members in {seconds:.1f} s) "
                   f"{result['problems'][:3]}")  # fmt: skip
    return result["ok"]


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench lots", description=__doc__)
    parser.add_argument("--lots", type=int, default=100_000, help="lots that expire, and that are released")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the ledger")
    options = parser.parse_args(argv)
    each = options.entries // options.lots
    if each < 4:
        parser.error("at least four entries a lot")
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        stack.callback(_inside.close, name)
        values = generate(name, options.lots, each)
        figure("generated entries", f"{each * options.lots:,}")
        stack.callback(support.drop_database, f"{name}_sql")
        copy(name, f"{name}_sql")
        fine = race(name, "_cron_release", "release", options.lots, values)
        fine &= compare(name, "release")
        fine &= race(name, "_cron_expire", "expire", options.lots, values)
        fine &= compare(name, "expiry")
        fine &= verify(name)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
