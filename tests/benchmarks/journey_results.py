"""What a journey brought, counted by its nightly job against hand-written SQL that yields the same rows.

A program of --members with their ledger and journal gets a journey that all of them went through, a tenth as control group, every
fourth twice. The job counts what they bought in the 90 days after (in batches, with commits) and gathers the results on one copy
of that database; the statements of sql/journey_results.sql run in one transaction on another. Printed: the ratio of times (the
bound is 2), whether rows and results are equal, the seconds of the next night, when nothing has changed, and those of gathering
the results alone, which is why they are kept. Ends with 1 if the bound is broken or rows differ.
"""

import argparse
import contextlib

import _inside
import support
from _figures import figure
from _million import SQL, generate
from lots import Watch, copy, digests, run_sql, settle

BOUND = 2
DAYS = 90
ROWS = {
    "runs": "SELECT member_id, occasion, COALESCE(purchases, 0), COALESCE(revenue, 0)::numeric(16, 2) FROM loyalty_journey_run"
}
OURS = {
    "groups": """SELECT key = 'control', (value->>'members')::int, (value->>'buyers')::int, (value->>'purchases')::int,
                        round((value->>'revenue')::numeric) FROM loyalty_journey, jsonb_each(figures) WHERE id = {journey}""",
    "steps": """SELECT id, (figures->>'done')::int, (figures->>'no_consent')::int, (figures->>'sent')::int,
                       (figures->>'opened')::int, (figures->>'coupons')::int, (figures->>'used')::int,
                       round((figures->>'points')::numeric) FROM loyalty_journey_step WHERE journey_id = {journey}""",
}
THEIRS = {
    "groups": "SELECT is_control, members::int, buyers::int, purchases::int, round(revenue) FROM journey_result",
    "steps": """SELECT step_id, done::int, no_consent::int, sent::int, opened::int, coupons::int, used::int, round(points)
                  FROM journey_step_result""",
}


def prepare(name, values):
    """The journey, and who went through it; what the statements need to know."""
    with _inside.environment(name) as env:
        tag = env["res.partner.category"].create({"name": "Woken"})
        journey = env["loyalty.journey"].create({
            "name": "Wake", "program_id": values["program"], "trigger": "joined", "attribution_days": DAYS,
            "started_at": "2020-01-01 00:00:00",
            "step_ids": [(0, 0, {"name": "Tag", "kind": "tag", "tag_ids": tag.ids})],
        })  # fmt: skip
        env.cr.commit()
        values = values | {"journey": journey.id, "step": journey.step_ids.id, "days": DAYS}
    _inside.close(name)
    with contextlib.closing(support.connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute((SQL / "journey_runs.sql").read_text(), values)
        cursor.execute("VACUUM ANALYZE loyalty_journey_run, loyalty_journey_event")
        cursor.execute("SELECT COUNT(*) FROM loyalty_journey_run")
        figure("runs", f"{cursor.fetchone()[0]:,}")
    return values


def count(env, journey):
    """A night's job; what it `Took`."""
    watch = Watch(env.cr)
    journey.counted_at = journey.counted_at and journey.counted_at.replace(year=2000)
    env["loyalty.journey"]._cron_count()
    env.cr.commit()
    return watch.stop()


def gather(env, journey):
    watch = Watch(env.cr)
    journey._gather_results()
    env.cr.commit()
    return watch.stop()


def compare(name, values):
    """Print whether both copies hold the same; whether they do."""
    mine = digests(name, ROWS | {title: query.format(**values) for title, query in OURS.items()})
    theirs = digests(f"{name}_sql", ROWS | THEIRS)
    different = [title for title in mine if mine[title] != theirs[title]]
    bought = support.sql(name, "SELECT COUNT(*) FROM loyalty_journey_run WHERE purchases > 0")[0][0]
    figure("rows", "different" if different else "equal", f"({', '.join(different or mine)}; {bought:,} runs with purchases)")
    return not different and bought > 0


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench journey_results", description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=4, help="entries of the ledger that each member has; at least four")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        stack.callback(_inside.close, name)
        values = prepare(name, generate(name, options.members, options.entries, journal=True))
        stack.callback(support.drop_database, f"{name}_sql")
        copy(name, f"{name}_sql")
        settle()
        with _inside.environment(name) as env:
            journey = env["loyalty.journey"].browse(values["journey"])
            ours = count(env, journey)
            settle()
            theirs = run_sql(f"{name}_sql", "journey_results", **values)
            ratio = ours.seconds / theirs.seconds
            figure(
                "count and results", f"{ratio:.2f}",
                f"x hand-written SQL ({ours.seconds:.1f} and {theirs.seconds:.1f} s; "
                f"{ours.busy / theirs.busy:.2f} x its processor; bound {BOUND})",
            )  # fmt: skip
            fine = compare(name, values)
            figure("the next night, nothing changed", f"{count(env, journey).seconds:.1f}", "s")
            figure("results alone", f"{gather(env, journey).seconds:.1f}", "s")
    return 0 if fine and ratio <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
