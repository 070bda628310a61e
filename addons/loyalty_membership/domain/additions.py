"""What a purchase that grows earns more: the purchase as a whole, less what it was before.

An order that comes in three deliveries, or whose price is mended, is one purchase all the same:
points for the purchase are given once, fractions are rounded once, a minimum is met by the whole.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .limits import limit
from .points import ZERO, plain
from .purchase import Added, Award, Points, Policy, Purchase, Rule
from .rules import drafts
from .standing import NOTHING, Share, Standing, add, highest


@dataclass(frozen=True, slots=True)
class Past:
    """What an addition finds: the standing, what each rule still holds, and whether anything had come back."""

    standing: Standing = field(default_factory=Standing)
    held: Mapping[int, Points] = field(default_factory=dict)
    refunded: bool = False

    def held_by(self, shares: Sequence[Share], but: int | None = None) -> Points:
        """Return what the rules of these shares hold together, ``but`` one."""
        return add(self.held.get(rule_id, NOTHING) for share in shares for rule_id in share.claims if rule_id != but)


def evaluate_addition(
    whole: Purchase,
    before: Purchase,
    rules: Sequence[Rule],
    policy: Policy,
    used: Mapping[Hashable, Decimal] | None = None,
    budgets: Mapping[Hashable, Decimal] | None = None,
    past: Past | None = None,
) -> list[Added]:
    """Return what each base rule gives for the growth from ``before`` to ``whole``, 0 included.

    The lines of ``before`` have their ids as keys, as they have in the standing.

    >>> from datetime import datetime
    >>> from .purchase import Line
    >>> from .standing import Claim
    >>> def bought(*amounts):
    ...     lines = tuple(Line(i, Decimal(amount), Decimal(1)) for i, amount in enumerate(amounts))
    ...     return Purchase(7, datetime(2025, 6, 6), lines)
    >>> def added(rule, *amounts, **known):
    ...     awards = evaluate_addition(bought(*amounts), bought(*amounts[:-1]), [rule], Policy(), **known)
    ...     return [(str(award.points), award.detail.get("before")) for award in awards]
    >>> def refunded(worth, most, held):
    ...     worth, most, held = ((Decimal(points), Decimal(points)) for points in (worth, most, held))
    ...     return Past(Standing((Share(1, most, worth, most, {1: Claim(most, {})}),)), {1: held}, refunded=True)

    Two halves make a point, the welcome is given once, and the minimum is met by both parts:

    >>> base = Rule(1, "Base", "base")
    >>> added(base, "0.50", "0.50")
    [('1', None)]
    >>> added(Rule(1, "Welcome", "base", points_mode="fixed", points=Decimal(50)), "70", "80")
    [('0', '50')]
    >>> added(Rule(1, "Base", "base", min_amount=Decimal(100)), "60", "60")
    [('120', None)]

    After a refund that rounding let the member keep a point of, the same goods give none again:

    >>> added(base, "0.90", "0.60", past=refunded(1, 1, 1))
    [('0', '1')]

    Where a cap had cut 300 to 100, the same goods give again only what their refund took. What is
    more than there ever was is new:

    >>> added(base, "200", "100", past=refunded(300, 100, 67))
    [('33', '267')]
    >>> added(base, "200", "150", past=refunded(300, 100, 67))
    [('83', '267')]
    """
    used, budgets, past = used or {}, budgets or {}, past or Past()
    earlier = {_key(rule): award for rule, award in drafts(before, rules, policy)}
    awards = []
    for rule, award in drafts(whole, rules, policy):
        had = earlier.get(_key(rule))
        grown = _less(award, _counted(rule, award, had, past))
        given = limit(grown, rule, policy, used.get(rule.id, ZERO), budgets.get(rule.id)) if grown.points else grown
        weights = _paid_for(award, had, past.standing.of(rule.id, rule.group))
        cut = (grown.points - given.points, grown.qualifying - given.qualifying)
        awards.append(Added(rule.id, given.points, given.qualifying, given.detail, weights, cut, rule.group))
    return awards


def _key(rule: Rule) -> Hashable:
    """Return what rules of one group share.

    >>> _key(Rule(1, "Low", "base", group="g")) == _key(Rule(2, "High", "base", group="g"))
    True
    """
    return rule.group or rule.id


def _counted(rule: Rule, award: Award, had: Award | None, past: Past) -> Points:
    """Return what of an award was given before, or cut before, and is not given now.

    What other rules of its group hold counts, though they may not hold for the purchase any more:

    >>> from .standing import Claim
    >>> def points(number): return Decimal(number), Decimal(number)
    >>> share = Share(1, points(5), points(5), points(5), {1: Claim(points(5), {})}, "g")
    >>> high, past = Rule(2, "High", "base", group="g"), Past(Standing((share,)), {1: points(5)})
    >>> _counted(high, Award(2, *points(9)), None, past) == points(5)
    True
    """
    before = (had.points, had.qualifying) if had else NOTHING
    shares = past.standing.of(rule.id, rule.group)
    if not past.refunded:
        return highest([before, past.held_by(shares, but=rule.id)])
    held = past.held_by(shares)
    worth = add(share.worth for share in shares)
    again = (max(most - now, ZERO) for most, now in zip(add(share.most for share in shares), held, strict=True))
    known = (min(pair) for pair in zip((award.points, award.qualifying), worth, strict=True))
    points, qualifying = (of - more for of, more in zip(known, again, strict=True))
    return highest([before, held, (points, qualifying)])


def _paid_for(award: Award, had: Award | None, shares: Sequence[Share]) -> dict[Hashable, Decimal]:
    """Return the weights without lines that earned nothing: those that were there before, while the rule was not.

    >>> from .standing import Claim
    >>> share = Share(1, NOTHING, NOTHING, NOTHING, {1: Claim(NOTHING, {4: None})})
    >>> had = Award(1, ZERO, ZERO, weights={4: Decimal(10), 5: Decimal(20)})
    >>> award = Award(1, ZERO, ZERO, weights={4: Decimal(10), 5: Decimal(20), 6: Decimal(30)})
    >>> _paid_for(award, had, [share])
    {4: Decimal('10'), 6: Decimal('30')}
    """
    if not had or had.rule_id != award.rule_id:
        return award.weights
    known = {
        key for share in shares for rule_id, claim in share.claims.items() if rule_id == award.rule_id for key in claim.lines
    }
    return {key: weight for key, weight in award.weights.items() if key not in had.weights or key in known}


def _less(award: Award, counted: Points) -> Award:
    """Return the award without what was counted before, and say so.

    >>> _less(Award(1, Decimal(30), Decimal(30)), (Decimal(10), Decimal(40)))
    Award(rule_id=1, points=Decimal('20'), qualifying=Decimal('0'), detail={'before': '10'}, weights={})
    """
    points, qualifying = (max(of - less, ZERO) for of, less in zip((award.points, award.qualifying), counted, strict=True))
    detail = dict(award.detail, before=plain(award.points - points)) if points != award.points else award.detail
    return replace(award, points=points, qualifying=qualifying, detail=detail)
