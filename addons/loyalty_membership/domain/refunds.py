"""What of an award goes when some of its lines come back."""

from collections.abc import Hashable, Mapping
from decimal import Decimal, localcontext

from .points import EXACT, ZERO

Worth = tuple[Decimal, Decimal]
"""Money and units of a line."""


def lost(
    weights: Mapping[Hashable, Decimal], then: Mapping[Hashable, Worth], now: Mapping[Hashable, Worth], *, by_units: bool = False
) -> tuple[Decimal, Decimal]:
    """Return how much of an award's basis is gone, and all of it, in weights.

    ``weights`` says what each line brought to the award, ``then`` what was left of the lines when
    it was worked out, ``now`` what is left today.  A line goes by its money, or by its units where
    those gave the points or it cost nothing.

    >>> then = {"a": (Decimal(30), Decimal(3)), "b": (Decimal(5), Decimal(1))}
    >>> now = {"a": (Decimal(10), Decimal(2)), "b": (Decimal(5), Decimal(1))}
    >>> [str(part) for part in lost({"a": Decimal(60), "b": Decimal(5)}, then, now)]
    ['40', '65']
    >>> [str(part) for part in lost({"a": Decimal(3), "b": Decimal(1)}, then, now, by_units=True)]
    ['1', '4']
    >>> gift = {"a": (ZERO, Decimal(4))}
    >>> [str(part) for part in lost({"a": Decimal(4)}, gift, {"a": (ZERO, Decimal(1))})]
    ['3', '4']

    All is gone when nothing is left of any line, whatever divisions would say:

    >>> lost({"a": Decimal(1)}, {"a": (Decimal(3), Decimal(3))}, {"a": (ZERO, ZERO)})
    (Decimal('1'), Decimal('1'))
    """
    with localcontext(EXACT):
        whole = sum(weights.values(), ZERO)
        gone = {key: _gone(then[key], now[key], by_units) for key in weights}
        if all(of == part for part, of in gone.values()):
            return whole, whole
        return sum((weights[key] * part / of for key, (part, of) in gone.items() if of), ZERO), whole


def _gone(then: Worth, now: Worth, by_units: bool) -> tuple[Decimal, Decimal]:
    """Return what is gone of a line, and what there was, in money or units.

    >>> _gone((Decimal(30), Decimal(3)), (Decimal(10), Decimal(3)), by_units=False)
    (Decimal('20'), Decimal('30'))
    >>> _gone((Decimal(30), Decimal(3)), (Decimal(10), Decimal(3)), by_units=True)
    (Decimal('0'), Decimal('3'))
    """
    place = 1 if (by_units and then[1]) or not then[0] else 0
    return min(then[place] - now[place], then[place]), then[place]
