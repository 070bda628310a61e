"""Maximum likelihood of models whose parameters are all positive: where the maximum is, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy  # its parts are loaded where they are first used: 50 MB of memory that few workers ever need

#: From parameters to (log-likelihood, its derivatives), both divided by the number of observations.
Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]

#: Parameters are looked for in between; callers choose units in which sensible ones are near 1.
LEAST, MOST = 10**-4, 10**4
#: The derivatives by the logarithms of the parameters that still count as none, an observation.
FLAT = 10**-5
_STEP = 10**-4


@dataclass(frozen=True)
class Optimum:
    """A maximum: ``parameters``; ``log_likelihood``, of all observations; whether it is one (``converged``).

    ``edge``: a parameter would rather lie beyond what is looked at. ``errors``: the standard errors of the parameters, by the
    curvature there (the inverse of the observed information); None where there is no saying, as at an edge.
    """

    parameters: np.ndarray
    log_likelihood: float
    converged: bool
    edge: bool
    errors: np.ndarray | None

    def rescaled(self, units: Sequence[float], observed: float) -> "Optimum":
        """The same maximum with parameters in other units, and with a likelihood of observations in other units.

        ``observed``: the sum of the logarithms of the units of what was observed.

        >>> once = Optimum(np.array([1, 2]), -5, True, False, np.array([1, 1])).rescaled([1, 7], 3)
        >>> once.parameters.tolist(), once.errors.tolist(), once.log_likelihood
        ([1, 14], [1, 7], -8)
        """
        factors = np.array(units)
        errors = None if self.errors is None else self.errors * factors
        return replace(self, parameters=self.parameters * factors, errors=errors, log_likelihood=self.log_likelihood - observed)


def weighed(weights: np.ndarray, values: np.ndarray) -> float:
    """Return the sum of weights x values.

    Not ``weights @ values``: for long arrays BLAS starts threads, which wait for each other wherever other processes want the
    processors, too; a fit then takes some thirty times as long.

    >>> weighed(np.array([1, 2]), np.array([3, 4]))
    11.0
    """
    return float(np.einsum("i,i", weights, values))


def maximise(likelihood: Likelihood, size: int, starts: Sequence[Sequence[float]], rough: Likelihood | None = None) -> Optimum:
    """Return the maximum that the best of several starts leads to; ``size`` is the number of observations.

    ``rough``, a likelihood of fewer observations, chooses among the starts where the real one takes its time.

    A hundred lives that last 4 on average, and don't age: the rate is 1/4, known to a tenth of itself.

    >>> def exponential(point): return np.log(point[0]) - 4 * point[0], 1 / point - 4
    >>> optimum = maximise(exponential, 100, [[1], [9]])
    >>> optimum.parameters.round(6).tolist(), optimum.errors.round(6).tolist(), round(optimum.log_likelihood, 4)
    ([0.25], [0.025], -238.6294)
    >>> optimum.converged, optimum.edge
    (True, False)

    What has no maximum ends at an edge:

    >>> endless = maximise(lambda point: (np.log(point[0]), 1 / point), 100, [[1]])
    >>> endless.edge, endless.errors
    (True, None)
    """
    found = [_climbed(rough or likelihood, np.log(np.array(start, dtype=float))) for start in starts]
    best = min(found, key=lambda result: result.fun)
    if rough:
        best = _climbed(likelihood, best.x)
    low, high = (best.x <= np.log(LEAST) + _STEP), (best.x >= np.log(MOST) - _STEP)
    slope = best.jac.copy()
    slope[(low & (slope > 0)) | (high & (slope < 0))] = 0
    edge = bool((low | high).any())
    return Optimum(
        parameters=np.exp(best.x),
        log_likelihood=-float(best.fun) * size,
        converged=bool(np.isfinite(best.fun) and abs(slope).max() < FLAT),
        edge=edge,
        errors=None if edge else _errors(likelihood, best.x, size),
    )


def _climbed(likelihood: Likelihood, start: np.ndarray):
    """Return scipy's result for minus the likelihood over the logarithms of the parameters."""
    limits = [(np.log(LEAST), np.log(MOST))] * len(start)
    options = {"ftol": 10**-15, "gtol": FLAT / 100, "maxiter": 500, "maxcor": 20}
    bounded = np.clip(start, *np.log((LEAST, MOST)))
    return scipy.optimize.minimize(_loss, bounded, (likelihood,), "L-BFGS-B", jac=True, bounds=limits, options=options)


def _loss(logs: np.ndarray, likelihood: Likelihood) -> tuple[float, np.ndarray]:
    """Return minus the likelihood and its derivatives by the logarithms of the parameters.

    >>> loss, slope = _loss(np.log([1, 2]), lambda point: (point.sum(), np.ones(2)))
    >>> round(float(loss), 6), slope.round(6).tolist()
    (-3.0, [-1.0, -2.0])
    """
    point = np.exp(logs)
    value, slope = likelihood(point)
    return -value, -slope * point


def _errors(likelihood: Likelihood, logs: np.ndarray, size: int) -> np.ndarray | None:
    """Return the standard errors of the parameters; None unless the likelihood bends down in every direction."""
    steps = np.eye(len(logs)) * _STEP
    rows = [_loss(logs + step, likelihood)[1] - _loss(logs - step, likelihood)[1] for step in steps]
    information = np.array(rows) * size / (2 * _STEP)
    information = (information + information.T) / 2
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
        return None
    return np.sqrt(np.diag(np.linalg.inv(information))) * np.exp(logs)
