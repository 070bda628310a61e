"""Which lots pay a debit: first expiring, first out.

The reference for what the ledger's SQL does set-wise; the tests compare the two.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

Lot = tuple[int, date | None, Decimal, date]
"""(id, expires_on or None, remaining, date)"""


def take(lots: Iterable[Lot], amount: Decimal) -> tuple[list[tuple[int, Decimal]], Decimal]:
    """Return what each lot pays of ``amount``, as (lot id, points), and what nobody can pay.

    The lot that expires first pays first, one that never expires last; then the oldest; then the
    lowest id. A lot without remainder pays nothing.

    >>> lots = [
    ...     (1, None, Decimal(10), date(2025, 1, 1)),
    ...     (2, date(2025, 12, 31), Decimal(5), date(2025, 2, 1)),
    ...     (3, date(2025, 6, 30), Decimal(5), date(2025, 3, 1)),
    ... ]
    >>> take(lots, Decimal(7))
    ([(3, Decimal('5')), (2, Decimal('2'))], Decimal('0'))
    >>> take(lots, Decimal(25))[1]
    Decimal('5')

    ValueError for a negative amount.
    """
    if amount < 0:
        raise ValueError(f"amount must not be negative: {amount}")
    taken = []
    for lot_id, _expires_on, remaining, _date in sorted(lots, key=_order):
        points = min(remaining, amount)
        if points > 0:
            taken.append((lot_id, points))
            amount -= points
    return taken, amount


def _order(lot: Lot) -> tuple[bool, date, date, int]:
    """Return the sort key of a lot.

    >>> _order((7, None, Decimal(1), date(2025, 1, 1)))[0]
    True
    """
    lot_id, expires_on, _remaining, day = lot
    return (expires_on is None, expires_on or date.max, day, lot_id)
