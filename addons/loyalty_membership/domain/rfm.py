"""Recency, frequency and money: scores from 1 to 5, and the eight classes that follow from high and low.

The usual scheme of database marketing, see Hughes, Strategic Database Marketing (1994).
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

#: (recency, frequency, money) high or not -> class
CLASSES = {
    (True, True, True): "champion",
    (True, False, True): "promising",
    (False, True, True): "sleeping",
    (False, False, True): "leaving",
    (True, True, False): "loyal",
    (True, False, False): "new",
    (False, True, False): "fading",
    (False, False, False): "lost",
}
#: What divides five scores.
CUTS = 4


class CutsError(ValueError):
    """What is written are no cut points; ``kind`` says why: number, count, order or sign."""

    def __init__(self, kind, found=""):
        super().__init__(kind, found)
        self.kind, self.found = kind, found


def parse_cuts(text: str) -> list[Decimal]:
    """Read four rising cut points.

    >>> [str(cut) for cut in parse_cuts("30, 60,90 ; 180.5")]
    ['30', '60', '90', '180.5']
    >>> [str(cut) for cut in parse_cuts("1、2，4；8")]
    ['1', '2', '4', '8']
    >>> for wrong in ("1, 2, x, 4", "1, 2, 3", "1, 3, 3, 4", "0, 1, 2, 3"):
    ...     try:
    ...         parse_cuts(wrong)
    ...     except CutsError as error:
    ...         print(error.kind, error.found)
    number x
    count 3
    order 3
    sign 0
    """
    cuts = [_number(word) for word in re.split(r"[\s,;，；、]+", text.strip()) if word]
    if len(cuts) != CUTS:
        raise CutsError("count", len(cuts))
    if cuts[0] <= 0:
        raise CutsError("sign", cuts[0])
    for before, cut in pairwise(cuts):
        if cut <= before:
            raise CutsError("order", cut)
    return cuts


def _number(word):
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise CutsError("number", word) from None
    if not number.is_finite():
        raise CutsError("number", word)
    return number


def score(value: Decimal, cuts: Sequence[Decimal | None]) -> int:
    """Score what is better the more it is: 1, and 1 more for each cut point that it reaches; None is out of reach.

    >>> [score(value, [2, 4, 6, 10]) for value in (1, 2, 5, 6, 9, 10, 99)]
    [1, 2, 3, 4, 4, 5, 5]
    >>> score(7, [7, 7, None, None])
    3
    """
    return 1 + sum(cut is not None and value >= cut for cut in cuts)


def recency_score(days: int, cuts: Sequence[int | None]) -> int:
    """Score the days since the last purchase: the fewer, the better.

    >>> [recency_score(days, [30, 60, 90, 180]) for days in (0, 30, 31, 90, 180, 181)]
    [5, 5, 4, 3, 2, 1]
    """
    return 1 + sum(cut is not None and days <= cut for cut in cuts)


def rfm_class(recency: int, frequency: int, monetary: int, high: int = 4) -> str:
    """Name the class of three scores; ``high`` and above is high.

    >>> rfm_class(5, 4, 4), rfm_class(4, 3, 5), rfm_class(1, 1, 1)
    ('champion', 'promising', 'lost')
    >>> rfm_class(3, 3, 2, high=3)
    'loyal'
    """
    return CLASSES[recency >= high, frequency >= high, monetary >= high]
