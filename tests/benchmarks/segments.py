"""Segments of a million members: a night's refresh against hand-written SQL that yields the same rows, and counts while editing.

A program with four tiers, its members, their purchases, statistics and predictions are made; then the segments that every
program has and a combination of two of them are refreshed by the nightly job (`_cron_refresh`: a transaction each, with locks,
tags of contacts and figures) on one copy of that database, and by the statements in sql/segments.sql in one transaction on
another: on the first night, when all enter, and on the next, when one member in fifty has changed. Printed: the ratios of times
(the bound is 2), whether the rows are equal, and how long the form counts for each of them. Ends with 1 if a bound is broken or
rows differ.
"""

import argparse
import contextlib
import time

import _inside
import lots
import support
from _figures import figure
from _million import SQL, generate

BOUND = 2
#: What a person waits for while editing a filter, in seconds.
PATIENCE = 1
TIERS = """LEFT JOIN LATERAL (SELECT MIN(t.threshold) AS threshold FROM loyalty_tier t
                                WHERE t.program_id = m.program_id AND t.active AND t.threshold > COALESCE(
                                      (SELECT o.threshold FROM loyalty_tier o WHERE o.id = m.tier_id), -1)) n ON true"""
#: What somebody would write who knows the tables: (joins, conditions) by the segment's key.
WANTED = {
    "high_value": ("JOIN loyalty_member_insight i ON i.member_id = m.id", "i.monetary_score >= 5"),
    "new": ("", "m.joined_on >= %(today)s::date - 30"),
    "dormant_30": ("", "m.last_purchase_at < %(midnight)s - INTERVAL '30 days'"),
    "dormant_60": ("", "m.last_purchase_at < %(midnight)s - INTERVAL '60 days'"),
    "dormant_90": ("", "m.last_purchase_at < %(midnight)s - INTERVAL '90 days'"),
    "discount": ("JOIN loyalty_member_insight i ON i.member_id = m.id", "i.reduced_share >= 50 AND i.purchases >= 3"),
    "churn": ("JOIN loyalty_member_prediction q ON q.member_id = m.id", "q.churn_risk = 'high'"),
    "birthday": ("", "EXTRACT(month FROM m.birthdate) = EXTRACT(month FROM %(today)s::date)"),
    "expiring": ("", "m.next_expiry_date BETWEEN %(today)s AND %(today)s::date + 30"),
    "next_tier": (TIERS, "m.qualifying_points >= 0.8 * n.threshold"),
    "combined": (
        "", """EXISTS (SELECT FROM loyalty_segment_membership a JOIN loyalty_segment s ON s.id = a.segment_id
                WHERE a.member_id = m.id AND a.left_at IS NULL AND s.program_id = m.program_id AND s.ready_made = 'high_value')
           AND EXISTS (SELECT FROM loyalty_segment_membership a JOIN loyalty_segment s ON s.id = a.segment_id
                WHERE a.member_id = m.id AND a.left_at IS NULL AND s.program_id = m.program_id
                  AND s.ready_made = 'dormant_60')""",
    ),
}  # fmt: skip
COMPARED = {
    "memberships": """SELECT s.sequence, r.member_id, r.company_id, r.left_at IS NULL FROM loyalty_segment_membership r
                        JOIN loyalty_segment s ON s.id = r.segment_id""",
    "tags": """SELECT s.sequence, x.partner_id FROM res_partner_res_partner_category_rel x
                 JOIN loyalty_segment s ON s.tag_id = x.category_id""",
    "segments": """SELECT sequence, member_count, member_value::float, lifetime_value::float, ROUND(average_basket, 2),
                          ROUND(share::numeric, 1) FROM loyalty_segment WHERE refreshed_at IS NOT NULL""",
}


def prepare(name, program, members):
    """Statistics, predictions and birthdays as those of some shop, and the combination; a segment's id by key."""
    for statement in (SQL / "segments_facts.sql").read_text().split(";\n"):
        if statement.strip():
            support.sql(name, statement, {"program": program, "members": members})
    with _inside.environment(name) as env:
        segments = env["loyalty.segment"]
        segments.search([("program_id", "!=", program)]).active = False
        found = {segment.ready_made: segment for segment in segments.search([("program_id", "=", program)])}
        found["combined"] = segments.create({
            "name": "Combined", "kind": "combination", "program_id": program, "sequence": 999,
            "term_ids": [(0, 0, {"part_id": found[key].id}) for key in ("high_value", "dormant_60")],
        })  # fmt: skip
        env.cr.commit()
        result = {key: found[key].id for key in WANTED}
    _inside.close(name)
    return result


def refresh(name):
    """Run the nightly job; its `Took`."""
    with _inside.environment(name) as env:
        env["loyalty.segment"].search([]).tried_at = False
        env.cr.commit()
        watch = lots.Watch(env.cr)
        env["loyalty.segment"]._cron_refresh()
        env.cr.commit()
        return watch.stop()


def by_hand(name, segments, values):
    """The same by statements; their `Took`."""
    text = (SQL / "segments.sql").read_text()
    with contextlib.closing(support.connect(name)) as connection:
        connection.autocommit = False
        with connection, connection.cursor() as cursor:
            watch = lots.Watch(cursor)
            for key, number in segments.items():
                joins, conditions = WANTED[key]
                if key == "combined":  # it reads what has just been written
                    cursor.execute("ANALYZE loyalty_segment_membership")
                statements = text.replace("/*joins*/", joins).replace("/*conditions*/", conditions)
                cursor.execute(statements, {**values, "segment": number})
        return watch.stop()


def night(name, segments, values, what):
    """One night on both copies; whether the bound holds and the rows are equal."""
    lots.settle()
    ours = refresh(name)
    lots.settle()
    theirs = by_hand(f"{name}_sql", segments, values)
    figure(
        f"{what}, {len(segments)} segments", f"{ours.seconds / theirs.seconds:.2f}",
        f"x hand-written SQL ({ours.seconds:.1f} and {theirs.seconds:.1f} s; "
        f"{ours.busy / theirs.busy:.2f} x its processor; bound {BOUND})",
    )  # fmt: skip
    mine, others = lots.digests(name, COMPARED), lots.digests(f"{name}_sql", COMPARED)
    different = [title for title in COMPARED if mine[title] != others[title]]
    counts = ", ".join(f"{mine[title][0]:,} {title}" for title in COMPARED)
    figure(f"rows after the {what}", "different" if different else "equal", f"({', '.join(different) or counts})")
    return ours.seconds <= BOUND * theirs.seconds and not different


def change(name):
    """What a day brings: one member in fifty has bought, one in a hundred has become a better customer, some have left."""
    for statement in (SQL / "segments_day.sql").read_text().split(";\n"):
        if statement.strip():
            support.sql(name, statement)


def live(name, segments):
    """How long the form needs to count each of them, unsaved; whether nobody waits."""
    slowest = 0
    with _inside.environment(name) as env:
        for key, number in segments.items():
            segment = env["loyalty.segment"].browse(number)
            said = {field: segment[field] for field in ("kind", "member_domain", "match")}
            terms = [(0, 0, {"side": "in", "part_id": part.id}) for part in segment.term_ids.part_id]
            draft = segment.new({**said, "name": "Draft", "program_id": segment.program_id.id, "term_ids": terms})
            start = time.perf_counter()
            count = draft.live_count
            seconds = time.perf_counter() - start
            slowest = max(slowest, seconds)
            figure(f"counting {key} while it is edited", f"{seconds:.2f}", f"s, {count:,} members")
    figure("the slowest of them", f"{slowest:.2f}", f"s (bound {PATIENCE})")
    return slowest <= PATIENCE


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench segments", description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=400_000, help="entries of the ledger, each with its purchase")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        values = generate(name, options.members, options.entries // options.members, journal=True)
        segments = prepare(name, values["program"], options.members)
        lots.copy(name, f"{name}_sql")
        stack.callback(support.drop_database, f"{name}_sql")
        stack.callback(_inside.close, name)
        midnight = "SELECT %(today)s::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC'"
        values["midnight"] = support.sql(name, midnight, values)[0][0]
        fine = night(name, segments, values, "first night")
        for one in (name, f"{name}_sql"):
            change(one)
        fine &= night(name, segments, values, "next night")
        fine &= live(name, segments)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
