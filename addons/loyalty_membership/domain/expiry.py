"""When points end, and the calendar that goes with it: birthdays and anniversaries.

Only plain dates: the caller has already moved moments into the program's time zone. "Expires on"
is the last valid day; the points are gone when that day has ended.
"""

from calendar import isleap, monthrange
from datetime import date, timedelta

UNITS = {"day", "month", "year"}
POLICIES = {"never", "rolling", "calendar", "inactivity"}
_ROUND_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later (or earlier), clamped to the end of a shorter month.

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2025, 1, 31), 1)
    (datetime.date(2024, 2, 29), datetime.date(2025, 2, 28))
    >>> add_months(date(2025, 3, 31), -13)
    datetime.date(2024, 2, 29)
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def shift(day: date, number: int, unit: str) -> date:
    """Return ``day`` plus ``number`` of 'day', 'month' or 'year'.

    ValueError for another unit or a negative number.

    >>> shift(date(2024, 2, 29), 1, "year"), shift(date(2024, 12, 31), 1, "day")
    (datetime.date(2025, 2, 28), datetime.date(2025, 1, 1))
    >>> shift(date(2024, 1, 1), 2, "week")
    Traceback (most recent call last):
    ValueError: unit must be one of day, month, year: 'week'
    """
    if number < 0:
        raise ValueError(f"number must not be negative: {number}")
    if unit == "day":
        return day + timedelta(days=number)
    if unit not in UNITS:
        raise ValueError(f"unit must be one of day, month, year: {unit!r}")
    return add_months(day, number * (12 if unit == "year" else 1))


def round_up(day: date, rounding: str | None) -> date:
    """Return the last day of the month, quarter or year that holds ``day``; 'none': ``day``.

    >>> [str(round_up(date(2025, 2, 3), to)) for to in ("none", "month", "quarter", "year")]
    ['2025-02-03', '2025-02-28', '2025-03-31', '2025-12-31']
    """
    if not rounding or rounding == "none":
        return day
    if rounding not in _ROUND_MONTHS:
        raise ValueError(f"rounding must be one of none, month, quarter, year: {rounding!r}")
    size = _ROUND_MONTHS[rounding]
    month = (day.month + size - 1) // size * size
    return date(day.year, month, monthrange(day.year, month)[1])


def expires_on(policy: str, number: int, unit: str, rounding: str | None, available_on: date) -> date | None:
    """Return the last valid day of points that became available on ``available_on``.

    None: they don't end by themselves ('never'), or not by their own age ('inactivity', see
    :func:`inactive_on`).

    >>> expires_on("never", 12, "month", "none", date(2025, 1, 31)) is None
    True
    >>> expires_on("rolling", 1, "month", "none", date(2025, 1, 31))
    datetime.date(2025, 2, 28)
    >>> expires_on("rolling", 12, "month", "quarter", date(2025, 1, 31))
    datetime.date(2026, 3, 31)

    'calendar': the points of a year end on 31 December, ``number`` years later:

    >>> expires_on("calendar", 1, "year", "none", date(2025, 1, 31))
    datetime.date(2026, 12, 31)

    ValueError for an unknown policy, unit or rounding, and beyond the year 9999.
    """
    if policy not in POLICIES:
        raise ValueError(f"unknown expiry policy: {policy!r}")
    if policy == "rolling":
        return round_up(shift(available_on, number, unit), rounding)
    if policy == "calendar":
        return date(available_on.year + number, 12, 31)
    return None


def inactive_on(last_movement: date, number: int, unit: str) -> date:
    """Return the last valid day of *all* points of a member, by the day of the last earn or burn.

    >>> inactive_on(date(2025, 8, 31), 6, "month")
    datetime.date(2026, 2, 28)
    """
    return shift(last_movement, number, unit)


def anniversary(joined: date, year: int) -> date:
    """Return the day of ``joined`` in ``year``; 29 February falls on 28 in common years.

    >>> anniversary(date(2024, 2, 29), 2025), anniversary(date(2024, 2, 29), 2028)
    (datetime.date(2025, 2, 28), datetime.date(2028, 2, 29))
    """
    return date(year, joined.month, min(joined.day, monthrange(year, joined.month)[1]))


def celebrated_on(day: date) -> list[tuple[int, int]]:
    """Return the (month, day of the month) pairs whose anniversary falls on ``day``.

    >>> celebrated_on(date(2025, 2, 28)), celebrated_on(date(2028, 2, 28))
    ([(2, 28), (2, 29)], [(2, 28)])
    """
    pairs = [(day.month, day.day)]
    return [*pairs, (2, 29)] if pairs == [(2, 28)] and not isleap(day.year) else pairs


def is_birthday(birthdate: date | None, on: date, period: str) -> bool:
    """Tell whether ``on`` lies on the birthday, or in its ISO week or its month.

    >>> is_birthday(date(2000, 2, 29), date(2025, 2, 28), "day")
    True
    >>> is_birthday(date(1990, 6, 30), date(2025, 6, 1), "month")
    True

    A week may hold days of two years. 31 December 2024 was a Tuesday:

    >>> is_birthday(date(1990, 12, 31), date(2025, 1, 5), "week")
    True
    >>> is_birthday(date(1990, 12, 31), date(2025, 1, 6), "week")
    False

    Nobody without a birthdate has a birthday; ValueError for another period.

    >>> is_birthday(None, date(2025, 1, 1), "day")
    False
    """
    if period not in {"day", "week", "month"}:
        raise ValueError(f"period must be one of day, week, month: {period!r}")
    if not birthdate:
        return False
    if period == "month":
        return on.month == birthdate.month
    if period == "day":
        return on == anniversary(birthdate, on.year)
    week = on.isocalendar()[:2]
    years = (on.year - 1, on.year, on.year + 1)
    return any(anniversary(birthdate, year).isocalendar()[:2] == week for year in years)
