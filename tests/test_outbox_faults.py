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


def send_and_kill(database, connection, number, **options):
    """Have all that is queued sent by two workers of which three are killed; rows under way at each kill."""
    under_way = []

    def states():
        return outbox.states(database, connection)

    def worker():
        return Dispatcher(database, **options)

    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(worker()) for _number in range(2)]
        for done in (number // 5, number // 2, number * 3 // 4):
            outbox.wait_until(lambda done=done: states().get("done", 0) >= done, PATIENCE, states)
            workers[0].kill()
            under_way.append(states().get("in_flight", 0))
            workers = [workers[1], stack.enter_context(worker())]
        outbox.wait_until(lambda: set(states()) <= {"done", "dead", "skipped"}, PATIENCE, states)
    return under_way


@pytest.fixture(scope="module")
def sent(database, receiver):
    """Everything was sent while workers were killed; the connection, and rows under way at each kill."""
    connection = outbox.connect(database, lease=LEASE, receiver=receiver.url)["receiver"]
    outbox.queue(database, connection, ROWS, RECORDS)
    return connection, send_and_kill(database, connection, ROWS)


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


def test_what_must_not_come_twice_does_not_and_only_what_was_being_sent_is_in_doubt(database):
    with WebhookReceiver() as receiver:
        connection = outbox.connect(database, lease=10, once=receiver.url)["once"]
        outbox.queue(database, connection, ROWS // 2)
        assert all(send_and_kill(database, connection, ROWS // 2, once=True))
        rows = support.sql(
            database,
            "SELECT 'msg_' || idempotency_key, state, error_code FROM loyalty_outbox WHERE connection_id = %s",
            [connection],
        )
    in_doubt = {key for key, state, code in rows if (state, code) == ("dead", "maybe_delivered")}
    assert len(in_doubt) <= 3, "more than each of the killed workers was sending"
    assert {state for key, state, _code in rows if key not in in_doubt} == {"done"}
    assert {key for key, _state, _code in rows} - in_doubt <= set(receiver.bodies)
    assert {len(bodies) for bodies in receiver.bodies.values()} == {1}
