"""Purchase histories in the form that predictions are made from: how often, how lately, since when, for how much.

A purchase is a day with purchases: several on one day are one. The first one makes a customer and is never counted, only what
comes after it is: frequency x, recency t_x and age T of Fader, Hardie and Lee ("Counting Your Customers the Easy Way", Marketing
Science 24, 2005). Times are in days; any other unit does as well, if it is the same everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class Histories:
    """Histories of customers, a place for each in every array (all 1-D, of one length).

    ``frequency``: days with purchases after the first; ``recency``: from the first to the last; ``age``: from the first until
    today; ``paid``: those days of ``frequency`` that cost anything; ``spent``: the money of these days together.

    ValueError where a history can't be:

    >>> Histories(*map(np.array, ([1], [30], [20], [1], [9])))
    Traceback (most recent call last):
    ValueError: 1 histories are impossible, the first at place 0: frequency 1, recency 30, age 20
    """

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    paid: np.ndarray
    spent: np.ndarray

    def __post_init__(self):
        sound = (self.frequency >= 0) & (self.recency <= self.age) & ((self.frequency > 0) == (self.recency > 0))
        sound &= np.isfinite(self.age) & np.isfinite(self.spent) & (self.paid >= 0) & (self.paid <= self.frequency)
        if not sound.all():
            at = int(np.argmin(sound))
            what = f"frequency {self.frequency[at]}, recency {self.recency[at]}, age {self.age[at]}"
            raise ValueError(f"{np.sum(~sound)} histories are impossible, the first at place {at}: {what}")

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def mean(self) -> np.ndarray:
        """The money of an average paid day after the first; 0 where there is none."""
        return self.spent / np.maximum(self.paid, 1)


def collect(customers: np.ndarray, days: np.ndarray, amounts: np.ndarray, until: int) -> tuple[np.ndarray, Histories]:
    """Return (customers, their histories) of single purchases, as they are at the end of the day ``until``.

    ``customers``: integers, in any order; ``days``: numbers of days, as of ``date.toordinal``; ``amounts``: money. A refund
    belongs on the day of what it gives back. A day that cost nothing, or less, is a purchase but isn't paid. Later days don't
    count, and customers that have no others are left out.

    >>> customers, days = np.array([7, 7, 7, 7, 4, 7, 9]), np.array([10, 15, 15, 30, 12, 31, 41])
    >>> found, histories = collect(customers, days, np.array([5, 20, 8, 0, 9, -1, 6]), until=40)
    >>> found.tolist(), histories.frequency.tolist(), histories.recency.tolist(), histories.age.tolist()
    ([4, 7], [0, 3], [0, 21], [28, 30])
    >>> histories.paid.tolist(), histories.spent.tolist()
    ([0, 1], [0.0, 28.0])
    """
    counted = days <= until
    customers, days, amounts = customers[counted], days[counted], amounts[counted]
    order = np.lexsort((days, customers))
    customers, days = customers[order], days[order]
    starts = _changes(customers, days)
    money = np.add.reduceat(amounts[order].astype(float), starts) if len(starts) else np.zeros(0)
    return _of_days(customers[starts], days[starts], money, until)


def _of_days(customers: np.ndarray, days: np.ndarray, money: np.ndarray, until: int) -> tuple[np.ndarray, Histories]:
    """Return what :func:`collect` does, of one row a customer and day, sorted."""
    starts = _changes(customers)
    ends = starts + np.diff(starts, append=len(customers)) - 1
    place = np.repeat(np.arange(len(starts)), ends - starts + 1)
    paid = money > 0
    paid[starts] = False
    size = len(starts)
    return customers[starts], Histories(
        frequency=ends - starts,
        recency=days[ends] - days[starts],
        age=until - days[starts],
        paid=np.bincount(place[paid], minlength=size),
        spent=np.bincount(place[paid], weights=money[paid], minlength=size),
    )


def later(customers: np.ndarray, days: np.ndarray, amounts: np.ndarray, found: np.ndarray, after: int, until: int):
    """Return (purchase days, money) of each customer of ``found`` (sorted) after the day ``after``, up to ``until``.

    >>> customers, days = np.array([7, 7, 7, 4, 7, 9]), np.array([15, 31, 31, 41, 52, 33])
    >>> purchases, money = later(customers, days, np.ones(6), np.array([4, 7]), 30, 50)
    >>> purchases.tolist(), money.tolist()
    ([1, 1], [1.0, 2.0])
    """
    counted = (days > after) & (days <= until) & np.isin(customers, found)
    place = np.searchsorted(found, customers[counted])
    money = np.bincount(place, weights=amounts[counted], minlength=len(found))
    order = np.lexsort((days[counted], place))
    starts = _changes(place[order], days[counted][order])
    return np.bincount(place[order][starts], minlength=len(found)), money


def distinct(*columns: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the distinct rows of some columns, sorted by the first and then the next, and where each row is among them.

    >>> rows, places = distinct(np.array([2, 1, 2]), np.array([5, 9, 5]))
    >>> [column.tolist() for column in rows], places.tolist()
    ([[1, 2], [9, 5]], [1, 0, 1])
    """
    order = np.lexsort(columns[::-1])
    columns = [np.asarray(column)[order] for column in columns]
    starts = _changes(*columns)
    places = np.empty(len(order), dtype=np.intp)
    places[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    return [column[starts] for column in columns], places


def _changes(*columns: np.ndarray) -> np.ndarray:
    """Return the places where rows that are sorted by these columns differ from the row before; the first one does.

    >>> _changes(np.array([1, 1, 2, 2]), np.array([5, 5, 5, 6])).tolist(), _changes(np.zeros(0)).tolist()
    ([0, 2, 3], [])
    """
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


@dataclass(frozen=True)
class Cells:
    """Distinct histories and how many customers have each: a likelihood of millions needs no more.

    >>> cells = Cells.of(np.array([0, 2, 0]), np.array([0, 9, 0]), np.array([30, 30, 30]))
    >>> cells.frequency.tolist(), cells.counts.tolist(), cells.customers, cells.repeaters, cells.purchases
    ([0.0, 2.0], [2.0, 1.0], 3, 1, 2)
    """

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, counts: np.ndarray | None = None) -> "Cells":
        """Join the histories that are alike; ``counts`` if some of them are joined already."""
        columns, places = distinct(frequency, recency, age)
        return cls(
            *(column.astype(float) for column in columns), np.bincount(places, counts, minlength=len(columns[0])).astype(float)
        )

    @property
    def customers(self) -> int:
        return round(self.counts.sum())

    @property
    def repeaters(self) -> int:
        """Customers who came back."""
        return round(self.counts[self.frequency > 0].sum())

    @property
    def purchases(self) -> int:
        """Purchase days after the first, of all together."""
        return round((self.counts * self.frequency).sum())

    @property
    def longest(self) -> int:
        """The age of the oldest customer; 0 without any."""
        return int(self.age.max(initial=0))

    def scaled(self, unit: float) -> "Cells":
        """The same histories with times in other units."""
        return replace(self, recency=self.recency / unit, age=self.age / unit)

    def thinned(self, most: int) -> "Cells":
        """At most so many of the cells, evenly spread over all."""
        return self._taken(slice(None, None, -(-len(self.counts) // most) or 1))

    def parts(self, size: int = 2**15) -> Iterator["Cells"]:
        """All cells, some at a time: what is computed of them then stays small.

        >>> cells = Cells.of(np.arange(5), np.arange(5), np.arange(5))
        >>> [part.frequency.tolist() for part in cells.parts(3)], cells.thinned(2).frequency.tolist()
        ([[0.0, 1.0, 2.0], [3.0, 4.0]], [0.0, 3.0])
        """
        for start in range(0, len(self.counts), size):
            yield self._taken(slice(start, start + size))

    def _taken(self, rows: slice) -> "Cells":
        return Cells(*(getattr(self, field.name)[rows] for field in fields(self)))
