"""A program of many members, made in one go, and the proof that a mass grant booked each of them exactly once."""

import support

MEMBERS = 12_000
POINTS = 7

SETUP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Many", "is_membership": True})
env.flush_all()
env.cr.execute('''
    WITH person AS (
        INSERT INTO res_partner (name, complete_name, active, type, autopost_bills)
        SELECT 'Customer ' || i, 'Customer ' || i, true, 'contact', 'ask' FROM generate_series(1, %(members)s) i
        RETURNING id, name
    ), card AS (
        INSERT INTO loyalty_card (program_id, company_id, partner_id, code, points, is_member, active)
        SELECT %(program)s, %(company)s, id, 'MASS' || id, 0, true, true FROM person RETURNING id, partner_id
    )
    INSERT INTO loyalty_member (card_id, name, points, program_id, company_id, state, active, joined_on)
    SELECT card.id, person.name, 0, %(program)s, %(company)s, 'active', true, CURRENT_DATE
      FROM card JOIN person ON person.id = card.partner_id
''', {"members": members, "program": program.id, "company": program.company_id.id or None})
env.cr.execute("ANALYZE loyalty_member; ANALYZE loyalty_card")
result = program.id
"""


def prepare(database):
    """A program with many members; its id."""
    return support.run_script(database, SETUP, members=MEMBERS)


def submit(call, program):
    """A grant to all of them, as a manager submits it; its id."""
    [adjustment] = call("loyalty.points.adjustment", "create", vals_list=[{
        "program_id": program, "points": POINTS, "reason": "Sorry", "audience": "segment", "segment_domain": "[]",
    }]).json()  # fmt: skip
    answer = call("loyalty.points.adjustment", "action_submit", ids=[adjustment])
    assert answer.ok, answer.text
    return adjustment


def booked(database, adjustment):
    """How many of its members are booked."""
    [[count]] = support.sql(
        database, "SELECT COUNT(*) FROM loyalty_points_adjustment_line WHERE adjustment_id = %s AND state = 'done'", [adjustment]
    )
    return count


def check_exact(call, database, adjustment, count=MEMBERS, times=1):
    """Assert that so many members are booked once, by entries that are theirs, and that the ledger verifies."""
    [row] = support.sql(
        database,
        """SELECT COUNT(*), COUNT(DISTINCT e.member_id), SUM(e.points), COUNT(l.id)
             FROM loyalty_points_entry e
             LEFT JOIN loyalty_points_adjustment_line l
                    ON l.entry_id = e.id AND l.member_id = e.member_id AND l.state = 'done' AND l.adjustment_id = e.origin_id
            WHERE e.origin_model = 'loyalty.points.adjustment' AND e.origin_id = %s""",
        [adjustment],
    )
    assert row == (count, count, count * POINTS, count)
    if count == MEMBERS:
        balances = support.sql(database, "SELECT DISTINCT points FROM loyalty_card WHERE is_member")
        assert balances == [(POINTS * times,)]
    verified = call("loyalty.ledger.verification", "verify").json()
    assert verified["ok"], verified["problems"]
