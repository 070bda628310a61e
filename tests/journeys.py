"""Members in a journey that gives each a coupon, points and a mail; and the proof that each has each of them once."""

import support

POINTS = 5
SETUP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({
    "name": "Many", "is_membership": True, "quiet_from": 0, "quiet_to": 0, "message_cap": 0,
})
env.flush_all()
env.cr.execute('''
    WITH person AS (
        INSERT INTO res_partner (name, complete_name, email, email_normalized, lang, active, type, autopost_bills)
        SELECT 'Customer ' || i, 'Customer ' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', 'zh_CN',
               true, 'contact', 'ask' FROM generate_series(1, %(members)s) i
        RETURNING id, name
    ), card AS (
        INSERT INTO loyalty_card (program_id, company_id, partner_id, code, points, is_member, active)
        SELECT %(program)s, %(company)s, id, 'MASS' || id, 0, true, true FROM person RETURNING id, partner_id
    ), member AS (
        INSERT INTO loyalty_member (card_id, name, points, program_id, company_id, state, active, joined_on, create_date)
        SELECT card.id, person.name, 0, %(program)s, %(company)s, 'active', true, CURRENT_DATE - 100, now() - interval '100 days'
          FROM card JOIN person ON person.id = card.partner_id RETURNING id
    )
    INSERT INTO loyalty_consent (member_id, company_id, channel, purpose, given, date)
    SELECT id, %(company)s, 'email', 'marketing', true, now() AT TIME ZONE 'UTC' - interval '1 day' FROM member
''', {"members": members, "program": program.id, "company": program.company_id.id or None})
env.cr.execute("ANALYZE loyalty_member; ANALYZE loyalty_card; ANALYZE loyalty_consent")
coupons = env["loyalty.program"].create({"name": "Gift", "program_type": "coupons"})
template = env["mail.template"].create({
    "name": "Gift", "model_id": env["ir.model"]._get_id("loyalty.member"), "use_default_to": True,
    "subject": "Dear {{ object.name }}" + ("{{ 1 / (object.name != '%s') and '' }}" % poison if poison else ""),
    "body_html": "<p>Your coupon: <t t-out='object.journey_coupon_code'/></p>",
})
journey = env["loyalty.journey"].create({
    "name": "Gift", "program_id": program.id, "trigger": "date", "trigger_at": "2026-01-01 00:00:00",
    "step_ids": [(0, 0, step) for step in [
        {"sequence": 1, "name": "Coupon", "kind": "coupon", "coupon_program_id": coupons.id},
        {"sequence": 2, "name": "Mail", "kind": "mail", "mail_template_id": template.id},
        {"sequence": 3, "name": "Points", "kind": "points", "points": 5, "points_reason": "Gift"},
    ] if step["kind"] in steps],
})
env["ir.cron"].search([("model_id.model", "=", "mail.mail")]).active = False
result = journey.id
"""


def prepare(database, members, poison=None, steps=("coupon", "mail", "points")):
    """A program of so many members with mail addresses who have agreed, and a journey for all of them that is off; its id.

    :param poison: the name of a member whose mail can't be rendered
    """
    return support.run_script(database, SETUP, members=members, poison=poison, steps=steps)


def done(database, journey):
    """How many members are through."""
    [[count]] = support.sql(
        database, "SELECT COUNT(*) FROM loyalty_journey_run WHERE journey_id = %s AND state = 'done'", [journey]
    )
    return count


def given(database, journey):
    """What there is, and of how many different members: coupons, mails, points."""
    return support.sql(
        database,
        """SELECT (SELECT COUNT(*) FROM loyalty_card WHERE is_member IS NOT TRUE),
                  (SELECT COUNT(DISTINCT partner_id) FROM loyalty_card WHERE is_member IS NOT TRUE),
                  (SELECT COUNT(*) FROM mail_mail l JOIN mail_message g ON g.id = l.mail_message_id
                    WHERE g.model = 'loyalty.member'),
                  (SELECT COUNT(DISTINCT res_id) FROM mail_mail l JOIN mail_message g ON g.id = l.mail_message_id
                    WHERE g.model = 'loyalty.member'),
                  (SELECT COUNT(*) FROM loyalty_points_entry),
                  (SELECT COUNT(DISTINCT member_id) FROM loyalty_points_entry WHERE points = %s)""",
        [POINTS],
    )[0]


def check_exact(call, database, journey, members):
    """Assert that so many members have one coupon, one mail and their points once, each noted on its step."""
    assert given(database, journey) == (members,) * 6
    events = support.sql(
        database,
        """SELECT COUNT(*), COUNT(DISTINCT (run_id, step_id)), COUNT(card_id), COUNT(mail_id), COUNT(*) FILTER (WHERE points > 0)
             FROM loyalty_journey_event WHERE journey_id = %s AND outcome = 'done'""",
        [journey],
    )[0]
    assert events == (3 * members, 3 * members, members, members, members)
    verified = call("loyalty.ledger.verification", "verify").json()
    assert verified["ok"], verified["problems"]
