"""A journey whose server is killed again and again, one that two workers run at once, and one with a poisoned member."""

import threading
import time

import journeys
import pytest
import support

pytestmark = pytest.mark.server(workers=2, options=("--max-cron-threads=1",))
MEMBERS = 2_000
KILLS = 3
PATIENCE = 180
JOB = "env['loyalty.journey']._cron_run()"


def wait_for(call, journey, condition):
    """Until then somebody pauses it and starts it again: a worker that has just started may miss the first call."""
    start = pressed = time.monotonic()
    while not condition():
        now = time.monotonic()
        assert now < start + PATIENCE, "nothing happened"
        if now > pressed + 3:
            call("loyalty.journey", "action_pause", ids=[journey])
            call("loyalty.journey", "action_start", ids=[journey])
            pressed = now
        time.sleep(0.02)


def noted(database, journey):
    [[count]] = support.sql(database, "SELECT COUNT(*) FROM loyalty_journey_event WHERE journey_id = %s", [journey])
    return count


def test_a_journey_that_is_killed_loses_and_doubles_nothing(call, database, server):
    server.allow(r"connection|terminat|shut|Operational|Interface|cursor|could not serialize")
    journey = journeys.prepare(database, MEMBERS)
    assert call("loyalty.journey", "action_start", ids=[journey]).ok
    for _kill in range(KILLS):
        before = noted(database, journey)
        wait_for(call, journey, lambda before=before: noted(database, journey) > before)
        server.kill()
        assert journeys.done(database, journey) < MEMBERS, "it was over before it was killed"
        server.start()
    wait_for(call, journey, lambda: journeys.done(database, journey) == MEMBERS)
    journeys.check_exact(call, database, journey, MEMBERS)


@pytest.fixture
def other_database(server):
    with support.database() as name:
        yield name


def test_two_workers_act_on_each_member_once(other_database):
    journey = journeys.prepare(other_database, MEMBERS)
    support.sql(other_database, "UPDATE ir_cron SET active = false")
    support.run_script(other_database, f"env['loyalty.journey'].browse({journey}).action_start()")
    problems = []

    def work():
        try:
            support.run_script(other_database, JOB)
        except RuntimeError as error:
            problems.append(error)

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not problems
    assert journeys.done(other_database, journey) == MEMBERS
    assert journeys.given(other_database, journey) == (MEMBERS,) * 6


def test_a_poisoned_member_does_not_stop_the_others(other_database):
    journey = journeys.prepare(other_database, 300, poison="Customer 77")
    support.sql(other_database, "UPDATE ir_cron SET active = false")
    support.run_script(other_database, f"env['loyalty.journey'].browse({journey}).action_start()")
    support.run_script(other_database, JOB)
    assert journeys.done(other_database, journey) == 299
    [[name, state, tries, problem]] = support.sql(
        other_database,
        """SELECT m.name, r.state, r.tries, r.problem FROM loyalty_journey_run r JOIN loyalty_member m ON m.id = r.member_id
            WHERE r.state <> 'done'""",
    )
    assert (name, state, tries) == ("Customer 77", "waiting", 1)
    assert problem
    coupons, _owners, mails, *_rest = journeys.given(other_database, journey)
    assert (coupons, mails) == (300, 299)
