"""Callers who meet: on one reference, on one member, or on a database that somebody else holds."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import support

CLUB = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Club", "is_membership": True})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
partners = env["res.partner"].create([{"name": name} for name in ("Li Na", "Wang Wei")])
members = env["loyalty.member"].create([{"partner_id": partner.id, "program_id": program.id} for partner in partners])
result = {"program": program.id, "members": members.mapped("code"), "cards": members.card_id.ids}
"""


@pytest.fixture(scope="module")
def database():
    """Whoever waits for a lock gives up soon, so that a held lock is told within the test's time."""
    with support.database() as name:
        support.sql("postgres", f"ALTER DATABASE \"{name}\" SET lock_timeout = '500ms'")
        yield name


@pytest.fixture(scope="module")
def club(database):
    return SimpleNamespace(**support.run_script(database, CLUB))


@pytest.fixture
def held(database):
    """held.run(statement, parameters): in another connection's transaction, which ends with the test or held.release()."""
    connection = support.connect(database)
    connection.autocommit = False
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        yield SimpleNamespace(run=cursor.execute, release=connection.rollback)
        connection.rollback()


def purchase(club, reference, member=0, amount=10):
    return {
        "program": club.program,
        "member": club.members[member],
        "lines": [{"quantity": 1, "amount": amount}],
        "source": "till",
        "reference": reference,
    }


def booked(database, reference):
    [[count]] = support.sql(database, "SELECT COUNT(*) FROM loyalty_transaction WHERE reference = %s", [reference])
    return count


def entries(database):
    [[count, points]] = support.sql(database, "SELECT COUNT(*), SUM(points) FROM loyalty_points_entry")
    return count, points


def wait_until(database, statement, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if support.sql(database, statement)[0][0]:
            return
        time.sleep(0.01)
    raise TimeoutError(statement)


# ---- One reference, two members --------------------------------------------------------------------------------------

WRITERS = """
SELECT COUNT(DISTINCT pid) = {} FROM pg_locks
 WHERE NOT granted AND relation = 'loyalty_transaction'::regclass
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def at_once(database, held, *calls):
    """The answers to calls that have all found nothing under their reference before the first of them could write."""
    held.run("LOCK TABLE loyalty_transaction IN SHARE MODE")
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = [pool.submit(call) for call in calls]
        wait_until(database, WRITERS.format(len(calls)))
        held.release()
        return [answer.result() for answer in answers]


@pytest.mark.parametrize("method", ["record_purchase", "record_activity"])
def test_one_reference_for_two_members_at_once_is_a_conflict(api, club, database, held, method):
    def calls(place):
        values = purchase(club, f"meet-{method}", place)
        if method == "record_activity":
            values = {**values, "activity": "visit"}
            del values["lines"]
        return lambda: api(method, **values)

    answers = at_once(database, held, calls(0), calls(1))
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    [refused] = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["message"].startswith("reference: ")
    assert refused["context"] == {"argument": "reference"}
    assert booked(database, f"meet-{method}") == 1


def test_a_batch_that_meets_a_known_reference_lands_without_that_row(api, club, database, held):
    def batch(place, *references):
        rows = [purchase(club, reference, place) for reference in references]
        for row in rows:
            del row["program"]
        return lambda: api("record_purchases", program=club.program, purchases=rows)

    answers = at_once(database, held, batch(0, "both", "one"), batch(1, "both", "other"))
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    outcomes = sorted([row.get("error", {}).get("status", 200) for row in answer.json()] for answer in answers)
    assert outcomes == [[200, 200], [409, 200]]
    assert [booked(database, reference) for reference in ("both", "one", "other")] == [1, 1, 1]


def test_two_refunds_at_once_under_one_reference_are_a_conflict(api, club, database, held):
    for place in (0, 1):
        api("record_purchase", **purchase(club, f"bought-{place}", place)).raise_for_status()

    def refund(place):
        return lambda: api(
            "record_refund", program=club.program, source="till", reference="back", original_reference=f"bought-{place}"
        )

    answers = at_once(database, held, refund(0), refund(1))
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    assert booked(database, "back") == 1


# ---- Busy ------------------------------------------------------------------------------------------------------------


def assert_busy(answer):
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["message"].startswith("busy: ")


def test_a_member_whom_somebody_holds_is_busy_and_nothing_is_written(api, club, database, held, server):
    server.allow("canceling statement due to lock timeout")
    before = entries(database)
    held.run("SELECT 1 FROM loyalty_card WHERE id = %s FOR UPDATE", club.cards[:1])
    assert_busy(api("record_purchase", **purchase(club, "held")))
    assert (booked(database, "held"), entries(database)) == (0, before)
    assert api("record_purchase", **purchase(club, "not held", 1)).status_code == 200
    held.release()
    again = api("record_purchase", **purchase(club, "held")).json()
    assert (again["points"], again["duplicate"], booked(database, "held")) == (10, False, 1)


def test_a_member_who_never_holds_still_is_busy_and_nothing_is_written(api, club, database):
    """Real serialization failures, until Odoo has used up its tries."""
    before, over = entries(database), threading.Event()

    def keep_changing():
        with contextlib.closing(support.connect(database)) as connection, connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute("UPDATE loyalty_card SET write_date = now() WHERE id = %s", [club.cards[0]])

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(keep_changing)
        try:
            answer = api("record_purchase", **purchase(club, "restless"))
        finally:
            over.set()
        changing.result()
    assert_busy(answer)
    assert (booked(database, "restless"), entries(database)) == (0, before)
    assert api("record_purchase", **purchase(club, "restless")).json()["points"] == 10


def test_a_database_that_is_away_answers_nothing_as_if_it_were_done(api, call, club, database, server):
    server.allow("connection|terminat|OperationalError|InterfaceError|not currently accepting|cursor|bad query")
    before = entries(database)
    support.sql("postgres", f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
    try:
        support.sql(
            "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )  # fmt: skip
        for _try in range(2):
            assert not api("record_purchase", **purchase(club, "away")).ok
    finally:
        support.sql("postgres", f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
    assert (booked(database, "away"), entries(database)) == (0, before)
    end = time.monotonic() + 30
    while not (answer := api("record_purchase", **purchase(club, "away"))).ok and time.monotonic() < end:
        time.sleep(0.2)
    assert (answer.json()["points"], booked(database, "away")) == (10, 1)
    assert call("loyalty.ledger.verification", "verify").json()["ok"]
