"""Both models fitted to what the customers of one club bought, and put to the test on the last part of it."""

from dataclasses import dataclass

import numpy as np

from . import buying, calibration, evidence, spending
from .buying import Buying
from .calibration import Calibration
from .evidence import Verdict
from .histories import Cells, Histories
from .likelihood import Optimum
from .spending import Spending


@dataclass(frozen=True)
class Counted:
    """What there is to learn from: the numbers that :mod:`evidence` asks for, by the reasons that it gives."""

    customers: int
    repeaters: int
    payers: int
    purchases: int
    known: float

    @classmethod
    def of(cls, histories: Histories) -> "Counted":
        """Count histories; ``known``: the days since the first purchase, on average.

        >>> Counted.of(Histories(*map(np.array, ([0, 2], [0, 9], [30, 40], [0, 1], [0, 20]))))
        Counted(customers=2, repeaters=1, payers=1, purchases=2, known=35.0)
        """
        return cls(
            customers=len(histories),
            repeaters=int((histories.frequency > 0).sum()),
            payers=int((histories.paid > 0).sum()),
            purchases=int(histories.frequency.sum()),
            known=float(histories.age.mean()) if len(histories) else float(0),
        )

    def had(self, reason: str) -> tuple[int, int] | None:
        """Return (how much there was, how much is needed) where a reason is a lack of something.

        >>> Counted(59, 30, 28, 99, 80.6).had("few_customers"), Counted(59, 30, 28, 99, 80.6).had("not_converged")
        ((59, 200), None)
        """
        return {
            "few_customers": (self.customers, evidence.LEAST_CUSTOMERS),
            "few_repeaters": (self.repeaters, evidence.LEAST_REPEATERS),
            "short_history": (int(self.known), evidence.LEAST_DAYS),
            "few_payers": (self.payers, evidence.LEAST_REPEATERS),
        }.get(reason)


@dataclass(frozen=True)
class Fit:
    """A model and its maximum, where there is enough for one; ``verdict`` says why not, or what is doubtful."""

    verdict: Verdict
    model: Buying | Spending | None = None
    optimum: Optimum | None = None


def of_buying(histories: Histories) -> Fit:
    """Fit when customers buy.

    >>> of_buying(Histories(*[np.zeros(2)] * 5)).model
    """
    cells = Cells.of(histories.frequency, histories.recency, histories.age)
    verdict = evidence.of_buying(cells)
    if not verdict.enough:
        return Fit(verdict)
    model, optimum = buying.fit(cells)
    verdict = evidence.of_buying(cells, optimum)
    return Fit(verdict, model, optimum) if verdict.enough else Fit(verdict)


def of_spending(histories: Histories) -> Fit:
    """Fit what they pay.

    >>> of_spending(Histories(*[np.zeros(2)] * 5)).verdict.reasons
    ('few_payers',)
    """
    verdict = evidence.of_spending(histories)
    if not verdict.enough:
        return Fit(verdict)
    model, optimum = spending.fit(histories)
    verdict = evidence.of_spending(histories, None, model, optimum)
    return Fit(verdict, model, optimum) if verdict.enough else Fit(verdict)


def tested(histories: Histories, later: np.ndarray, days: int) -> tuple[Verdict, Counted, Calibration | None]:
    """Fit what was known some days ago, and compare with the purchases since.

    ``histories``, ``later``, ``days``: as for :func:`calibration.hold_out`.

    >>> verdict, counted, found = tested(Histories(*[np.zeros(2)] * 5), np.zeros(2), 30)
    >>> counted.customers, verdict.reasons, found
    (2, ('few_customers', 'few_repeaters', 'short_history'), None)
    """
    verdict, _model, found = calibration.hold_out(histories, later, days)
    return verdict, Counted.of(histories), found
