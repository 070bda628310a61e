"""What points buy: whether a member may have an item, and whether somebody must approve it.

Points are ``Decimal``, days ``date``, everything else ids; nothing is read here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: Why an item can't be had, in the order in which a member is told: what never changes for them comes first.
OBSTACLES = ("barred", "not_yet", "over", "store", "tier", "segment", "member_limit", "sold_out", "points")


@dataclass(frozen=True)
class Offer:
    """An item as it is offered today; empty sets mean everybody, None means no limit."""

    points: Decimal
    date_from: date | None = None
    date_to: date | None = None
    team_ids: frozenset[int] = frozenset()
    tier_ids: frozenset[int] = frozenset()
    segment_ids: frozenset[int] = frozenset()
    limit_member: int = 0
    left: int | None = None


@dataclass(frozen=True)
class Claimant:
    """A member who wants an item: ``had`` is how many of it they got in the item's period."""

    points: Decimal
    team_id: int | None = None
    tier_id: int | None = None
    segment_ids: frozenset[int] = frozenset()
    had: int = 0
    barred: bool = False


def obstacle(offer: Offer, claimant: Claimant, quantity: int, today: date, *, free: bool = False) -> str | None:
    """Return why ``claimant`` can't have ``quantity`` of ``offer``: one of :data:`OBSTACLES`; None: they can.

    >>> mug = Offer(Decimal(500), date_from=date(2026, 5, 1), limit_member=2, left=3)
    >>> rich, poor = Claimant(Decimal(2000)), Claimant(Decimal(999))
    >>> may = date(2026, 5, 2)
    >>> obstacle(mug, rich, 2, may), obstacle(mug, poor, 2, may), obstacle(mug, rich, 1, date(2026, 4, 30))
    (None, 'points', 'not_yet')
    >>> obstacle(mug, Claimant(Decimal(2000), had=1), 2, may)
    'member_limit'
    >>> obstacle(Offer(Decimal(5), left=1), rich, 2, may), obstacle(Offer(Decimal(5), tier_ids=frozenset({7})), rich, 1, may)
    ('sold_out', 'tier')

    ``free``: a prize or a present, which costs nothing and was promised already; only stock can be in the way.

    >>> obstacle(mug, Claimant(Decimal(0), had=9), 3, date(2020, 1, 1), free=True), obstacle(mug, rich, 4, may, free=True)
    (None, 'sold_out')
    """
    sold_out = offer.left is not None and quantity > offer.left
    if free:
        return "sold_out" if sold_out else None
    hindered = {
        "barred": claimant.barred,
        "not_yet": offer.date_from is not None and today < offer.date_from,
        "over": offer.date_to is not None and today > offer.date_to,
        "store": bool(offer.team_ids) and claimant.team_id not in offer.team_ids,
        "tier": bool(offer.tier_ids) and claimant.tier_id not in offer.tier_ids,
        "segment": bool(offer.segment_ids) and offer.segment_ids.isdisjoint(claimant.segment_ids),
        "member_limit": 0 < offer.limit_member < claimant.had + quantity,
        "sold_out": sold_out,
        "points": offer.points * quantity > claimant.points,
    }
    return next((why for why in OBSTACLES if hindered[why]), None)


@dataclass(frozen=True)
class ApprovalRule:
    """Redemptions that wait for a manager: of this kind (None: any), from this many points on, only a first one."""

    kind: str | None = None
    points_from: Decimal = Decimal(0)
    first_only: bool = False


def needs_approval(rules: Iterable[ApprovalRule], kind: str, points: Decimal, *, first: bool) -> bool:
    """Return whether any of the rules holds for a redemption.

    >>> dear, new = ApprovalRule("gift", Decimal(5000)), ApprovalRule(first_only=True)
    >>> needs_approval([dear, new], "gift", Decimal(5000), first=False), needs_approval([dear], "gift", Decimal(4999), first=True)
    (True, False)
    >>> [needs_approval([dear, new], "coupon", Decimal(9), first=first) for first in (True, False)]
    [True, False]
    """
    return any(rule.kind in (None, kind) and points >= rule.points_from and (first or not rule.first_only) for rule in rules)
