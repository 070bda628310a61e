"""The nightly jobs that release pending points and let lots expire, against hand-written SQL that yields the same rows.

A program with four tiers gets one member a lot, and every member as many entries as there are entries a lot. Of every member
one pending entry is due, and one lot ended yesterday. The real jobs (`_cron_release`, `_cron_expire`: in chunks, with locks and
commits) then run on one copy of that database, the statements in sql/release.sql and sql/expire.sql on another, with all
triggers on. Printed: the ratio of times (the bound is 2), whether the rows are equal, and whether the ledger verifies.
"""

import argparse
import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import _inside
import support
from _figures import Progress, figure
from order_confirmation import TIERS

SQL = Path(__file__).parent / "sql"
TZ = "Asia/Shanghai"
THRESHOLDS = (0, 1.4, 3, 9)  # of what a member has on average: one in ten climbs by what is released
#: What must be equal on both copies: every column that isn't a serial number or the moment of the run.
COMPARED = {
    "entries": """SELECT member_id, kind, state, points, qualifying_points, remaining, forgiven, date, posted_at IS NULL,
                         available_on, expires_on FROM loyalty_points_entry""",
    "allocations": """SELECT l.member_id, l.date, l.points, e.kind, e.date, e.points, a.points
                        FROM loyalty_points_allocation a JOIN loyalty_points_entry l ON l.id = a.lot_id
                        JOIN loyalty_points_entry e ON e.id = a.entry_id""",
    "cards": "SELECT id, points FROM loyalty_card",
    "members": """SELECT id, points_pending, points_debt, qualifying_points, lifetime_earned, lifetime_redeemed,
                         last_movement_at, next_expiry_date, next_expiry_points, tier_id, tier_since, tier_until
                    FROM loyalty_member""",
    "history": "SELECT card_id, description, issued, used FROM loyalty_history",
    "tier changes": "SELECT member_id, tier_from_id, tier_id, reason, value::float, tier_until FROM loyalty_tier_change",
}


def program(name, entries_each):
    """Make the program; what the statements need to know."""
    with _inside.environment(name) as env:
        made = env["loyalty.program"].create({
            "name": "Members", "is_membership": True, "tz": TZ, "hold_days": 15, "tier_validity_months": 12,
            "expiry_policy": "rolling", "expiry_number": 2, "expiry_unit": "year",
            "tier_metric": "qualifying_points", "tier_window": "lifetime",
        })  # fmt: skip
        rule = env["loyalty.earning.rule"].create({"program_id": made.id, "name": "Base", "points_mode": "money", "points": 1})
        average = 125 + 35 * (entries_each - 3)
        tiers = env["loyalty.tier"].create([
            {"program_id": made.id, "name": title, "threshold": factor * average}
            for (title, _threshold, _multiplier), factor in zip(TIERS, THRESHOLDS, strict=True)
        ])
        env.cr.commit()
        result = {"program": made.id, "company": made.company_id.id or None, "rule": rule.id, "tier": tiers[0].id, "tz": TZ}
    _inside.close(name)
    return result


def fill(name, **values):
    """Run sql/generate.sql, statement by statement."""
    statements = [part for part in (SQL / "generate.sql").read_text().split(";\n") if part.strip()]
    with (
        contextlib.closing(support.connect(name)) as connection,
        connection.cursor() as cursor,
        Progress("statements of the generator", len(statements)) as progress,
    ):
        for statement in statements:
            cursor.execute(statement, values)
            progress.add(1)


def run_sql(name, file, **values):
    """Run a file of statements in one transaction; its seconds, commit included."""
    with contextlib.closing(support.connect(name)) as connection:
        connection.autocommit = False
        start = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.execute((SQL / f"{file}.sql").read_text(), values)
        return time.perf_counter() - start


def run_job(name, job):
    """Run a job of the ledger, as its cron does; its seconds."""
    with _inside.environment(name) as env:
        start = time.perf_counter()
        getattr(env["loyalty.points.entry"], job)()
        env.cr.commit()
        return time.perf_counter() - start


def generate(name, members, entries_each):
    """Fill a database; the values that the statements need."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    values = program(name, entries_each) | {"now": now, "today": datetime.now(ZoneInfo(TZ)).date()}
    fill(name, members=members, each=entries_each, **values)
    # The lowest tier is reached by joining; members who have more by now are raised before the race.
    with _inside.environment(name) as env:
        while members_left := env["loyalty.member"].search([("id", ">", values.get("last", 0))], limit=5000, order="id"):
            members_left._update_tiers()
            env.cr.commit()
            env.invalidate_all()
            values["last"] = members_left[-1].id
    _inside.close(name)
    support.sql(name, "VACUUM ANALYZE")
    return values


def digests(name):
    """A number for the rows of each compared table, whatever their order."""
    return {
        title: support.sql(name, f"SELECT COUNT(*), SUM(hashtextextended(t::text, 0)::numeric) FROM ({query}) t")[0]
        for title, query in COMPARED.items()
    }


def race(name, job, file, lots, values):
    """The job on `name` against the statements on its copy."""
    support.sql("postgres", "CHECKPOINT")
    ours = run_job(name, job)
    support.sql("postgres", "CHECKPOINT")
    theirs = run_sql(f"{name}_sql", file, **values)
    figure(f"{file} {lots} lots", f"{ours / theirs:.2f}",
                   f"x hand-written SQL ({ours:.1f} and {theirs:.1f} s; bound 2)")  # fmt: skip


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
    with support.database() as name:
        values = generate(name, options.lots, each)
        figure("generated entries", each * options.lots)
        support.copy_database(name, f"{name}_sql")
        try:
            race(name, "_cron_release", "release", options.lots, values)
            fine = compare(name, "release")
            race(name, "_cron_expire", "expire", options.lots, values)
            fine = compare(name, "expiry") and fine
            fine = verify(name) and fine
        finally:
            _inside.close(name)
            support.drop_database(f"{name}_sql")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
