"""The server killed and PostgreSQL restarted as if it had crashed, in the middle of everybody's earning and spending."""

import load
import pytest

pytestmark = pytest.mark.server(workers=2, own_postgres=True)
SECONDS = 30


def test_the_ledger_survives_every_crash(call, database, server, postgres):
    # What a server says whose database vanishes under it.
    server.allow(r"connection|terminat|shut|starting up|recovery|OperationalError|InterfaceError|AdminShutdown|bad query|cursor")
    club = load.prepare(database, postgres)

    def kill_server():
        server.kill()
        server.start()

    notes = load.run(call, club, SECONDS, [kill_server, lambda: postgres.restart("immediate"), kill_server])
    assert notes.repeated, "no call was under way when the server died"
    load.check_ledger(call, database, club, notes, postgres)
    assert notes.earned and notes.spent
