"""Pearson's chi-square test of goodness of fit: whether counts are what their odds let expect.

K. Pearson, "On the criterion that a given system of deviations...", Philosophical Magazine 50 (1900).  Cells that expect fewer
than five are pooled, as W. G. Cochran advises ("Some methods for strengthening the common chi-square tests", 1954).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

#: A cell: how often it was counted, and how often it was to be expected.
Cell = tuple[int, Fraction]
LEAST_EXPECTED = 5


@dataclass(frozen=True)
class Fit:
    """The outcome of a test; ``p`` is None where there is too little to tell."""

    statistic: Fraction
    freedom: int
    p: float | None


def fit(cells: Sequence[Cell]) -> Fit:
    """Test counts against what was expected of them.

    A die that was thrown 120 times: the statistic is 6.4 with 5 degrees of freedom.

    >>> throws = fit([(number, Fraction(20)) for number in (15, 25, 20, 13, 22, 25)])
    >>> throws.statistic, throws.freedom, f"{throws.p:.4f}"
    (Fraction(32, 5), 5, '0.2692')

    What was impossible and happened fits nothing; a single cell fits anything and tells nothing.

    >>> fit([(1, Fraction(0)), (99, Fraction(100))]).p == 0, fit([(3, Fraction(3))]).p
    (True, None)
    """
    if any(count and not expected for count, expected in cells):
        return Fit(Fraction(0), 0, float(0))
    pooled = pool(cells)
    if len(pooled) < 2:
        return Fit(Fraction(0), 0, None)
    statistic = sum(((count - expected) ** 2 / expected for count, expected in pooled), Fraction(0))
    return Fit(statistic, len(pooled) - 1, p_value(statistic, len(pooled) - 1))


def pool(cells: Sequence[Cell], least: int = LEAST_EXPECTED) -> list[Cell]:
    """Join cells that expect too little, the smallest first, until each expects enough; empty ones don't count.

    >>> pool([(90, Fraction(88)), (1, Fraction(3)), (4, Fraction(4)), (5, Fraction(6)), (0, Fraction(0))])
    [(5, Fraction(6, 1)), (5, Fraction(7, 1)), (90, Fraction(88, 1))]

    What all together expect too little is one cell:

    >>> pool([(2, Fraction(2)), (1, Fraction(1))])
    [(3, Fraction(3, 1))]
    """
    rest = sorted((cell for cell in cells if cell[1]), key=lambda cell: cell[1])
    while len(rest) > 1 and rest[0][1] < least:
        (one, first), (other, second), *rest = rest
        rest = sorted([(one + other, first + second), *rest], key=lambda cell: cell[1])
    return rest


def p_value(statistic: Fraction, freedom: int) -> float:
    """Return the probability that chance alone deviates at least so much.

    Against the upper critical values of NIST/SEMATECH's e-Handbook of Statistical Methods, table 1.3.6.7.4:

    >>> for statistic, freedom in (("3.841", 1), ("6.635", 1), ("11.070", 5), ("18.307", 10), ("124.342", 100)):
    ...     print(f"{p_value(Fraction(statistic), freedom):.4f}")
    0.0500
    0.0100
    0.0500
    0.0500
    0.0500
    """
    # Imported where it is used: 60 MB of memory that few workers ever need.
    from scipy.special import chdtrc

    return float(chdtrc(freedom, float(statistic)))
