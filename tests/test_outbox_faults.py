"""Workers that are killed while they send: what was queued arrives, in order, and where the receiver can tell, once."""

import contextlib

import outbox
import pytest
import support
from outbox import Dispatcher, WebhookReceiver

ROWS = 5000
RECORDS = 1000
LEASE = 3
PATIENCE = 240


@pytest.fixture(scope="module")
def receiver():
    with WebhookReceiver() as fake:
        yield fake


@pytest.fixture(scope="module")
def sent(database, receiver):
    """Everything was sent by two workers of which three were killed; the connection, and rows under way at each kill."""
    connection = outbox.connect(database, lease=LEASE, receiver=receiver.url)["receiver"]
    outbox.queue(database, connection, ROWS, RECORDS)
    under_way = []

    def states():
        return outbox.states(database, connection)

    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(Dispatcher(database)) for _worker in range(2)]
        for done in (ROWS // 5, ROWS // 2, ROWS * 3 // 4):
            outbox.wait_until(lambda done=done: states().get("done", 0) >= done, PATIENCE, states)
            workers[0].kill()
            under_way.append(states().get("in_flight", 0))
            workers = [workers[1], stack.enter_context(Dispatcher(database))]
        outbox.wait_until(lambda: set(states()) <= {"done", "dead", "skipped"}, PATIENCE, states)
    return connection, under_way


def test_none_is_lost_and_none_given_up(database, sent):
    connection, under_way = sent
    assert all(under_way), "nothing was under way when the worker was killed"
    assert outbox.states(database, connection) == {"done": ROWS}


def test_each_arrives_and_where_its_key_is_known_once(database, sent, receiver):
    keys = support.sql(database, "SELECT 'msg_' || idempotency_key FROM loyalty_outbox WHERE connection_id = %s", [sent[0]])
    assert set(receiver.events) == {key for (key,) in keys}
    assert {event["data"]["number"] for event in receiver.events.values()} == set(range(1, ROWS + 1))


def test_what_comes_again_is_the_same_to_the_byte(sent, receiver):
    assert all(len(set(bodies)) == 1 for bodies in receiver.bodies.values())


def test_what_happened_to_one_record_arrives_in_its_order(sent, receiver):
    latest = {}
    for event in receiver.events.values():
        number = event["data"]["number"]
        assert latest.get(number % RECORDS, 0) < number
        latest[number % RECORDS] = number


def test_each_try_that_was_not_cut_off_is_in_the_log(database, sent):
    rows = support.sql(
        database,
        """SELECT count(DISTINCT outbox_id) FROM loyalty_outbox_attempt
            WHERE connection_id = %s AND outcome = 'ok' AND http_status = 204""",
        [sent[0]],
    )
    assert rows == [(ROWS,)]
