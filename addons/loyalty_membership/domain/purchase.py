"""What the evaluation of earning rules takes and gives; see :mod:`rules`."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

CAP_PERIODS = {"day", "week", "month", "year", "lifetime"}
_NONE: frozenset[int] = frozenset()
Points = tuple[Decimal, Decimal]
"""Spendable and qualifying points."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a purchase: its eligible ``amount`` in money and its ``quantity`` in units.

    ``category_ids`` holds the product's category and all parents of it.
    """

    key: Hashable
    amount: Decimal
    quantity: Decimal
    product_id: int | None = None
    category_ids: frozenset[int] = _NONE
    tag_ids: frozenset[int] = _NONE


@dataclass(frozen=True, slots=True)
class Rule:
    """An earning rule. An empty filter lets everything pass; so does None.

    ``kind`` is 'base' (gives points) or 'multiplier' (multiplies those of base rules).
    ``points_mode``: 'money', ``points`` for each ``per_amount`` of money; 'unit', for each
    ``per_amount`` units; 'fixed', once a purchase. Hours are decimal (22.5 is half past ten); a
    window that ends before it begins crosses midnight. Dates include both ends. Of the base rules
    that share a ``group`` only the one that gives most counts. ``cap_points`` (a member, in
    ``cap_period``) and ``budget_points`` (all members) limit a base rule; 0 is no limit. ``streak_days``: only a
    check-in that is the so many-th day in a row, or, with ``streak_repeats``, each so many days again; 0: every one.

    ValueError for an unknown kind, mode or period, and for a ``per_amount`` that can't divide:

    >>> Rule(1, "Base", "base", per_amount=Decimal(0))
    Traceback (most recent call last):
    ValueError: rule 1: per_amount must be positive: 0
    """

    id: int
    name: str
    kind: str
    sequence: int = 10
    points_mode: str = "money"
    points: Decimal = Decimal(1)
    per_amount: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    group: str | None = None
    product_ids: frozenset[int] | None = None
    category_ids: frozenset[int] = _NONE
    tag_ids: frozenset[int] = _NONE
    team_ids: frozenset[int] = _NONE
    tier_ids: frozenset[int] = _NONE
    member_ids: frozenset[int] | None = None
    weekdays: frozenset[int] = _NONE
    hour_from: Decimal | None = None
    hour_to: Decimal | None = None
    date_from: date | None = None
    date_to: date | None = None
    min_amount: Decimal = Decimal(0)
    birthday: str | None = None
    first_purchase: bool = False
    streak_days: int = 0
    streak_repeats: bool = False
    cap_points: Decimal = Decimal(0)
    cap_period: str = "day"
    budget_points: Decimal = Decimal(0)
    qualifying: bool = True

    def __post_init__(self):
        """Refuse what could not be evaluated."""
        if self.kind not in {"base", "multiplier"}:
            raise ValueError(f"rule {self.id}: unknown kind: {self.kind!r}")
        if self.points_mode not in {"money", "unit", "fixed"}:
            raise ValueError(f"rule {self.id}: unknown points mode: {self.points_mode!r}")
        if self.cap_points and self.cap_period not in CAP_PERIODS:
            raise ValueError(f"rule {self.id}: unknown cap period: {self.cap_period!r}")
        if self.kind == "base" and self.points_mode != "fixed" and self.per_amount <= 0:
            raise ValueError(f"rule {self.id}: per_amount must be positive: {self.per_amount}")


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a member bought, at a ``moment`` that is naive and in the program's time zone.

    ``first``: it is the member's first purchase. ``streak``: of a check-in, how many days in a row end the day before,
    and begin the day after. The tier's own multipliers come with its name, for
    the explanation; ``birthday_period`` says when the birthday multiplier counts.
    """

    member_id: int
    moment: datetime
    lines: tuple[Line, ...]
    team_id: int | None = None
    tier_id: int | None = None
    birthdate: date | None = None
    first: bool = False
    streak: tuple[int, int] = (0, 0)
    tier_multiplier: Decimal = Decimal(1)
    birthday_multiplier: Decimal = Decimal(1)
    birthday_period: str = "day"
    tier_name: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How the program rounds points and combines multipliers ('multiply' or 'highest')."""

    precision: Decimal | str = Decimal(1)
    rounding: str = "down"
    multipliers: str = "multiply"


@dataclass(frozen=True, slots=True)
class Award:
    """What one base rule gives: spendable ``points`` and ``qualifying`` points.

    ``detail`` says how, for :mod:`explain`; plain JSON, numbers as text. ``weights`` is what the
    rule looked at, by line key, for refunds: money, or units where the rule counts units or no
    line costs anything.
    """

    rule_id: int
    points: Decimal
    qualifying: Decimal
    detail: dict = field(default_factory=dict)
    weights: dict[Hashable, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added(Award):
    """What a base rule gives for the growth of a purchase; its ``weights`` are those of the whole.

    ``cut`` is what caps and budgets took from it.
    """

    cut: Points = (Decimal(0), Decimal(0))
    group: str | None = None
