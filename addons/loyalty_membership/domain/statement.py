"""A member's statement: the days it covers, and what stands on it, whatever it is written as."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .expiry import add_months

#: Nobody's points are older.
EARLIEST = date(1900, 1, 1)


def window(period: str, today: date, first: date | None = None, last: date | None = None) -> tuple[date | None, date]:
    """Return the first (None: the very first) and the last day of a period; no statement reaches beyond today.

    >>> today = date(2026, 3, 31)
    >>> [str(day) for day in window("this_month", today)]
    ['2026-03-01', '2026-03-31']
    >>> [str(day) for day in window("last_month", today)]
    ['2026-02-01', '2026-02-28']
    >>> [str(day) for day in window("last_3_months", today)]
    ['2026-01-01', '2026-03-31']
    >>> [str(day) for day in window("last_3_months", date(2026, 11, 22))]
    ['2026-08-23', '2026-11-22']
    >>> [str(day) for day in window("this_year", today)]
    ['2026-01-01', '2026-03-31']
    >>> [str(day) for day in window("all", today)]
    ['None', '2026-03-31']
    >>> [str(day) for day in window("own", today, date(2026, 3, 30), date(2027, 1, 1))]
    ['2026-03-30', '2026-03-31']
    """
    month = today.replace(day=1)
    windows = {
        "this_month": (month, today),
        "last_month": (add_months(month, -1), month - timedelta(days=1)),
        "last_3_months": (add_months(today, -3) + timedelta(days=1), today),
        "this_year": (month.replace(month=1), today),
        "all": (None, today),
        "own": (first and max(first, EARLIEST), min(last or today, today)),
    }
    return windows[period]


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; ``balance`` is what could be spent after it, ``last_day`` the last on which these points can be."""

    day: date
    what: str
    points: Decimal
    balance: Decimal
    last_day: date | None = None
    reference: str | None = None

    @property
    def sides(self) -> tuple[Decimal | None, Decimal | None]:
        """What is added and what is taken: one of them.

        >>> Line(date(2026, 1, 1), "Spent", Decimal(-5), Decimal(0)).sides
        (None, Decimal('5'))
        """
        return (self.points, None) if self.points >= 0 else (None, -self.points)


@dataclass(frozen=True, slots=True)
class Total:
    """What one kind of movement has added and taken; both are positive."""

    kind: str
    count: int
    added: Decimal
    taken: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """Points that come, or end, on a day."""

    day: date
    points: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member had, what moved, and what there is.

    ``lines`` are the newest ``shown`` of all that the totals count, oldest first; they may be made as they are read.
    ``today`` is the day of ``available``, ``pending`` and ``expiring``, whatever the period.

    >>> totals = (Total("Earned", 2, Decimal(30), Decimal(0)), Total("Spent", 1, Decimal(0), Decimal(10)))
    >>> january = Statement(None, date(2026, 1, 31), Decimal(5), totals, (), 2, date(2026, 2, 3), Decimal(25), (), ())
    >>> january.added, january.taken, january.closing, january.left_out
    (Decimal('30'), Decimal('10'), Decimal('25'), 1)
    """

    first: date | None
    last: date
    opening: Decimal
    totals: tuple[Total, ...]
    lines: Iterable[Line]
    shown: int
    today: date
    available: Decimal
    pending: tuple[Due, ...]
    expiring: tuple[Due, ...]

    @property
    def added(self) -> Decimal:
        return sum((total.added for total in self.totals), Decimal(0))

    @property
    def taken(self) -> Decimal:
        return sum((total.taken for total in self.totals), Decimal(0))

    @property
    def closing(self) -> Decimal:
        return self.opening + self.added - self.taken

    @property
    def left_out(self) -> int:
        return sum(total.count for total in self.totals) - self.shown
