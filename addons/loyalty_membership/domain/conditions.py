"""When an earning rule holds for a purchase, and which of the lines it looks at."""

from datetime import date, datetime, timedelta

from .expiry import is_birthday
from .purchase import Line, Purchase, Rule
from .streaks import is_reached


def matched_lines(rule: Rule, purchase: Purchase) -> list[int]:
    """Return the indexes of the lines that ``rule`` counts; empty when the rule doesn't hold.

    >>> from decimal import Decimal
    >>> tea = Line("tea", Decimal(30), Decimal(1), product_id=1)
    >>> tip = Line("tip", Decimal(5), Decimal(1))
    >>> purchase = Purchase(7, datetime(2025, 6, 6, 12), (tip, tea), team_id=3)
    >>> matched_lines(Rule(1, "All", "base"), purchase)
    [0, 1]
    >>> matched_lines(Rule(1, "Tea", "base", product_ids=frozenset({1})), purchase)
    [1]
    >>> matched_lines(Rule(1, "Other store", "base", team_ids=frozenset({4})), purchase)
    []

    The minimum is compared with what the rule counts, not with the whole purchase:

    >>> minimum = Rule(1, "Tea", "base", product_ids=frozenset({1}), min_amount=Decimal(35))
    >>> matched_lines(minimum, purchase)
    []
    """
    if not _concerns(rule, purchase) or not _in_time(rule, purchase):
        return []
    lines = purchase.lines
    matched = [index for index, line in enumerate(lines) if _counts(rule, line)]
    enough = sum(lines[index].amount for index in matched) >= rule.min_amount
    return matched if enough else []


def _concerns(rule: Rule, purchase: Purchase) -> bool:
    """Tell whether the rule is meant for this member, store, tier, and day in a row.

    >>> purchase = Purchase(7, datetime(2025, 6, 6, 12), (), tier_id=2)
    >>> _concerns(Rule(1, "Gold", "base", tier_ids=frozenset({2})), purchase)
    True
    >>> _concerns(Rule(1, "Nobody", "base", member_ids=frozenset()), purchase)
    False
    >>> week = Rule(1, "A week", "base", streak_days=7)
    >>> [_concerns(week, Purchase(7, datetime(2025, 6, 6, 12), (), streak=(days, 0))) for days in (5, 6, 7)]
    [False, True, False]
    """
    return (
        (not rule.team_ids or purchase.team_id in rule.team_ids)
        and (not rule.tier_ids or purchase.tier_id in rule.tier_ids)
        and (rule.member_ids is None or purchase.member_id in rule.member_ids)
        and (not rule.first_purchase or purchase.first)
        and (not rule.streak_days or is_reached(rule.streak_days, rule.streak_repeats, *purchase.streak))
    )


def _in_time(rule: Rule, purchase: Purchase) -> bool:
    """Tell whether the purchase was made on a day and at an hour of the rule.

    >>> friday = Rule(1, "Friday", "base", weekdays=frozenset({4}))
    >>> _in_time(friday, Purchase(7, datetime(2025, 6, 6, 12), ()))
    True
    >>> _in_time(friday, Purchase(7, datetime(2025, 6, 7, 12), ()))
    False
    """
    day = window_day(rule, purchase.moment)
    if day is None:
        return False
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    if (rule.date_from and day < rule.date_from) or (rule.date_to and day > rule.date_to):
        return False
    if not rule.birthday:
        return True
    return is_birthday(purchase.birthdate, purchase.moment.date(), rule.birthday)


def window_day(rule: Rule, moment: datetime) -> date | None:
    """Return the day to which the rule's hours assign ``moment``; None outside the hours.

    The first hour belongs to the window, the last doesn't. A window that crosses midnight belongs
    to the day on which it began, so "Friday, 22 to 2" is one night, not the two ends of a day:

    >>> from decimal import Decimal
    >>> night = Rule(1, "Night", "base", hour_from=Decimal(22), hour_to=Decimal("2.5"))
    >>> window_day(night, datetime(2025, 6, 6, 22)), window_day(night, datetime(2025, 6, 7, 2, 29))
    (datetime.date(2025, 6, 6), datetime.date(2025, 6, 6))
    >>> window_day(night, datetime(2025, 6, 7, 2, 30)) is None
    True
    """
    today = moment.date()
    if rule.hour_from is None and rule.hour_to is None:
        return today
    second = moment.hour * 3600 + moment.minute * 60 + moment.second
    start = (rule.hour_from or 0) * 3600
    end = (24 if rule.hour_to is None else rule.hour_to) * 3600
    if start < end:
        return today if start <= second < end else None
    if second >= start:
        return today
    return today - timedelta(days=1) if second < end else None


def _counts(rule: Rule, line: Line) -> bool:
    """Tell whether the rule counts a line; a return it never does, a raised price it does.

    >>> from decimal import Decimal
    >>> everything = Rule(1, "All", "base")
    >>> [_counts(everything, Line("a", Decimal(money), Decimal(units))) for money, units in ((10, 0), (-10, -1))]
    [True, False]
    >>> sweets = Rule(1, "Sweets", "base", category_ids=frozenset({4, 5}))
    >>> _counts(sweets, Line("a", Decimal(1), Decimal(1), category_ids=frozenset({5, 9})))
    True
    """
    return (
        (line.quantity > 0 or (not line.quantity and line.amount > 0))
        and (rule.product_ids is None or (line.product_id is not None and line.product_id in rule.product_ids))
        and (not rule.category_ids or not line.category_ids.isdisjoint(rule.category_ids))
        and (not rule.tag_ids or not line.tag_ids.isdisjoint(rule.tag_ids))
    )
