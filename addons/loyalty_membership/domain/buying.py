"""When customers buy again, and whether they still do: the BG/NBD model.

P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24 (2005). A customer who is alive buys at random at a rate of his own, Gamma(r, alpha) over all customers, and
after each purchase is gone for good with a probability of his own, Beta(a, b). Who never came back counts as alive: the model
sees nobody go without a purchase.

Histories are those of :mod:`histories`; every array here is 1-D, a place a customer. ``alpha``, ages and horizons are in one
unit of time, here days.
"""

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import scipy  # its parts are loaded where they are first used

from .histories import Cells, distinct
from .likelihood import Optimum, maximise, weighed

_ROUGH = 2**14
_SHARES = 64
_TIMES = 16
_SMALL = 10**-30


@dataclass(frozen=True)
class Buying:
    """The parameters: rates are Gamma(``r``, ``alpha`` days), chances to be gone after a purchase Beta(``a``, ``b``)."""

    r: float
    alpha: float
    a: float
    b: float


def fit(cells: Cells) -> tuple[Buying, Optimum]:
    """Return the parameters that make the histories of all customers most likely, and what is known of that maximum.

    The log-likelihood is that of times in the unit of ``cells``: in days it is less than in weeks by log 7 a purchase.

    >>> once = Cells.of(*map(np.array, ([0, 1, 2, 5], [0, 20, 90, 160], [200, 200, 210, 180], [60, 20, 12, 8])))
    >>> model, optimum = fit(once)
    >>> optimum.converged, [model.r, model.alpha, model.a, model.b] == optimum.parameters.tolist()
    (True, True)

    ValueError without customers of any age.
    """
    unit = np.average(cells.age, weights=cells.counts) if cells.customers else 0
    if not unit:
        raise ValueError("no customers, or none before today")
    scaled = cells.scaled(unit)
    rough = partial(_mean_likelihood, scaled.thinned(_ROUGH))
    rate = max(cells.purchases, 1) / cells.customers
    starts = [(r, r / rate, a, b) for r in (1 / 4, 1) for a, b in ((1 / 20, 1), (1 / 2, 2), (1 / 2, 10))]
    found = maximise(partial(_mean_likelihood, scaled), cells.customers, starts, rough)
    optimum = found.rescaled([1, unit, 1, 1], cells.purchases * float(np.log(unit)))
    return Buying(*map(float, optimum.parameters)), optimum


def log_likelihood(model: Buying, cells: Cells) -> float:
    """Return the log-likelihood of histories, equation (6) of the paper; without repeat purchases only ages count.

    >>> round(log_likelihood(Buying(1, 1, 1, 1), Cells.of(np.zeros(1), np.zeros(1), np.ones(1))), 6)
    -0.693147
    """
    return _sums(cells, np.array([model.r, model.alpha, model.a, model.b]))[0]


def _mean_likelihood(cells: Cells, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the log-likelihood a customer, and its derivatives by r, alpha, a and b."""
    value, slope = _sums(cells, point)
    return value / cells.counts.sum(), slope / cells.counts.sum()


def _sums(cells: Cells, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the log-likelihood of all customers, and its derivatives by r, alpha, a and b."""
    value, slope = _of_frequencies(cells, point)
    for part in cells.parts():
        more, steeper = _of_times(part, point)
        value, slope = value + more, slope + steeper
    return value, slope


def _of_frequencies(cells: Cells, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Return what the frequencies add to the log-likelihood and its derivatives: A1 and A2 of the paper."""
    r, alpha, a, b = point
    x, places = np.unique(cells.frequency, return_inverse=True)
    counts = np.bincount(places, weights=cells.counts)
    special, psi = scipy.special, scipy.special.digamma
    bought = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    stayed = special.betaln(a, b + x) - special.betaln(a, b)
    slope = np.array([
        counts @ (psi(r + x) - psi(r) + np.log(alpha)),
        counts.sum() * r / alpha,
        counts @ (psi(a + b) - psi(a + b + x)),
        counts @ (psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b)),
    ])
    return float(counts @ (bought + stayed)), slope


def _of_times(cells: Cells, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Return what recencies and ages add: log(A3 + A4) of the paper, as the sum of two that can be zero each."""
    r, alpha, a, b = point
    x, weights = cells.frequency, cells.counts
    odds = _log_odds_gone(point, x, cells.recency, cells.age)
    gone = scipy.special.expit(odds)
    whole, last = alpha + cells.age, alpha + cells.recency
    value = weighed(weights, np.logaddexp(0, odds) - (r + x) * np.log(whole))
    slope = np.array([
        -weighed(weights, (1 - gone) * np.log(whole) + gone * np.log(last)),
        -weighed(weights, (r + x) * ((1 - gone) / whole + gone / last)),
        weighed(weights, gone) / a,
        -weighed(weights, gone / (b + np.maximum(x, 1) - 1)),
    ])
    return value, slope


def _log_odds_gone(point, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds of having gone with the last purchase; minus infinity without a repeat purchase."""
    r, alpha, a, b = point
    lapse = np.log1p((age - recency) / (alpha + recency))
    odds = np.log(a / (b + np.maximum(frequency, 1) - 1)) + (r + frequency) * lapse
    return np.where(frequency > 0, odds, -np.inf)


def alive(model: Buying, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the probability of each customer that he is still one; 1 without a repeat purchase, whatever his age.

    Fader and Hardie, "Computing P(alive) Using the BG/NBD Model" (2008).

    >>> model = Buying(1, 1, 1, 1)
    >>> alive(model, np.array([0, 1, 1]), np.array([0, 1, 3]), np.array([3, 3, 3])).round(4).tolist()
    [1.0, 0.2, 0.5]
    """
    odds = _log_odds_gone((model.r, model.alpha, model.a, model.b), frequency, recency, age)
    return scipy.special.expit(-odds)


def expected(model: Buying, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
    """Return the purchases that each customer is expected to make from now on until the horizon, by his history.

    The worked example of Hardie's note "Implementing the BG/NBD Model in Microsoft Excel" (2005), in weeks:

    >>> cdnow = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> expected(cdnow, *map(np.array, ([2], [30.43], [38.86])), horizon=39).round(3).tolist()
    [1.226]

    A customer just won, with no history at all:

    >>> expected(cdnow, np.zeros(1), np.zeros(1), np.zeros(1), horizon=1).round(3).tolist()
    [0.053]
    """
    return alive(model, frequency, recency, age) * _while_alive(model, frequency, age, [(1, horizon)])


def discounted(
    model: Buying, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float, force: float
) -> np.ndarray:
    """Return the expected purchases until the horizon, each worth exp(-force t) when it comes after a time t.

    By parts: the integral of exp(-force t) dE(t) is exp(-force h) E(h) + force times that of exp(-force t) E(t), by Gauss and
    Legendre. Without interest these are the expected purchases themselves:

    >>> history = map(np.array, ([2], [30.43], [38.86]))
    >>> discounted(Buying(r=0.243, alpha=4.414, a=0.793, b=2.426), *history, horizon=39, force=0).round(3).tolist()
    [1.226]
    """
    at, weights = np.polynomial.legendre.leggauss(_TIMES)
    times, weights = (at + 1) * horizon / 2, weights * horizon / 2
    terms = [(np.exp(-force * horizon), horizon)]
    if force:
        terms += [(force * weight * np.exp(-force * time), time) for time, weight in zip(times, weights, strict=True)]
    return alive(model, frequency, recency, age) * _while_alive(model, frequency, age, terms)


def _while_alive(model: Buying, frequency: np.ndarray, age: np.ndarray, terms) -> np.ndarray:
    """Return the sum of factor x E(purchases until the horizon) of customers who are alive, over terms (factor, horizon).

    The mean of (1 - ((alpha + T) / (alpha + T + p t))^(r + x)) / p over the chances p, Beta(a, b + x), to be gone after a
    purchase. Equation (10) of the paper writes it with a hypergeometric function, which is 0/0 at a = 1 and overflows for who
    buys often; Gauss and Jacobi's quadrature has no such places and is right to 7 digits or more. It is computed once for all
    customers of one frequency and age.
    """
    (x, t), places = distinct(frequency, age)
    chances, group = np.unique(x, return_inverse=True)
    shares, weights = (
        np.array([_quadrature(model.a, model.b + times) for times in chances]).reshape(-1, 2, _SHARES).transpose(1, 2, 0)
    )
    total = np.zeros(len(x))
    for share, weight in zip(shares, weights, strict=True):
        per_time = share[group] / (model.alpha + t)
        for factor, horizon in terms:
            total -= factor * (weight / share)[group] * np.expm1(-(model.r + x) * np.log1p(per_time * horizon))
    return total[places]


@lru_cache(maxsize=1024)
def _quadrature(a: float, b: float) -> np.ndarray:
    """Return (points, weights), which sum to 1, of the mean of a function of what is Beta(a, b).

    G. H. Golub and J. H. Welsch, "Calculation of Gauss Quadrature Rules", Mathematics of Computation 23 (1969), with the
    recurrence of Jacobi's polynomials.

    >>> points, weights = _quadrature(2, 3)
    >>> [round(float(weights @ points**power), 9) for power in (0, 1, 2)]
    [1.0, 0.4, 0.2]
    """
    k = np.arange(1, _SHARES)
    above, below = a - 1, b - 1
    sums = 2 * k + above + below
    middle = np.append((a - b) / (a + b), (above**2 - below**2) / (sums * (sums + 2)))
    # The general form is 0/0 at k = 1 where a + b is 1.
    first = 4 * a * b / ((a + b) ** 2 * (a + b + 1))
    k, sums = k[1:], sums[1:]
    rest = 4 * k * (k + above) * (k + below) * (k + above + below) / (sums**2 * (sums + 1) * (sums - 1))
    points, vectors = scipy.linalg.eigh_tridiagonal(middle, np.sqrt(np.append(first, rest)))
    return np.array([np.maximum((1 + points) / 2, _SMALL), vectors[0] ** 2])
