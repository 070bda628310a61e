"""Evaluation of earning rules for one purchase: base rules, multipliers, caps and budgets."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from .purchase import Award, Line, Policy, Purchase, Rule

__all__ = ["Award", "Line", "Policy", "Purchase", "Rule", "cap_window", "evaluate"]


def evaluate(
    purchase: Purchase,
    rules: Sequence[Rule],
    policy: Policy,
    used: Mapping[Hashable, Decimal] | None = None,
    budgets: Mapping[Hashable, Decimal] | None = None,
) -> list[Award]:
    """Return the awards of a purchase. (Skeleton: the rules follow in the next commit.)"""
    raise NotImplementedError


def cap_window(period: str, on: date) -> tuple[date, date] | None:
    """Return the first and last day of the cap period that holds ``on``. (Skeleton.)"""
    raise NotImplementedError
