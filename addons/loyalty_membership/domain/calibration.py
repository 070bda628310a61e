"""How good predictions are: what was foretold of a period that is over, against what customers did in it."""

from dataclasses import dataclass

import numpy as np

from . import buying, evidence
from .buying import Buying
from .evidence import Verdict
from .forecast import YEAR
from .histories import Cells, Histories

#: Customers with so many repeat purchases or more are one row.
MANY = 7


@dataclass(frozen=True)
class Row:
    """The customers with ``frequency`` repeat purchases (the last row: or more): purchases on average, foretold and made."""

    frequency: int
    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Total:
    """A forecast of all customers against what they did: sums of purchases, and the mean error of a customer's, without sign.

    >>> Total(75, 100, 1 / 2).error, Total(90, 0, 1).error
    (-0.25, None)
    """

    predicted: float
    actual: float
    absolute: float

    @property
    def error(self) -> float | None:
        """How much more was foretold, as a share of what was made; None of nothing."""
        return self.predicted / self.actual - 1 if self.actual else None


@dataclass(frozen=True)
class Calibration:
    """A hold-out of ``days``: ``rows`` by repeat purchases, the ``model``'s totals, and ``naive`` ones.

    The naive forecast is that everybody buys on as often as before. A customer's own number is hard to foretell, so ``absolute``
    is as large as that of no purchases at all where most buy nothing; it is for comparing forecasts of one period.
    """

    days: int
    rows: tuple[Row, ...]
    model: Total
    naive: Total


def split_day(first: int, today: int) -> int:
    """Return the last day of the part to fit: half of the time since the first purchase, and all but the last year at most.

    >>> split_day(0, 545), split_day(0, 5 * 365)
    (273, 1460)
    """
    return today - min((today - first) // 2, YEAR)


def hold_out(histories: Histories, actual: np.ndarray, days: int) -> tuple[Verdict, Buying | None, Calibration | None]:
    """Fit histories that end some days ago, and compare with the purchases of these days; nothing where there is too little.

    ``histories``: as they were on the day of the split; ``actual``: the purchase days of each customer in the ``days`` since.

    >>> hold_out(Histories(*[np.zeros(2)] * 5), np.zeros(2), 30)
    (Verdict(reasons=('few_customers', 'few_repeaters', 'short_history'), warnings=()), None, None)
    """
    cells = Cells.of(histories.frequency, histories.recency, histories.age)
    verdict = evidence.of_buying(cells)
    if not verdict.enough:
        return verdict, None, None
    model, optimum = buying.fit(cells)
    verdict = evidence.of_buying(cells, optimum)
    if not verdict.enough:
        return verdict, None, None
    predicted = buying.expected(model, histories.frequency, histories.recency, histories.age, days)
    return verdict, model, compare(histories, predicted, actual, days)


def compare(histories: Histories, predicted: np.ndarray, actual: np.ndarray, days: int) -> Calibration:
    """Return how the purchases of so many days were foretold, customer by customer, and how they came.

    >>> histories = Histories(*map(np.array, ([0, 0, 9], [0, 0, 90], [90, 0, 90], [0, 0, 9], [0, 0, 50])))
    >>> found = compare(histories, np.array([1, 1, 6]), np.array([0, 1, 8]), days=90)
    >>> found.rows
    (Row(frequency=0, customers=2, predicted=1.0, actual=0.5), Row(frequency=7, customers=1, predicted=6.0, actual=8.0))
    >>> found.model, found.naive
    (Total(predicted=8.0, actual=9.0, absolute=1.0), Total(predicted=9.0, actual=9.0, absolute=0.6666666666666666))
    """
    steady = histories.frequency / np.maximum(histories.age, 1) * days
    group = np.minimum(histories.frequency, MANY)
    rows = []
    for frequency in np.unique(group):
        members = group == frequency
        means = float(predicted[members].mean()), float(actual[members].mean())
        rows.append(Row(int(frequency), int(members.sum()), *means))
    return Calibration(days, tuple(rows), total(predicted, actual), total(steady, actual))


def total(predicted: np.ndarray, actual: np.ndarray) -> Total:
    """Return the sums of a forecast and of what came, and how far they are apart a customer.

    >>> total(np.array([1, 2]), np.array([0, 4]))
    Total(predicted=3.0, actual=4.0, absolute=1.5)
    """
    absolute = float(abs(predicted - actual).mean()) if len(actual) else float(0)
    return Total(float(predicted.sum()), float(actual.sum()), absolute)
