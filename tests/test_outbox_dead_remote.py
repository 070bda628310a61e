"""A system that is down, refuses or never answers: whoever sells notices nothing of it, and neither do other systems."""

import outbox
import pytest
import support
from outbox import Dispatcher

PATIENCE = 180
ROUNDS = 8
#: Statements that one more listening connection may cost an order: what it notes, and the call for the dispatcher.
MOST_EXTRA = 6

_CONFIRM = """
import socket, time
from statistics import median

program = env["loyalty.program"].browse(program_id)
env["loyalty.earning.rule"].search([("program_id", "=", program.id)]) or env["loyalty.earning.rule"].create({
    "program_id": program.id, "name": "Base", "points_mode": "money", "points": 1,
})
product = env["product.product"].create({"name": "Advice", "type": "service", "list_price": 30, "taxes_id": False})
member = env["loyalty.member"].create({
    "partner_id": env["res.partner"].create({"name": "Li Na"}).id, "program_id": program.id,
})
env.cr.commit()
connected = []
own_connect = socket.socket.connect
socket.socket.connect = lambda self, address: (connected.append(address), own_connect(self, address))[1]

def confirm():
    order = env["sale.order"].create({
        "partner_id": member.partner_id.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})],
    })
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    order.action_confirm()
    env.cr.commit()
    return env.cr.sql_log_count - queries, time.perf_counter() - start

result = {"none": [], **{name: [] for name in connections}}
for number in range(rounds):
    for name in result:
        for other, connection in connections.items():
            env["loyalty.connection"].browse(connection).state = "active" if other == name else "draft"
        env.cr.commit()
        outcome = confirm()
        if number >= 2:  # the first ones fill caches that stay
            result[name].append(outcome)
result = {
    "queries": {name: median(queries for queries, _time in outcomes) for name, outcomes in result.items()},
    "ms": {name: 1000 * median(time for _queries, time in outcomes) for name, outcomes in result.items()},
    "connected": connected,
}
"""
#: An hour in which the dispatcher looked every minute, with the clock moved on rather than waited for.
_HOUR = """
import time
connection = env["loyalty.connection"].browse(connection_id)
connection.state = "active"
result = 0
for minute in range(60):
    env.cr.commit()
    env.cr.execute("UPDATE loyalty_outbox SET next_attempt_at = next_attempt_at - INTERVAL '1 minute'")
    env.cr.execute("UPDATE loyalty_connection_meter SET blocked_until = blocked_until - INTERVAL '1 minute'")
    env.cr.commit()
    env.invalidate_all()
    connection._dispatch(time.monotonic() + 5)
    result += 1
"""


@pytest.fixture(scope="module")
def connections(database, deaf, receiver):
    nobody = f"http://127.0.0.1:{support.free_port()}"
    return outbox.connect(database, timeout=20, down=nobody, deaf=deaf.url, well=receiver.url)


@pytest.fixture(scope="module")
def confirmed(database, connections):
    """Orders that were confirmed in turns with no connection, one that is well, and one that has been down for an hour."""
    chosen = {name: connections[name] for name in ("down", "well")}
    [[program]] = support.sql(database, "SELECT program_id FROM loyalty_connection WHERE id = %s", [chosen["down"]])
    outbox.queue(database, chosen["down"], 3600)
    assert support.run_script(database, _HOUR, connection_id=chosen["down"]) == 60
    return support.run_script(database, _CONFIRM, program_id=program, connections=chosen, rounds=ROUNDS)


def test_an_order_costs_the_same_whether_the_other_system_is_up_or_has_been_down_for_an_hour(confirmed):
    queries = confirmed["queries"]
    assert queries["down"] == queries["well"]
    assert 0 < queries["down"] - queries["none"] <= MOST_EXTRA, queries


def test_no_order_waits_for_the_network(confirmed):
    assert confirmed["connected"] == []


def test_what_could_not_be_sent_in_that_hour_is_kept(database, confirmed, connections):
    states = outbox.states(database, connections["down"])
    assert not {"done", "dead", "skipped"} & states.keys(), states
    assert sum(states.values()) > 3600


def test_another_system_gets_its_rows_while_one_does_not_answer(database, connections, deaf, confirmed):
    for name in ("down", "well"):
        support.sql(database, "UPDATE loyalty_connection SET state = 'draft' WHERE id = %s", [connections[name]])
    support.sql(database, "DELETE FROM loyalty_outbox")
    support.sql(database, "UPDATE loyalty_connection SET state = 'active', sequence = 1 WHERE id = %s", [connections["deaf"]])
    support.sql(database, "UPDATE loyalty_connection SET state = 'active', sequence = 2 WHERE id = %s", [connections["well"]])
    outbox.queue(database, connections["deaf"], 20)
    with Dispatcher(database):
        outbox.wait_until(lambda: deaf.callers, PATIENCE, lambda: "nobody called the system that doesn't answer")
        outbox.queue(database, connections["well"], 100)
        outbox.wait_until(
            lambda: outbox.states(database, connections["well"]) == {"done": 100},
            PATIENCE,
            lambda: outbox.states(database, connections["well"]),
        )
        [[tried]] = support.sql(
            database, "SELECT count(*) FROM loyalty_outbox_attempt WHERE connection_id = %s", [connections["deaf"]]
        )
        assert tried == 0, "they came after it, not beside it"
        assert outbox.states(database, connections["deaf"])["in_flight"] > 0
