"""Which tier a member has earned, what comes next, and what is left when a tier runs out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .expiry import add_months, anniversary


@dataclass(frozen=True, slots=True)
class Tier:
    """A level: its ``threshold`` in the program's metric (points, money or purchases).

    Tiers are ordered by (threshold, sequence, id).
    """

    id: int
    threshold: Decimal
    sequence: int = 0


def _ordered(tiers: Iterable[Tier]) -> list[Tier]:
    """Return the tiers from the lowest to the highest.

    >>> [tier.id for tier in _ordered([Tier(1, Decimal(9)), Tier(2, Decimal(0))])]
    [2, 1]
    """
    return sorted(tiers, key=lambda tier: (tier.threshold, tier.sequence, tier.id))


def earned(tiers: Iterable[Tier], metric: Decimal) -> int | None:
    """Return the id of the highest tier whose threshold is reached; None if there is none.

    >>> silver, gold = Tier(1, Decimal(100)), Tier(2, Decimal(500))
    >>> [earned([gold, silver], Decimal(metric)) for metric in (99, 100, 700)]
    [None, 1, 2]

    Of two with the same threshold the one with the higher sequence is the higher:

    >>> earned([Tier(1, Decimal(0), 20), Tier(2, Decimal(0), 10)], Decimal(0))
    1
    """
    reached = _ordered(tier for tier in tiers if tier.threshold <= metric)
    return reached[-1].id if reached else None


def rank(tiers: Iterable[Tier], tier_id: int | None) -> int:
    """Return the place of a tier counted from the lowest, 0; -1 for None or a tier not among them.

    >>> silver, gold = Tier(7, Decimal(100)), Tier(3, Decimal(500))
    >>> [rank([gold, silver], tier_id) for tier_id in (None, 7, 3, 99)]
    [-1, 0, 1, -1]
    """
    ids = [tier.id for tier in _ordered(tiers)]
    return ids.index(tier_id) if tier_id in ids else -1


def at(tiers: Iterable[Tier], place: int) -> int | None:
    """Return the id of the tier at a place counted from the lowest, 0; None below it.

    >>> silver, gold = Tier(7, Decimal(100)), Tier(3, Decimal(500))
    >>> [at([gold, silver], place) for place in (-1, 0, 1)]
    [None, 7, 3]
    """
    return _ordered(tiers)[place].id if place >= 0 else None


def following(tiers: Sequence[Tier], current_id: int | None) -> Tier | None:
    """Return the next tier with a higher threshold; None at the top; the lowest for None.

    >>> silver, gold = Tier(1, Decimal(100)), Tier(2, Decimal(500))
    >>> following([gold, silver], 1).id, following([gold, silver], None).id
    (2, 1)
    >>> following([gold, silver], 2) is None
    True
    """
    place = rank(tiers, current_id)
    ordered = _ordered(tiers)
    if place < 0:
        return ordered[0] if ordered else None
    threshold = ordered[place].threshold
    return next((tier for tier in ordered if tier.threshold > threshold), None)


def after_validity(policy: str, tiers: Sequence[Tier], current_id: int | None, earned_id: int | None) -> int | None:
    """Return the tier once the validity of ``current_id`` has ended and ``earned_id`` is earned.

    'never' keeps the current tier, 'one_level' falls one level, 'requalify' to the earned one; none
    of them falls below what is earned:

    >>> tiers = [Tier(1, Decimal(0)), Tier(2, Decimal(100)), Tier(3, Decimal(500))]
    >>> [after_validity(policy, tiers, 3, 1) for policy in ("never", "one_level", "requalify")]
    [3, 2, 1]
    >>> [after_validity(policy, tiers, 1, 3) for policy in ("never", "one_level", "requalify")]
    [3, 3, 3]

    ValueError for another policy.
    """
    if policy not in {"never", "one_level", "requalify"}:
        raise ValueError(f"unknown downgrade policy: {policy!r}")
    current, reached = rank(tiers, current_id), rank(tiers, earned_id)
    floor = {"never": current, "one_level": current - 1, "requalify": -1}[policy]
    return at(tiers, max(floor, reached))


@dataclass(frozen=True, slots=True)
class Change:
    """A change of tier in a member's past: why, to which tier, and what is left today of what counted for it.

    ``value`` None: it can't be told any more, and stands.
    """

    reason: str
    tier_id: int | None
    value: Decimal | None = None


def replayed(tiers: Sequence[Tier], changes: Iterable[Change]) -> int | None:
    """Return the tier that a member's past leads to by what is left of it after refunds.

    A tier that was *earned*, or came with a merged member, goes as far as its value still reaches;
    a fall stays a fall, unless it came with a merge that was undone; what staff set stands.

    >>> silver, gold = Tier(1, Decimal(500)), Tier(2, Decimal(1000))
    >>> def lead(*changes):
    ...     return replayed([silver, gold], [Change(*change) for change in changes])
    >>> lead(("earned", 1, Decimal(600)), ("earned", 2, Decimal(1100)))
    2
    >>> lead(("earned", 1, Decimal(600)), ("earned", 2, Decimal(999)))
    1
    >>> lead(("earned", 1, Decimal(0)), ("earned", 2, Decimal(999)))
    1
    >>> lead(("earned", 2, Decimal(0))), lead(("manual", 2), ("earned", 2, Decimal(0)))
    (None, 2)
    >>> lead(("earned", 2, None), ("lapsed", 1)), lead(("earned", 2, Decimal(0)), ("lapsed", 1))
    (1, None)
    >>> fallen = [("refunded", None), ("unmerged", 2)]
    >>> lead(("earned", 2, Decimal(1000)), *fallen), lead(("earned", 2, Decimal(999)), *fallen)
    (2, 1)
    """
    place = held = last = -1
    for change in changes:
        to = rank(tiers, change.tier_id)
        if change.reason in {"earned", "merged"}:
            reached = to if change.value is None else rank(tiers, earned(tiers, change.value))
            place = max(place, min(to, reached))
        elif change.reason == "unmerged" and to > last:
            place = max(place, min(to, held))
        elif change.reason in {"lapsed", "refunded", "unmerged"}:
            held, place = place, min(place, to)
        else:
            place = to
        last = to
    return at(tiers, place)


def window_start(window: str, months: int, today: date, joined: date) -> date | None:
    """Return the first day that counts for the tier; None if every day does ('lifetime').

    >>> today, joined = date(2025, 3, 31), date(2023, 6, 15)
    >>> [str(window_start(window, 12, today, joined))
    ...  for window in ("lifetime", "rolling", "calendar_year", "membership_year")]
    ['None', '2024-04-01', '2025-01-01', '2024-06-15']

    'rolling' N months include today: one month on 31 March begins on 1 March.

    >>> window_start("rolling", 1, today, joined)
    datetime.date(2025, 3, 1)

    ValueError for another window, and for a rolling one of less than a month.
    """
    if window == "lifetime":
        return None
    if window == "rolling":
        if months < 1:
            raise ValueError(f"a rolling window needs at least one month: {months}")
        return add_months(today, -months) + timedelta(days=1)
    if window == "calendar_year":
        return date(today.year, 1, 1)
    if window == "membership_year":
        start = anniversary(joined, today.year)
        return start if start <= today else anniversary(joined, today.year - 1)
    raise ValueError(f"unknown tier window: {window!r}")


def valid_until(since: date, months: int) -> date | None:
    """Return the last valid day of a tier held for ``months`` from ``since`` on; 0 months: None.

    >>> valid_until(date(2025, 1, 1), 12), valid_until(date(2025, 3, 15), 1)
    (datetime.date(2025, 12, 31), datetime.date(2025, 4, 14))

    Where the month has no such day, its last day is the end:

    >>> valid_until(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    """
    if not months:
        return None
    end = add_months(since, months)
    return end if end.day < since.day else end - timedelta(days=1)
