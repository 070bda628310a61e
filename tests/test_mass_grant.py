"""A mass grant whose server is killed again and again, and one that two workers book at once."""

import threading
import time

import mass
import pytest
import support

pytestmark = pytest.mark.server(workers=2, options=("--max-cron-threads=1",))
KILLS = 2
PATIENCE = 120
JOB = "env['loyalty.points.adjustment']._cron_book()"


@pytest.fixture(scope="module")
def program(database, server):
    return mass.prepare(database)


def wait_for(call, adjustment, condition):
    """Until then somebody presses Resume every now and then: a worker that has just started may miss the first call."""
    start = pressed = time.monotonic()
    while not condition():
        now = time.monotonic()
        assert now < start + PATIENCE, "nothing happened"
        if now > pressed + 2:
            call("loyalty.points.adjustment", "action_resume", ids=[adjustment])
            pressed = now
        time.sleep(0.02)


def state(database, adjustment):
    return support.sql(database, "SELECT state FROM loyalty_points_adjustment WHERE id = %s", [adjustment])[0][0]


def test_a_grant_that_is_killed_goes_on_where_it_was(call, database, server, program):
    server.allow(r"connection|terminat|shut|Operational|Interface|cursor")
    adjustment = mass.submit(call, program)
    for _kill in range(KILLS):
        before = mass.booked(database, adjustment)
        wait_for(call, adjustment, lambda before=before: mass.booked(database, adjustment) > before)
        server.kill()
        left = mass.booked(database, adjustment)
        assert left < mass.MEMBERS, "it was over before it was killed"
        server.start()
        mass.check_exact(call, database, adjustment, mass.booked(database, adjustment))
    wait_for(call, adjustment, lambda: state(database, adjustment) == "done")
    mass.check_exact(call, database, adjustment)


def test_two_workers_book_each_member_once(call, database, program):
    adjustment = mass.submit(call, program)
    call("loyalty.points.adjustment", "action_pause", ids=[adjustment])
    support.sql(database, "UPDATE ir_cron SET active = false")
    already = mass.booked(database, adjustment)
    assert already < mass.MEMBERS
    call("loyalty.points.adjustment", "action_resume", ids=[adjustment])
    problems = []

    def work():
        try:
            support.run_script(database, JOB)
        except RuntimeError as error:
            problems.append(error)

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not problems
    assert state(database, adjustment) == "done"
    mass.check_exact(call, database, adjustment, times=2)
