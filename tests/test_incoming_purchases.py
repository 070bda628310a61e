"""Tills that send the same ticket at once, and a server that is killed while it books: one entry each, one answer."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import support

pytestmark = pytest.mark.server(workers=2)

CALLERS = 20
BATCHES, SIZE = 12, 50

SETUP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Shoppers", "is_membership": True})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
members = env["loyalty.member"].create([
    {"partner_id": env["res.partner"].create({"name": f"Shopper {n}"}).id, "program_id": program.id} for n in range(10)
])
connection = env["loyalty.connection"].create({
    "name": "Tills", "system": "till", "source": "pos-01", "program_id": program.id, "pull_purchases": True,
    "rate_calls": 1000,
})
token = connection.action_make_till_token()["context"]["default_secret"]
connection.action_activate()
result = {"program": program.id, "members": members.mapped("code"), "token": token}
"""


@pytest.fixture(scope="module")
def shop(server, database):
    return support.run_script(database, SETUP)


def ticket(shop, number):
    return {
        "external_id": f"T{number}", "member": {"no": shop["members"][number % 10]},
        "lines": [{"line_id": "1", "qty": "1", "amount": "10.00"}],
    }  # fmt: skip


def send(server, shop, value, key=None, patience=60):
    """Send as a till does: again and again until it is answered, and not with "at this moment" or "later"."""
    headers = {"Authorization": f"Bearer {shop['token']}", **({"Idempotency-Key": key} if key else {})}
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            answer = requests.post(f"{server.url}/loyalty/v1/purchases", json=value, headers=headers, timeout=30)
        except requests.RequestException:
            time.sleep(0.2)
            continue
        results = answer.json().get("results", [{"status": answer.status_code}])
        if answer.status_code not in (409, 429, 500, 503) and not {409, 429} & {one["status"] for one in results}:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"no answer: {answer.status_code} {answer.text[:300]}")


def booked(database):
    """(tickets in the journal, lines of the ledger, points)"""
    return support.sql(
        database,
        """SELECT count(DISTINCT t.id), count(e.id), COALESCE(sum(e.points), 0)
             FROM loyalty_transaction t JOIN loyalty_points_entry e ON e.transaction_id = t.id WHERE t.source = 'pos-01'""",
    )[0]  # fmt: skip


def test_twenty_callers_with_one_ticket_are_told_one_answer(server, shop, database):
    start = threading.Barrier(CALLERS)

    def call(_number):
        start.wait()
        return send(server, shop, ticket(shop, 0), "one-key")

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(CALLERS)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert booked(database) == (1, 1, 10)


def test_a_server_that_is_killed_books_nothing_twice_and_loses_nothing(call, server, shop, database):
    server.allow("connection|terminat")
    batches = [[ticket(shop, 1000 + batch * SIZE + n) for n in range(SIZE)] for batch in range(BATCHES)]
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(send, server, shop, batch, f"batch-{number}", 240) for number, batch in enumerate(batches)]
        for _kill in range(2):
            wait_for_a_batch(database)
            server.kill()
            server.start()
        first = [future.result() for future in running]
    again = [send(server, shop, batch, f"batch-{number}") for number, batch in enumerate(batches)]
    assert [answer.json() for answer in again] == [answer.json() for answer in first]
    assert {one["status"] for answer in again for one in answer.json()["results"]} == {201}
    assert booked(database) == (BATCHES * SIZE + 1, BATCHES * SIZE + 1, BATCHES * SIZE * 10 + 10)
    assert call("loyalty.ledger.verification", "verify", program=shop["program"]).json()["problems"] == []


def wait_for_a_batch(database):
    """Until another batch is in the inbox and not booked yet: the server is in the middle of it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        [[waiting]] = support.sql(database, "SELECT count(*) FROM loyalty_inbox WHERE state = 'received'")
        if waiting:
            return
        time.sleep(0.005)
    raise AssertionError("nothing was being booked")
