"""The scheduled job that sends what is queued, run by Odoo's own scheduler, with one second a run instead of ten."""

import time

import outbox
import pytest
import support
from outbox import Dispatcher, WebhookReceiver

ROWS = 3000
PATIENCE = 120


@pytest.fixture(scope="module")
def connections(database, deaf, receiver):
    """A system that answers and one that doesn't; the job comes by itself in some days at the earliest."""
    support.sql(database, "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' + INTERVAL '9 days'")
    return outbox.connect(database, timeout=40, well=receiver.url, deaf=deaf.url)


def assert_all_sent(database, connection, number):
    outbox.wait_until(
        lambda: outbox.states(database, connection) == {"done": number}, PATIENCE, lambda: outbox.states(database, connection)
    )


def test_what_is_more_than_one_run_can_send_is_sent_by_the_next_ones_at_once(database, connections):
    outbox.queue(database, connections["well"], ROWS)
    with Dispatcher(database, by_job=True):
        outbox.call(database)
        assert_all_sent(database, connections["well"], ROWS)


def test_a_system_that_does_not_answer_keeps_no_run_from_ending(database, connections, deaf):
    support.sql(database, "DELETE FROM loyalty_outbox")
    outbox.queue(database, connections["deaf"], 20)
    with Dispatcher(database, by_job=True):
        for number in (1, 2):
            outbox.call(database)
            outbox.wait_until(lambda: deaf.callers, PATIENCE, lambda: "nobody called the system that doesn't answer")
            outbox.queue(database, connections["well"], 100)
            outbox.call(database)
            assert_all_sent(database, connections["well"], 100 * number)
        [[tried]] = support.sql(
            database, "SELECT count(*) FROM loyalty_outbox_attempt WHERE connection_id = %s", [connections["deaf"]]
        )
        assert not tried, "they came after it, not beside it"
    assert deaf.callers == 1, "it was called again while the call before was still under way"


def test_what_a_run_leaves_under_way_is_kept_when_the_answer_comes(database):
    with WebhookReceiver() as receiver:
        connection = outbox.connect(database, once=receiver.url)["once"]
        receiver.fail_next("slow", times=4, seconds=1.5)
        outbox.queue(database, connection, 4)
        with Dispatcher(database, by_job=True, once=True):
            outbox.call(database)
            assert_all_sent(database, connection, 4)
        assert [len(bodies) for bodies in receiver.bodies.values()] == [1] * 4


def test_a_system_that_does_not_answer_keeps_no_server_from_stopping(database, connections, deaf):
    support.sql(database, "DELETE FROM loyalty_outbox")
    support.sql(database, "UPDATE loyalty_connection_meter SET failures = 0, blocked_until = NULL")
    outbox.queue(database, connections["deaf"], 1)
    before = deaf.callers
    with support.Server(database, options=("--max-cron-threads=1",)) as server:
        outbox.call(database)
        support.sql("postgres", f"NOTIFY cron_trigger, '{database}'")
        outbox.wait_until(lambda: deaf.callers > before, PATIENCE, lambda: "nobody called the system that doesn't answer")
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 15, "it waited for an answer"
