"""Lucky draws: odds and choice, in whole numbers alone.

Each prize has a number of *units* out of a total; a draw is one whole number below the total.  Prizes lie one after another
in the order of their ids, each as wide as its units, and the thank-you prize has whatever no other prize takes.  A prize that
is gone leaves its place to the thank-you prize; the others stay where they are, so nobody's odds change with it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

#: Percentages have four decimals: a hundred percent are a million units.
UNITS_OF_A_PERCENT = 10_000
WHOLE = 100 * UNITS_OF_A_PERCENT


@dataclass(frozen=True)
class Odds:
    """What a draw states: the units of each prize by its id, of how many in all, and which prize says thank you.

    >>> Odds({3: 1, 8: 2}, 10, thanks=5).probability(5)
    Fraction(7, 10)
    """

    units: Mapping[int, int]
    total: int
    thanks: int

    def __post_init__(self):
        if self.total < 1 or any(units < 0 for units in self.units.values()):
            raise ValueError("no odds to draw by")
        if sum(self.units.values()) > self.total:
            raise ValueError("more than all")
        if self.thanks in self.units:
            raise ValueError("the thank-you prize has what is left")

    def probability(self, prize: int) -> Fraction:
        if prize == self.thanks:
            return Fraction(self.total - sum(self.units.values()), self.total)
        return Fraction(self.units[prize], self.total)


def percent_units(percent: Decimal) -> int:
    """Return the units of a percentage; ValueError for one that has more than four decimals.

    >>> percent_units(Decimal("0.0001")), percent_units(Decimal("12.5"))
    (1, 125000)
    >>> percent_units(Decimal("0.00001"))
    Traceback (most recent call last):
    ValueError: more than four decimals: 0.00001
    """
    units = percent * UNITS_OF_A_PERCENT
    if units != int(units):
        raise ValueError(f"more than four decimals: {percent}")
    return int(units)


def fixed(percents: Mapping[int, Decimal], thanks: int) -> Odds:
    """Odds by percentages; the thank-you prize has what is missing to a hundred.

    >>> odds = fixed({1: Decimal("0.5"), 2: Decimal(10)}, thanks=9)
    >>> odds.probability(1), odds.probability(9)
    (Fraction(1, 200), Fraction(179, 200))
    >>> fixed({1: Decimal(60), 2: Decimal("40.0001")}, thanks=9)
    Traceback (most recent call last):
    ValueError: more than all
    """
    return Odds({prize: percent_units(percent) for prize, percent in percents.items()}, WHOLE, thanks)


def weighted(weights: Mapping[int, int], thanks: int) -> Odds:
    """Odds by weights: shares of their sum, of which the thank-you prize has its own.

    >>> odds = weighted({1: 1, 2: 3, 9: 4}, thanks=9)
    >>> odds.probability(1), odds.probability(9)
    (Fraction(1, 8), Fraction(1, 2))
    """
    return Odds({prize: weight for prize, weight in weights.items() if prize != thanks}, sum(weights.values()), thanks)


def choose(odds: Odds, number: int, gone: Collection[int] = ()) -> int:
    """Return the prize that a number below the total draws, when these prizes are gone.

    >>> odds = Odds({3: 2, 8: 3}, 10, thanks=5)
    >>> [choose(odds, number) for number in range(10)]
    [3, 3, 8, 8, 8, 5, 5, 5, 5, 5]
    >>> [choose(odds, number, gone={3}) for number in range(10)]
    [5, 5, 8, 8, 8, 5, 5, 5, 5, 5]
    >>> choose(odds, 10)
    Traceback (most recent call last):
    ValueError: 10 is not below 10
    """
    if not 0 <= number < odds.total:
        raise ValueError(f"{number} is not below {odds.total}")
    upto = 0
    for prize in sorted(odds.units):
        upto += odds.units[prize]
        if number < upto:
            return odds.thanks if prize in gone else prize
    return odds.thanks


def in_force(odds: Odds, gone: Collection[int] = ()) -> dict[int, int]:
    """Return the units that each prize really has while these are gone; they add up to the total.

    >>> in_force(Odds({3: 2, 8: 3}, 10, thanks=5), gone={8})
    {3: 2, 5: 8, 8: 0}
    """
    units = {prize: 0 if prize in gone else units for prize, units in odds.units.items()}
    units[odds.thanks] = odds.total - sum(units.values())
    return dict(sorted(units.items()))


def spell(units: Mapping[int, int], total: int) -> dict[str, str]:
    """Return the exact probabilities as they are kept with a result.

    >>> spell({3: 2, 5: 8}, 10)
    {'3': '2/10', '5': '8/10'}
    """
    return {str(prize): f"{share}/{total}" for prize, share in units.items()}


def expected(counted: Iterable[tuple[Mapping[str, str], int]]) -> dict[int, Fraction]:
    """Return how often each prize was to be expected, exactly: (odds as spelt, number of draws) pairs.

    >>> expected([({"3": "2/10", "5": "8/10"}, 5), ({"3": "0/10", "5": "10/10"}, 10)])
    {3: Fraction(1, 1), 5: Fraction(14, 1)}
    """
    result: dict[int, Fraction] = {}
    for odds, draws in counted:
        for prize, text in odds.items():
            result[int(prize)] = result.get(int(prize), Fraction(0)) + Fraction(text) * draws
    return result


def left(limits: Iterable[tuple[int, int]]) -> int | None:
    """Return how often a prize can still be won by its limits, each with what was used of it; None: without end.

    A limit of 0 is none.

    >>> left([(10, 7), (5, 1)]), left([(10, 12), (0, 99)]), left([(0, 3)])
    (3, 0, None)
    """
    rest = [max(limit - used, 0) for limit, used in limits if limit]
    return min(rest, default=None)
