"""What multiplies the points of a purchase, and of which lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from .conditions import matched_lines
from .expiry import is_birthday
from .purchase import Purchase, Rule


@dataclass(frozen=True, slots=True)
class Factor:
    """One multiplier that holds: of the tier, of the birthday, or of a rule.

    ``lines`` are the indexes of the lines that it multiplies, None all of them; ``qualifying``
    tells whether it multiplies qualifying points too.
    """

    kind: str
    name: str
    value: Decimal
    rule_id: int | None = None
    lines: frozenset[int] | None = None
    qualifying: bool = False

    def covers(self, lines: Iterable[int]) -> bool:
        """Tell whether this multiplies every one of the lines.

        >>> Factor("rule", "Tea", Decimal(2), 5, frozenset({0})).covers([0, 1])
        False
        """
        return self.lines is None or self.lines.issuperset(lines)


def factors_of(purchase: Purchase, rules: Sequence[Rule]) -> list[Factor]:
    """Return the multipliers that hold: tier, birthday, then rules in the order given.

    >>> from datetime import date, datetime
    >>> from .purchase import Line
    >>> double = Rule(5, "Member day", "multiplier", multiplier=Decimal(2), weekdays=frozenset({4}))
    >>> lines = (Line("a", Decimal(10), Decimal(1)),)
    >>> purchase = Purchase(
    ...     7, datetime(2025, 6, 6, 12), lines, birthdate=date(1990, 6, 6), tier_name="Gold",
    ...     tier_multiplier=Decimal("1.5"), birthday_multiplier=Decimal(3))
    >>> [(factor.kind, factor.name, str(factor.value)) for factor in factors_of(purchase, [double])]
    [('tier', 'Gold', '1.5'), ('birthday', '', '3'), ('rule', 'Member day', '2')]
    """
    factors = []
    if purchase.tier_multiplier != 1:
        factors.append(Factor("tier", purchase.tier_name, purchase.tier_multiplier))
    if purchase.birthday_multiplier != 1 and is_birthday(purchase.birthdate, purchase.moment.date(), purchase.birthday_period):
        factors.append(Factor("birthday", "", purchase.birthday_multiplier))
    for rule in rules:
        if rule.kind == "multiplier" and (lines := matched_lines(rule, purchase)):
            unfiltered = rule.product_ids is None and not rule.category_ids and not rule.tag_ids
            covered = None if unfiltered else frozenset(lines)
            factors.append(Factor("rule", rule.name, rule.multiplier, rule.id, covered, rule.qualifying))
    return factors


def combine(factors: Sequence[Factor], how: str) -> tuple[Factor, ...]:
    """Return the factors that count: all ('multiply'), or the largest, the first of equals.

    >>> two, three = Factor("tier", "Gold", Decimal(2)), Factor("birthday", "", Decimal(3))
    >>> [factor.kind for factor in combine([two, three], "highest")]
    ['birthday']
    >>> [factor.kind for factor in combine([two, three], "multiply")]
    ['tier', 'birthday']

    ValueError for another way.
    """
    if how not in {"multiply", "highest"}:
        raise ValueError(f"unknown multiplier policy: {how!r}")
    if how == "multiply" or not factors:
        return tuple(factors)
    return (max(factors, key=lambda factor: factor.value),)


def product(factors: Iterable[Factor]) -> Decimal:
    """Return the product of the factors, 1 without any.

    >>> product([Factor("tier", "Gold", Decimal("1.5")), Factor("birthday", "", Decimal(2))])
    Decimal('3.0')
    """
    return prod((factor.value for factor in factors), start=Decimal(1))
