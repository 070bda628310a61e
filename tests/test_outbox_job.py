"""The scheduled job that sends what is queued, run by Odoo's own scheduler, with one second a run instead of ten."""

import outbox
import pytest
import support
from outbox import Dispatcher

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
