"""What customers will buy and be worth, and which of them are about to go: the models of buying and spending together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import buying, spending
from .buying import Buying
from .histories import Histories
from .spending import Spending

HORIZONS = (90, 365)
YEAR = 365


@dataclass(frozen=True)
class Terms:
    """What a lifetime value counts: purchases of the next ``days``, ``margin`` of their money, less ``interest`` a year.

    The interest is compounded daily as it passes: after a year money counts 1 / (1 + interest).
    """

    days: int = 3 * YEAR
    interest: float = 1 / 10
    margin: float = 1

    @property
    def force(self) -> float:
        """The interest as a rate of decay a day.

        >>> round(float(np.exp(-365 * Terms(interest=1 / 4).force)), 6)
        0.8
        """
        return float(np.log1p(self.interest)) / YEAR


@dataclass(frozen=True)
class Forecast:
    """Predictions, 1-D, a place a customer; ``purchases`` and ``money`` by horizon in days.

    ``alive``: the probability to be still a customer; ``risk``: the code of :func:`churn_risk`; ``money``: what the purchases
    come to; ``value``: the lifetime value. The last two are None without a model of spending.
    """

    alive: np.ndarray
    risk: np.ndarray
    purchases: dict[int, np.ndarray]
    money: dict[int, np.ndarray] | None
    value: np.ndarray | None


def forecast(
    histories: Histories,
    when: Buying,
    much: Spending | None = None,
    terms: Terms | None = None,
    horizons: Sequence[int] = HORIZONS,
) -> Forecast:
    """Return what customers are expected to do, by their histories (in days) and by what was fitted to all.

    The lifetime value is margin x E(money of a purchase) x the expected purchases discounted to today: P. S. Fader, B. G. S.
    Hardie and K. L. Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42
    (2005), with the purchases of BG/NBD and an end, as no model knows what customers do in ten years. It is what is to come, not
    what has been.

    >>> histories = Histories(*map(np.array, ([0, 4], [0, 180], [200, 200], [0, 4], [0, 120])))
    >>> told = forecast(histories, Buying(1 / 4, 30, 4 / 5, 5 / 2), Spending(6, 4, 15))
    >>> told.risk.tolist(), told.alive.round(3).tolist()
    (['single', 'low'], [1.0, 0.824])
    >>> [told.purchases[days].round(2).tolist() for days in (90, 365)]
    [[0.09, 1.24], [0.33, 4.02]]
    >>> told.money[365].round(2).tolist(), told.value.round(2).tolist()
    ([9.92, 120.61], [21.13, 228.46])

    Without a model of spending there is no money:

    >>> forecast(histories, Buying(1 / 4, 30, 4 / 5, 5 / 2)).value
    """
    terms = terms or Terms()
    times = histories.frequency, histories.recency, histories.age
    living = buying.alive(when, *times)
    purchases = {days: buying.expected(when, *times, days) for days in horizons}
    money = value = None
    if much:
        each = much.paid * spending.average(much, histories.paid, histories.spent)
        money = {days: each * number for days, number in purchases.items()}
        value = terms.margin * each * buying.discounted(when, *times, terms.days, terms.force)
    return Forecast(living, churn_risk(histories.frequency, living), purchases, money, value)


def churn_risk(frequency: np.ndarray, living: np.ndarray, safe: float = 7 / 10, lost: float = 3 / 10) -> np.ndarray:
    """Return ``low`` from the probability ``safe`` of being alive on, ``high`` below ``lost``, else ``medium``.

    Who never came back is ``single``: BG/NBD sees nobody go without a purchase, so it can't tell.

    >>> churn_risk(np.array([0, 1, 2, 3]), np.array([1, 7 / 10, 1 / 2, 1 / 4])).tolist()
    ['single', 'low', 'medium', 'high']
    """
    return np.select([frequency == 0, living >= safe, living < lost], ["single", "low", "high"], "medium")
