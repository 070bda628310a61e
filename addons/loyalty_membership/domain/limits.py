"""Caps and budgets: they reduce an award and never reject a purchase."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from .points import EXACT, ZERO, plain, quantize
from .purchase import CAP_PERIODS, Award, Points, Policy, Rule


def cap_window(period: str, on: date) -> tuple[date, date] | None:
    """Return the first and last day of the cap period that holds ``on``; 'lifetime': None.

    >>> for period in ("day", "week", "month", "year"):
    ...     print(*cap_window(period, date(2024, 2, 15)))
    2024-02-15 2024-02-15
    2024-02-12 2024-02-18
    2024-02-01 2024-02-29
    2024-01-01 2024-12-31
    >>> cap_window("lifetime", date(2024, 2, 15)) is None
    True

    ValueError for another period.
    """
    if period not in CAP_PERIODS:
        raise ValueError(f"unknown cap period: {period!r}")
    if period == "lifetime":
        return None
    if period == "day":
        return on, on
    if period == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=6)
    if period == "month":
        return on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1])
    return date(on.year, 1, 1), date(on.year, 12, 31)


def limit(award: Award, rule: Rule, policy: Policy, used: Decimal, budget: Decimal | None) -> Award:
    """Return the award cut to what the rule's cap and then its budget leave.

    ``used`` is what the member already got in the cap period, ``budget`` what is left for all
    members (None: all of it). Qualifying points shrink in proportion, rounded once.

    >>> rule = Rule(1, "Base", "base", cap_points=Decimal(50), budget_points=Decimal(900))
    >>> award = Award(1, Decimal(80), Decimal(40))
    >>> cut = limit(award, rule, Policy(), used=Decimal(10), budget=Decimal(30))
    >>> cut.points, cut.qualifying
    (Decimal('30'), Decimal('15'))
    >>> cut.detail
    {'cap': {'period': 'day', 'limit': '50', 'cut': '40'}, 'budget': {'cut': '10'}}
    """
    points, detail = award.points, dict(award.detail)
    if rule.cap_points > 0:
        points, cut = _reduce(points, rule.cap_points - used, policy)
        if cut:
            cap = {"period": rule.cap_period, "limit": plain(rule.cap_points), "cut": plain(cut)}
            detail["cap"] = cap
    if rule.budget_points > 0:
        left = rule.budget_points if budget is None else budget
        points, cut = _reduce(points, left, policy)
        if cut:
            detail["budget"] = {"cut": plain(cut)}
    if points == award.points:
        return award
    share = EXACT.divide(EXACT.multiply(award.qualifying, points), award.points)
    qualifying = quantize(share, policy.precision, policy.rounding)
    return replace(award, points=points, qualifying=qualifying, detail=detail)


def before_limits(points: Decimal, qualifying: Decimal, detail: Mapping) -> Points:
    """Return what an award was before its limits cut it, by its detail.

    >>> before_limits(Decimal(30), Decimal(15), {"cap": {"cut": "40"}, "budget": {"cut": "10"}})
    (Decimal('80'), Decimal('40'))

    Where all was cut, nobody knows how much of it was qualifying; it was no more than all:

    >>> before_limits(ZERO, ZERO, {"cap": {"cut": "40"}})
    (Decimal('40'), Decimal('40'))
    """
    whole = points + sum((Decimal(detail[name]["cut"]) for name in ("cap", "budget") if name in detail), ZERO)
    return whole, EXACT.divide(EXACT.multiply(qualifying, whole), points) if points else whole


def _reduce(points: Decimal, left: Decimal, policy: Policy) -> tuple[Decimal, Decimal]:
    """Return the points that fit into what is left, and how many don't.

    Whatever the program's rounding, a limit is never exceeded by it:

    >>> _reduce(Decimal(8), Decimal("5.5"), Policy(rounding="up"))
    (Decimal('5'), Decimal('3'))
    """
    if points <= left:
        return points, ZERO
    allowed = quantize(max(ZERO, left), policy.precision, "down")
    return allowed, points - allowed
