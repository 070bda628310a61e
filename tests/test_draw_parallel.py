"""Lucky draws by many callers at once, against a server with four workers: exact stock, exact points, every caller answered."""

import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import support

pytestmark = pytest.mark.server(workers=4)
CALLERS = 50
#: Of fifty callers at once, those who are told to try again: none but in an accident.
MOST_BUSY = 2

CLUB = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Club", "is_membership": True})
partners = env["res.partner"].create([{"name": f"Member {number}"} for number in range(50)])
members = env["loyalty.member"].create([{"partner_id": partner.id, "program_id": program.id} for partner in partners])
env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 1000} for member in members])
coupons = env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
item = env["loyalty.catalog.item"].create({
    "program_id": program.id, "name": "Cup", "points": 1, "kind": "coupon", "coupon_program_id": coupons.id, "limit_total": 10,
})
last = env["loyalty.catalog.item"].create({
    "program_id": program.id, "name": "Last", "points": 1, "kind": "coupon", "coupon_program_id": coupons.id, "limit_total": 5,
})
prizes = {
    "stock": {"kind": "points", "points": 5, "quantity": 10},
    "day": {"kind": "coupon", "coupon_program_id": coupons.id, "daily_limit": 10, "quantity": 30},
    "item": {"kind": "item", "item_id": item.id},
    "last": {"kind": "item", "item_id": last.id},
    "one": {"kind": "points", "points": 5, "quantity": 1},
    "paid": {"kind": "points", "points": 5},
    "free": {"kind": "points", "points": 5, "percent": 0},
}
draws = env["loyalty.draw"].create([
    {"name": name, "program_id": program.id, "points": 10, "prize_ids": [
        (0, 0, {"name": "Prize", "percent": 100, **prize}), (0, 0, {"name": "Thank you", "kind": "thanks"}),
    ]} for name, prize in prizes.items()
])
draws.action_start()
draws[-2:].total_limit = 20
draws[-1].points = 0
result = {"program": program.id, "members": members.mapped("code"), "ids": members.ids, "item": item.id, "last": last.id}
"""


@pytest.fixture(scope="module")
def club(database):
    return SimpleNamespace(**support.run_script(database, CLUB))


@pytest.fixture
def held(database):
    """Another connection's transaction, which ends with the test or with held.commit()."""
    connection = support.connect(database)
    connection.autocommit = False
    with contextlib.closing(connection), connection.cursor() as cursor:
        yield SimpleNamespace(run=cursor.execute, commit=connection.commit)
        connection.rollback()


class Callers:
    """Callers who draw at once; whoever is told that the server is busy asks again with the same reference."""

    def __init__(self, api, club):
        self.api, self.club, self.busy = api, club, Counter()

    def ask(self, draw, place, reference):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            answer = self.api(
                "draw", program=self.club.program, member=self.club.members[place], draw=draw, source="app", reference=reference
            )
            if answer.status_code != 503:
                return answer
            self.busy[reference] += 1
            time.sleep(1)
        raise TimeoutError(reference)

    def all(self, calls):
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: self.ask(*call), calls))


@pytest.fixture
def callers(api, club):
    return Callers(api, club)


def kinds(answers):
    assert {answer.status_code for answer in answers} == {200}, Counter(answer.text for answer in answers)
    return Counter(answer.json()["prize"]["kind"] for answer in answers)


def results(database, draw):
    [[count]] = support.sql(
        database,
        "SELECT COUNT(*) FROM loyalty_draw_result r JOIN loyalty_draw d ON d.id = r.draw_id WHERE d.name->>'en_US' = %s",
        [draw],
    )
    return count


def balances(database, club):
    return dict(support.sql(database, "SELECT id, points FROM loyalty_member WHERE id = ANY(%s)", [club.ids]))


def check_points(call, database, club, before, answers, places=None):
    """Each member has what they had, less what their draws cost, and what they won."""
    after = balances(database, club)
    places = places or range(len(answers))
    for place, answer in zip(places, [answer.json() for answer in answers], strict=True):
        before[club.ids[place]] += answer["points"] - answer["cost"]
    assert after == before
    assert call("loyalty.ledger.verification", "verify").json()["ok"]


@pytest.mark.parametrize(("draw", "won"), [("stock", "points"), ("day", "coupon"), ("item", "item")])
def test_fifty_members_draw_at_once_and_ten_win(call, callers, club, database, draw, won):
    before = balances(database, club)
    answers = callers.all([(draw, place, f"{draw}-{place}") for place in range(CALLERS)])
    assert kinds(answers) == {won: 10, "thanks": 40}
    assert results(database, draw) == CALLERS
    check_points(call, database, club, before, answers)
    assert len(callers.busy) <= MOST_BUSY


@pytest.mark.parametrize("draw", ["paid", "free"])
def test_one_member_draws_fifty_times_at_once_and_no_more_often_than_allowed(call, callers, club, database, draw):
    """Whether the draw costs points or nothing: what has changed by it is seen by the next one."""
    before = balances(database, club)
    answers = callers.all([(draw, 0, f"{draw}-{number}") for number in range(CALLERS)])
    drawn = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 422]
    assert (len(drawn), len(refused), results(database, draw)) == (20, 30, 20)
    assert all(answer.json()["message"].startswith("member: ") for answer in refused)
    check_points(call, database, club, before, drawn, [0] * len(drawn))


def test_one_reference_ten_times_at_once_is_one_draw(callers, club, database):
    answers = callers.all([("paid", 1, "again")] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["result"] for answer in answers}) == 1
    assert Counter(answer.json()["duplicate"] for answer in answers) == {False: 1, True: 9}


WRITERS = """
SELECT COUNT(DISTINCT pid) = {} FROM pg_locks
 WHERE NOT granted AND relation = 'loyalty_draw_result'::regclass
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def wait_until(database, statement, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if support.sql(database, statement)[0][0]:
            return
        time.sleep(0.01)
    raise TimeoutError(statement)


def test_three_who_have_all_seen_the_last_piece_are_one_winner_and_nobody_draws_twice(callers, club, database, held):
    held.run("LOCK TABLE loyalty_draw_result IN SHARE MODE")
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(callers.ask, "one", place, f"one-{place}") for place in range(3)]
        wait_until(database, WRITERS.format(3))
        held.commit()
        answers = [answer.result() for answer in answers]
    assert kinds(answers) == {"points": 1, "thanks": 2}
    assert not callers.busy
    assert support.sql(database, "SELECT COUNT(*) FROM loyalty_draw_number WHERE reference LIKE 'one-%%'") == [(0,)]


ITEM_WAITER = """
SELECT COUNT(*) > 0 FROM pg_stat_activity
 WHERE wait_event_type = 'Lock' AND query LIKE '%loyalty_catalog_item%'
   AND datname = current_database() AND pid <> pg_backend_pid()
"""


def test_who_is_made_to_try_again_because_of_the_prize_keeps_the_number(callers, club, database, held):
    """PostgreSQL refuses who comes second at an item of the catalogue; the second try is no second chance."""
    held.run("UPDATE loyalty_catalog_item SET taken = taken WHERE id = %s", [club.last])
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(callers.ask, "last", 2, "last-1")
        wait_until(database, ITEM_WAITER)
        held.commit()
        answer = answer.result()
    assert kinds([answer]) == {"item": 1}
    [[kept]] = support.sql(database, "SELECT number FROM loyalty_draw_number WHERE reference = 'last-1'")
    assert support.sql(database, "SELECT number FROM loyalty_draw_result WHERE reference = 'last-1'") == [(kept,)]
