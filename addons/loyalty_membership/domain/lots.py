"""Which of a member's lots points come from, told before they move."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal


def taken_first(lots: Iterable[tuple[date | None, datetime, int, Decimal]], points: Decimal) -> list[tuple[date | None, Decimal]]:
    """Return how many of these points end on which day: those that end first go first, then the oldest.

    Lots are (last day or None, date, id, points left); fewer than asked for are returned where there are fewer.

    >>> day, then = date(2026, 3, 31), datetime(2026, 1, 1)
    >>> lots = [(None, then, 1, Decimal(50)), (day, then, 2, Decimal(20)), (day, then, 3, Decimal(20))]
    >>> taken_first(lots, Decimal(45))
    [(datetime.date(2026, 3, 31), Decimal('40')), (None, Decimal('5'))]
    >>> taken_first([], Decimal(45))
    []
    """
    taken: dict[date | None, Decimal] = {}
    for day, _date, _number, left in sorted(lots, key=lambda lot: (lot[0] is None, lot[0] or date.max, *lot[1:3])):
        part = min(left, points)
        if part > 0:
            taken[day] = taken.get(day, Decimal(0)) + part
            points -= part
    return list(taken.items())
