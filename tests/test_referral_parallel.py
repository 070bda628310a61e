"""Ten friends of one member buy four times each, all at once, while two jobs settle: everybody is rewarded once a friend."""

import functools
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import support

# Threads, so that all of them are under way at once.
pytestmark = pytest.mark.server(workers=0, own_postgres=True, options=("--db_maxconn=100",))
FRIENDS, PURCHASES, JOBS = 10, 4, 2
CLUB = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Club", "is_membership": True, "company_id": env.company.id})
env["loyalty.earning.rule"].create([
    {"program_id": program.id, "name": code, "trigger": "activity", "activity_code": code, "points": points}
    for code, points in (("referral", 100), ("referred", 30))
])
members = env["loyalty.member"].create([
    {"partner_id": partner.id, "program_id": program.id}
    for partner in env["res.partner"].create([{"name": f"Member {number}"} for number in range(friends + 1)])
])
members[1:].referrer_id = members[0]
result = {"program": program.id, "members": members.mapped("code")}
"""
SETTLE = """
from psycopg2.errors import SerializationFailure
result = 0
for _time in range(20):
    try:
        env["loyalty.referral"].search([("to_settle", "=", True)])._settle(skip_locked=True)
        env.cr.commit()
    except SerializationFailure:  # the next run of the job does it
        env.cr.rollback()
        result += 1
"""
BALANCES = """
members = env["loyalty.member"].search([("program_id", "=", program)], order="id")
result = {
    "points": members.mapped("points"),
    "states": members[0].referral_ids.mapped("state"),
    "open": env["loyalty.referral"].search_count([("to_settle", "=", True)]),
    "problems": env["loyalty.ledger.verification"].verify(program)["problems"],
}
"""


def test_each_friend_is_rewarded_once_whatever_happens_at_once(call, database, postgres):
    club = SimpleNamespace(**support.run_script(database, CLUB, postgres, friends=FRIENDS))
    run = functools.partial(support.run_script, database, cluster=postgres)

    def buy(number):
        answer = call("loyalty.api", "record_purchase", program=club.program, member=club.members[1 + number % FRIENDS],
                      lines=[{"quantity": 1, "amount": 50}], source="till", reference=f"P{number}")  # fmt: skip
        return answer.status_code

    with ThreadPoolExecutor(FRIENDS * PURCHASES + JOBS) as pool:
        jobs = [pool.submit(run, SETTLE) for _job in range(JOBS)]
        statuses = {*pool.map(buy, range(FRIENDS * PURCHASES))}
        [job.result() for job in jobs]
    assert statuses <= {200, 503}
    run(SETTLE)
    told = run(BALANCES, program=club.program)
    assert told == {
        "points": [100 * FRIENDS, *[30] * FRIENDS],
        "states": ["rewarded"] * FRIENDS,
        "open": 0,
        "problems": [],
    }
