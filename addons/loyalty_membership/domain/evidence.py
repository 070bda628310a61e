"""Whether there is enough to predict from: codes that say why not, and what to take with care.

The least that is asked for comes from samples of CDNOW's customers (tests/data), fitted on their first nine months and compared
with the next nine. All 23,570 are foretold to buy 14 % less than they did. Nine of ten samples of 200 customers, 80 of whom had
come back, were between 40 % less and 20 % more; of 100 customers and 40, between 46 % less and 47 % more, and one fit in five ran
off to an edge. Of samples of 400 customers, every sixth did when they were known for 107 days on average, and every fifteenth
with 137.
"""

from dataclasses import dataclass

import numpy as np

from .histories import Cells, Histories
from .likelihood import Optimum
from .spending import Spending, correlation

LEAST_CUSTOMERS = 200
LEAST_REPEATERS = 100
LEAST_DAYS = 120
#: Money and frequency that move together more than this break what Gamma-Gamma supposes. CDNOW's are at 0.08.
MOST_CORRELATION = 3 / 10


@dataclass(frozen=True)
class Verdict:
    """``reasons``: why there is no prediction; ``warnings``: what is doubtful in one that there is.

    Reasons, of purchases: ``few_customers``, ``few_repeaters``, ``short_history``, ``not_converged``; of money:
    ``few_payers``, ``not_converged``, ``no_mean`` (a few spend so much that an average says nothing). Warnings: ``at_edge`` (a
    parameter without end: customers are too much alike to tell), ``unsure`` (the likelihood is flat) and
    ``money_follows_frequency``.
    """

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        return not self.reasons


def of_buying(cells: Cells, optimum: Optimum | None = None) -> Verdict:
    """Judge histories before they are fitted, or also the fit. Times are in days.

    >>> few = Cells.of(np.array([0, 3]), np.array([0, 40]), np.array([90, 100]), np.array([250, 20]))
    >>> of_buying(few).reasons, of_buying(few).enough
    (('few_repeaters', 'short_history'), False)
    >>> of_buying(Cells.of(*[np.zeros(0)] * 3)).reasons
    ('few_customers', 'few_repeaters', 'short_history')
    """
    known = cells.counts @ cells.age / max(cells.customers, 1)
    reasons = {
        "few_customers": cells.customers < LEAST_CUSTOMERS,
        "few_repeaters": cells.repeaters < LEAST_REPEATERS,
        "short_history": known < LEAST_DAYS,
    }
    return _verdict(reasons, {}, optimum)


def of_spending(
    histories: Histories, counts: np.ndarray | None = None, model: Spending | None = None, optimum: Optimum | None = None
) -> Verdict:
    """Judge what customers paid before it is fitted, or also the fit.

    >>> days = np.full(300, 200)
    >>> alike = Histories(np.full(300, 2), days, days, np.full(300, 2), np.full(300, 50))
    >>> of_spending(alike), of_spending(alike, np.full(300, 1 / 4)).reasons
    (Verdict(reasons=(), warnings=()), ('few_payers',))
    >>> wide = Spending(p=2, q=1, gamma=9)
    >>> of_spending(alike, None, wide, Optimum(np.array([2, 1, 9]), -1, True, True, None))
    Verdict(reasons=('no_mean',), warnings=('at_edge',))
    """
    payers = ((histories.paid > 0) * (1 if counts is None else np.asarray(counts))).sum()
    reasons = {"few_payers": payers < LEAST_REPEATERS, "no_mean": _no_mean(model, optimum)}
    warnings = {"money_follows_frequency": abs(correlation(histories, counts)) > MOST_CORRELATION}
    return _verdict(reasons, warnings, optimum)


def _no_mean(model: Spending | None, optimum: Optimum | None) -> bool:
    """Tell whether the mean of all customers is infinite, or may be for all that is known."""
    if not model or not optimum:
        return False
    doubt = 0 if optimum.errors is None else optimum.errors[1]
    return bool(model.q - doubt <= 1)


def _verdict(reasons: dict[str, bool], warnings: dict[str, bool], optimum: Optimum | None) -> Verdict:
    """Return the verdict with what the fit itself says.

    >>> _verdict({"few": True, "short": False}, {}, Optimum(np.ones(1), -1, False, False, None))
    Verdict(reasons=('few', 'not_converged'), warnings=('unsure',))
    """
    if optimum:
        flat = optimum.errors is None and not optimum.edge
        reasons = {**reasons, "not_converged": not optimum.converged}
        warnings = {**warnings, "at_edge": optimum.edge, "unsure": flat}
    return Verdict(
        tuple(code for code, holds in reasons.items() if holds), tuple(code for code, holds in warnings.items() if holds)
    )
