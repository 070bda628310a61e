"""What customers spend on a purchase: the Gamma-Gamma model.

P. S. Fader and B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). A customer's purchases vary around a mean of
his own; over all customers these means vary as the model says, and have nothing to do with how often they buy. So who bought
once or twice is thought to be much like all others, and who bought often like himself.

Only purchases after the first count, as in :mod:`buying`, and only those that cost anything. Arrays are 1-D, a place a customer.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded where they are first used

from .histories import Histories
from .likelihood import Likelihood, Optimum, maximise, weighed

_ROUGH = 2**14
_STARTS = ((1, 2, 1), (5, 4, 3 / 5), (2, 10, 9 / 2), (10, 3 / 2, 1 / 20))


@dataclass(frozen=True)
class Spending:
    """The parameters: purchases are Gamma(``p``, nu), nu is Gamma(``q``, ``gamma`` in money); ``paid``: how many cost anything.

    >>> round(Spending(p=6.25, q=3.74, gamma=15.44).mean, 2), Spending(p=6.25, q=1, gamma=15.44).mean
    (35.22, inf)
    """

    p: float
    q: float
    gamma: float
    paid: float = 1

    @property
    def mean(self) -> float:
        """The money of a paid purchase of any customer; infinite where a few spend so much that there is no mean."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")


def fit(histories: Histories, counts: np.ndarray | None = None) -> tuple[Spending, Optimum]:
    """Return the parameters that make the mean spending of all customers most likely, and what is known of that maximum.

    ``counts``: how many customers have each of the histories, 1 without. ValueError if nobody paid for a second purchase.

    >>> spent = Histories(*map(np.array, ([0, 2, 2, 1, 3], [0, 9, 9, 9, 9], [9] * 5, [0, 2, 1, 1, 3], [0, 50, 9, 40, 70])))
    >>> model, optimum = fit(spent)
    >>> len(optimum.parameters), model.paid
    (3, 0.875)
    """
    paying = histories.paid > 0
    counts = np.ones(len(histories)) if counts is None else np.asarray(counts, dtype=float)
    if not paying.any():
        raise ValueError("nobody paid for a second purchase")
    paid, spent, weights = histories.paid[paying].astype(float), histories.spent[paying].astype(float), counts[paying]
    unit = np.average(spent / paid, weights=weights)
    data, size = np.array([paid, spent / unit, weights]), round(weights.sum())
    rough = data[:, :: -(-len(paid) // _ROUGH)]
    found = maximise(_mean_likelihood(data), size, _STARTS, _mean_likelihood(rough))
    optimum = found.rescaled([1, 1, unit], size * float(np.log(unit)))
    share = counts @ histories.paid / (counts @ histories.frequency)
    return Spending(*map(float, optimum.parameters), paid=float(share)), optimum


def _mean_likelihood(data: np.ndarray) -> Likelihood:
    """Return the log-likelihood a customer, equation (1a) of the note, and its derivatives as a function of p, q and gamma.

    ``data``: rows of purchases x, of money z and of customers; the mean of the note is z / x. What hangs on x alone is computed
    once a number, not once a customer.

    >>> value, slope = _mean_likelihood(np.array([[1], [1], [1]]))(np.array([1, 1, 1]))
    >>> round(float(value), 6), slope.round(6).tolist()
    (-1.386294, [0.306853, 0.306853, 0.0])
    """
    paid, spent, weights = data
    x, places = np.unique(paid, return_inverse=True)
    counts, size = np.bincount(places, weights), weights.sum()
    fixed = weighed(weights, np.log(spent / paid))

    def likelihood(point):
        p, q, gamma = point
        psi = scipy.special.digamma
        own, common = np.log(spent / (spent + gamma)), np.log(gamma / (spent + gamma))
        value = weighed(weights, p * paid * own + q * common) - counts @ scipy.special.betaln(p * x, q) - fixed
        slope = np.array([
            weighed(weights, paid * own) + counts @ (x * (psi(p * x + q) - psi(p * x))),
            weighed(weights, common) + counts @ (psi(p * x + q) - psi(q)),
            weighed(weights, q / gamma - (p * paid + q) / (spent + gamma)),
        ])
        return value / size, slope / size

    return likelihood


def average(model: Spending, paid: np.ndarray, spent: np.ndarray) -> np.ndarray:
    """Return the money that a paid purchase of each customer is expected to be, by those he paid so far: equation (5).

    >>> cdnow = Spending(p=6.25, q=3.74, gamma=15.44)
    >>> average(cdnow, np.array([0, 1, 10]), np.array([0, 100, 1000])).round(2).tolist()
    [35.22, 80.26, 97.28]
    """
    shape = model.p * np.asarray(paid) + model.q - 1
    with np.errstate(divide="ignore"):
        return np.where(shape > 0, model.p * (model.gamma + np.asarray(spent)) / shape, np.inf)


def correlation(histories: Histories, counts: np.ndarray | None = None) -> float:
    """Return the correlation of how often customers pay and how much on average: next to none, says the model.

    Of those who paid for a second purchase; 0 where all paid as often, or as much.

    >>> often = Histories(*map(np.array, ([1, 2, 3], [9, 9, 9], [9, 9, 9], [1, 2, 3], [10, 40, 90])))
    >>> round(correlation(often), 6), correlation(often, np.array([1, 0, 0]))
    (1.0, 0.0)
    """
    weights = (1 if counts is None else np.asarray(counts)) * (histories.paid > 0)
    if not weights.sum():
        return float(0)
    x, mean = ((column - np.average(column, weights=weights)) for column in (histories.paid, histories.mean))
    spread = np.sqrt((weights @ x**2) * (weights @ mean**2))
    return float(weights @ (x * mean) / spread) if spread else float(0)
