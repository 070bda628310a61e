"""The nightly statistics and RFM classes of all members, against hand-written SQL that yields the same rows.

A program gets members with purchases over some two years, of which some are returned, and with check-ins. The job as it is
(`_cron_measure`: in steps, each with its commit) then fills the statistics on one copy of that database; the statement of
sql/insight.sql does on another, in one transaction. Printed: the ratio of times (the bound is 2), whether the rows are equal, and
what a second night costs, when nothing has changed, and a third, when one member in a hundred bought. Ends with 1 if the bound is
broken or rows differ.
"""

import argparse
import contextlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import _inside
import support
from _figures import figure
from _million import TZ, generate
from lots import Watch, copy, digests, run_sql, settle

BOUND = 2
ROWS = {
    "statistics": """SELECT member_id, program_id, company_id, last_on, purchases, amount, average_basket, interval_days,
                            category_id, team_id, weekday_id, active_days, reduced_share, points_earned, points_spent,
                            recency_score, frequency_score, monetary_score, rfm_class FROM loyalty_member_insight"""
}


def moments(today):
    """The beginnings of days of the program, in UTC."""

    def start(days_back):
        local = datetime.combine(today - timedelta(days=days_back), time(), ZoneInfo(TZ))
        return local.astimezone(UTC).replace(tzinfo=None)

    return {"tomorrow": start(-1), "month": start(29), "quarter": start(89), "year": start(364)}


def measure(name):
    """Run the job as at night; its `Took`."""
    settle()
    with _inside.environment(name) as env:
        env["loyalty.program"].search([]).insight_at = False
        env.cr.commit()
        watch = Watch(env.cr)
        env["loyalty.program"]._cron_measure()
        env.cr.commit()
        return watch.stop()


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench insight", description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--purchases", type=int, default=10, help="of each member; at least four")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        stack.callback(_inside.close, name)
        values = generate(name, options.members, options.purchases + 1, journal=True)
        run_sql(name, "insight_returns", **values)
        support.sql(name, "VACUUM ANALYZE")
        figure("members", f"{options.members:,}", f"({options.purchases * options.members:,} purchases)")
        stack.callback(support.drop_database, f"{name}_sql")
        copy(name, f"{name}_sql")
        ours = measure(name)
        settle()
        theirs = run_sql(f"{name}_sql", "insight", **values, **moments(values["today"]))
        ratio = ours.seconds / theirs.seconds
        figure(
            "statistics and RFM", f"{ratio:.2f}",
            f"x hand-written SQL ({ours.seconds:.1f} and {theirs.seconds:.1f} s; "
            f"{ours.busy / theirs.busy:.2f} x its processor; bound {BOUND})",
        )  # fmt: skip
        fine = digests(name, ROWS) == digests(f"{name}_sql", ROWS)
        figure("rows", "equal" if fine else "different", f"({digests(name, ROWS)['statistics'][0]:,} members)")
        for night in ("nothing changed", "one member in a hundred bought"):
            again = measure(name)
            figure(f"a night when {night}", f"{again.seconds / theirs.seconds:.2f}", f"x ({again.seconds:.1f} s)")
            run_sql(name, "insight_purchases", **values)
    return 0 if fine and ratio <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
