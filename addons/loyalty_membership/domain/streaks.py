"""Days in a row: what a check-in makes of the days before and after it."""


def is_reached(days: int, repeats: bool, before: int, after: int) -> bool:
    """Tell whether a check-in brings the member to the ``days``-th day in a row, or once more with ``repeats``.

    ``before`` and ``after`` are how many days in a row end the day before, and begin the day after; the latter are
    there only when a check-in comes late.

    >>> [is_reached(3, False, before, 0) for before in range(7)]
    [False, False, True, False, False, False, False]
    >>> [is_reached(3, True, before, 0) for before in range(7)]
    [False, False, True, False, False, True, False]

    A late check-in that closes a gap gives what the whole run has earned by now, and its two ends had not: two days and
    two days make five, whose third day has come; three and one had reached it already.

    >>> is_reached(3, False, 2, 2), is_reached(3, False, 3, 1), is_reached(3, False, 3, 3)
    (True, False, False)
    >>> is_reached(3, True, 2, 2), is_reached(3, True, 3, 2), is_reached(3, True, 3, 1)
    (True, True, False)
    """
    return times_reached(days, repeats, before + 1 + after) > (
        times_reached(days, repeats, before) + times_reached(days, repeats, after)
    )


def times_reached(days: int, repeats: bool, run: int) -> int:
    """Return how often a run of so many days has reached the ``days``-th day.

    >>> times_reached(7, False, 6), times_reached(7, False, 30), times_reached(7, True, 30)
    (0, 1, 4)
    """
    return run // days if repeats else int(run >= days)
