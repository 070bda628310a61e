"""Quiet hours: when nobody wants to be written to."""

from datetime import UTC, datetime, timedelta

DAY_MINUTES = 24 * 60


def next_allowed(moment: datetime, quiet_from, quiet_to) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it falls into.

    :param moment: aware, in the time zone whose hours are meant
    :param quiet_from, quiet_to: hours of the day, minutes as fractions; from the first on it is quiet, at the second it is
        not any more. Over midnight where the first is the later one; no quiet hours where both are the same.

    >>> from zoneinfo import ZoneInfo
    >>> def told(*moment, tz="Asia/Shanghai", quiet=(21, 9)):
    ...     return str(next_allowed(datetime(*moment, tzinfo=ZoneInfo(tz)), *quiet))
    >>> told(2026, 5, 1, 20, 59), told(2026, 5, 1, 21), told(2026, 5, 2, 8, 59), told(2026, 5, 2, 9)
    ('2026-05-01 20:59:00+08:00', '2026-05-02 09:00:00+08:00', '2026-05-02 09:00:00+08:00', '2026-05-02 09:00:00+08:00')
    >>> told(2026, 5, 1, 13, quiet=(12, 14)), told(2026, 5, 1, 11, 30, quiet=(12, 14)), told(2026, 5, 1, 3, quiet=(9, 9))
    ('2026-05-01 14:00:00+08:00', '2026-05-01 11:30:00+08:00', '2026-05-01 03:00:00+08:00')

    The clock on the wall counts when it is put forward or back; an hour that is left out that night ends after it:

    >>> told(2026, 3, 28, 23, tz="Europe/Berlin"), told(2026, 10, 24, 23, tz="Europe/Berlin")
    ('2026-03-29 09:00:00+02:00', '2026-10-25 09:00:00+01:00')
    >>> told(2026, 3, 29, 1, tz="Europe/Berlin", quiet=(23, 2))
    '2026-03-29 03:00:00+02:00'
    """
    begin, end = (round(hours * 60) % DAY_MINUTES for hours in (quiet_from, quiet_to))
    now = moment.hour * 60 + moment.minute
    quiet = begin <= now < end if begin <= end else now >= begin or now < end
    if not quiet:
        return moment
    day = moment + timedelta(days=1) if now >= end else moment
    wall = day.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0, fold=0)
    return wall.astimezone(UTC).astimezone(moment.tzinfo)
