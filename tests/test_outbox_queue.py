"""Jobs of OCA's queue send what is queued: a real server with workers and a job runner, and no scheduled action."""

import contextlib
import subprocess

import outbox
import pytest
import support
from outbox import WebhookReceiver

ROWS = 400
PATIENCE = 180
_WAKE = """
for connection in env["loyalty.connection"].search([]):
    connection.parallel_jobs = 2
env["loyalty.outbox"]._wake()
"""


@pytest.fixture(scope="module")
def receivers():
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(WebhookReceiver()) for name in ("one", "two")}


@pytest.fixture(scope="module")
def queued():
    """A database with the job queue, whose scheduled actions never run."""
    with support.database() as name:
        install = support.odoo("-d", name, "-i", "queue_job", "--stop-after-init", "--no-http", "--log-level=warn")
        subprocess.run(install, check=True, capture_output=True)
        yield name


@pytest.fixture(scope="module")
def server(queued):
    """With room for two jobs at a time; its cron threads are off, as everywhere here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODOO_QUEUE_JOB_CHANNELS", "root:2")
        with support.Server(queued, workers=3, options=("--load=base,rpc,web,queue_job",)) as running:
            yield running
            running.stop()
            running.check_log()


def test_jobs_send_every_row_once(queued, server, receivers):
    connections = outbox.connect(queued, **{name: fake.url for name, fake in receivers.items()})
    for connection in connections.values():
        outbox.queue(queued, connection, ROWS)
    support.run_script(queued, _WAKE)

    def states():
        return [outbox.states(queued, connection) for connection in connections.values()]

    outbox.wait_until(lambda: states() == [{"done": ROWS}] * 2, PATIENCE, states)
    for fake in receivers.values():
        assert len(fake.bodies) == ROWS
        assert all(len(bodies) == 1 for bodies in fake.bodies.values())
    jobs = support.sql(queued, "SELECT DISTINCT identity_key, channel FROM queue_job WHERE method_name = '_dispatch_in_job'")
    workers = {f"loyalty.connection:{connection}:{worker}" for connection in connections.values() for worker in (0, 1)}
    assert set(jobs) == {(key, "root.loyalty") for key in workers}
    outbox.wait_until(
        lambda: support.sql(queued, "SELECT DISTINCT state FROM queue_job") == [("done",)],
        PATIENCE,
        lambda: support.sql(queued, "SELECT state, exc_info FROM queue_job"),
    )


def test_what_is_noted_later_finds_a_job_too(queued, server, receivers):
    before = {name: len(fake.events) for name, fake in receivers.items()}
    member = support.run_script(
        queued,
        """
program = env["loyalty.connection"].search([], limit=1).program_id
partner = env["res.partner"].create({"name": "Li Na", "phone": "13800138000"})
result = env["loyalty.member"].create({"partner_id": partner.id, "program_id": program.id}).code
""",
    )
    outbox.wait_until(
        lambda: all(len(fake.events) > before[name] for name, fake in receivers.items()), PATIENCE, lambda: "no event came"
    )
    for fake in receivers.values():
        assert [*fake.events.values()][-1]["data"]["member"] == member
