"""Real purchases through HTTP, twice: a slice of what `bin/bench cdnow` does with the whole file."""

import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "benchmarks"))
import cdnow

pytestmark = pytest.mark.server(workers=2)
SLICE = Path(__file__).parent / "data" / "cdnow_slice.txt"


def test_the_whole_file_is_what_it_must_be():
    purchases = cdnow.read(cdnow.FILE)
    assert cdnow.expected(purchases) == (69_659, 23_570, 2_453_159, Decimal("2500315.63"))
    assert len({purchase.reference for purchase in purchases}) == len(purchases)


def test_the_ledger_says_what_the_file_says_and_a_second_time_changes_nothing(call, capsys):
    purchases = cdnow.read(SLICE)
    program = cdnow.make_program(call, "CDNOW")
    fine = cdnow.run(call, purchases, program)
    assert fine, capsys.readouterr().out
