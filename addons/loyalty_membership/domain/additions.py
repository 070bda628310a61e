"""What a purchase that grows earns more: the purchase as a whole, less what it was before.

An order that comes in three deliveries, or whose price is mended, is one purchase all the same:
points for the purchase are given once, fractions are rounded once, a minimum is met by the whole.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from .limits import limit
from .points import ZERO, plain
from .purchase import Award, Policy, Purchase, Rule
from .rules import drafts

Points = tuple[Decimal, Decimal]
"""Spendable and qualifying points."""


def evaluate_addition(
    whole: Purchase,
    before: Purchase,
    rules: Sequence[Rule],
    policy: Policy,
    used: Mapping[Hashable, Decimal] | None = None,
    budgets: Mapping[Hashable, Decimal] | None = None,
    held: Mapping[Hashable, Points] | None = None,
) -> list[Award]:
    """Return what each base rule gives for the growth from ``before`` to ``whole``, 0 included.

    The weights of an award are those of the whole.  ``held``, if something of the purchase was
    refunded before, is what the member still has of it, by rule id: the purchase as a whole never
    gives more than it would at once.

    >>> from datetime import datetime
    >>> from .purchase import Line
    >>> def bought(*amounts):
    ...     lines = tuple(Line(i, Decimal(amount), Decimal(1)) for i, amount in enumerate(amounts))
    ...     return Purchase(7, datetime(2025, 6, 6), lines)
    >>> def added(rule, *amounts, **known):
    ...     awards = evaluate_addition(bought(*amounts), bought(*amounts[:-1]), [rule], Policy(), **known)
    ...     return [(str(award.points), award.detail.get("before")) for award in awards]

    Two halves make a point, the welcome is given once, and the minimum is met by both parts:

    >>> added(Rule(1, "Base", "base"), "0.50", "0.50")
    [('1', None)]
    >>> added(Rule(1, "Welcome", "base", points_mode="fixed", points=Decimal(50)), "70", "80")
    [('0', '50')]
    >>> added(Rule(1, "Base", "base", min_amount=Decimal(100)), "60", "60")
    [('120', None)]

    After a refund that rounding let the member keep a point of, the same goods give none again:

    >>> added(Rule(1, "Base", "base"), "0.90", "0.60", held={1: (Decimal(1), Decimal(1))})
    [('0', '1')]
    """
    used, budgets = used or {}, budgets or {}
    earlier = {_key(rule): award for rule, award in drafts(before, rules, policy)}
    awards = []
    for rule, award in drafts(whole, rules, policy):
        had = earlier.get(_key(rule))
        counted = (had.points, had.qualifying) if had else (ZERO, ZERO)
        if held is not None:
            counted = tuple(map(max, counted, _held(rule, rules, held)))
        grown = _less(award, counted)
        awards.append(limit(grown, rule, policy, used.get(rule.id, ZERO), budgets.get(rule.id)) if grown.points else grown)
    return awards


def _key(rule: Rule) -> Hashable:
    """Return what rules of one group share.

    >>> _key(Rule(1, "Low", "base", group="g")) == _key(Rule(2, "High", "base", group="g"))
    True
    """
    return rule.group or rule.id


def _held(rule: Rule, rules: Sequence[Rule], held: Mapping[Hashable, Points]) -> Points:
    """Return what the member has from a rule and the others of its group.

    >>> low, high = Rule(1, "Low", "base", group="g"), Rule(2, "High", "base", group="g")
    >>> _held(high, [low, high], {1: (Decimal(5), Decimal(4)), 3: (Decimal(9), Decimal(9))})
    (Decimal('5'), Decimal('4'))
    """
    mine = [held[other.id] for other in rules if _key(other) == _key(rule) and other.id in held]
    return sum((points for points, _qualifying in mine), ZERO), sum((qualifying for _points, qualifying in mine), ZERO)


def _less(award: Award, counted: Points) -> Award:
    """Return the award without what was counted before, and say so.

    >>> _less(Award(1, Decimal(30), Decimal(30)), (Decimal(10), Decimal(40)))
    Award(rule_id=1, points=Decimal('20'), qualifying=Decimal('0'), detail={'before': '10'}, weights={})
    """
    points, qualifying = (max(of - less, ZERO) for of, less in zip((award.points, award.qualifying), counted, strict=True))
    detail = dict(award.detail, before=plain(award.points - points)) if points != award.points else award.detail
    return replace(award, points=points, qualifying=qualifying, detail=detail)
