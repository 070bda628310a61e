"""When a journey goes on: waits, fixed hours and repeats, in naive local time."""

from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta


def next_turn(now: datetime, number: int = 0, unit: str = "day", hour: float | None = None) -> datetime:
    """When something comes that is to come ``number`` units after ``now``, and then at a fixed hour if there is one.

    :param unit: "hour", "day" or "week"
    :param hour: 0 to 24, a fraction of it minutes; what has passed on that day comes on the next

    >>> friday = datetime(2026, 11, 20, 15, 30)
    >>> next_turn(friday), next_turn(friday, 2, "hour")
    (datetime.datetime(2026, 11, 20, 15, 30), datetime.datetime(2026, 11, 20, 17, 30))
    >>> next_turn(friday, 3, "day", 9.5), next_turn(friday, hour=10)
    (datetime.datetime(2026, 11, 23, 9, 30), datetime.datetime(2026, 11, 21, 10, 0))
    """
    after = now + timedelta(**{f"{unit}s": number})
    if hour is None:
        return after
    at = datetime.combine(after.date(), time()) + timedelta(hours=hour)
    return at if at >= now else at + timedelta(days=1)


def last_occurrence(first: datetime, number: int, unit: str, until: datetime) -> datetime | None:
    """The last of ``first``, ``first`` + ``number`` units, … that is not after ``until``; None: there is none yet.

    Counted from the first, so that the last days of months don't wear off:

    >>> first = datetime(2026, 1, 31, 10)
    >>> [last_occurrence(first, 1, "month", datetime(2026, month, 31)) for month in (1, 3, 5)]
    [None, datetime.datetime(2026, 2, 28, 10, 0), datetime.datetime(2026, 4, 30, 10, 0)]
    >>> last_occurrence(first, 1, "month", datetime(2026, 3, 31, 10))
    datetime.datetime(2026, 3, 31, 10, 0)
    """
    if until < first:
        return None
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[unit] * number
    count = (until - first).days // days  # not more than there are: these months and years are the longest
    while _nth(first, count + 1, number, unit) <= until:
        count += 1
    return _nth(first, count, number, unit)


def _nth(first, count, number, unit):
    return first + relativedelta(**{f"{unit}s": number * count})


def days_due(today: date, since: date, catch_up: int) -> tuple[date, date]:
    """First and last day of which something that comes with a date is answered today: few after a pause, none before the start.

    >>> days_due(date(2026, 11, 22), date(2026, 1, 1), 3)
    (datetime.date(2026, 11, 19), datetime.date(2026, 11, 22))
    >>> days_due(date(2026, 11, 22), date(2026, 11, 21), 3)
    (datetime.date(2026, 11, 21), datetime.date(2026, 11, 22))
    """
    return max(since, today - timedelta(days=catch_up)), today
