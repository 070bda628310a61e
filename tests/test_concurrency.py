"""Eight HTTP clients on the same five members, against a server with two workers."""

import load
import pytest

pytestmark = pytest.mark.server(workers=2)
SECONDS = 30


def test_nothing_is_lost_and_nothing_overdrawn(call, database, server):
    club = load.prepare(database)
    notes = load.run(call, club, SECONDS)
    load.check_ledger(call, database, club, notes)
    assert notes.earned and notes.spent
