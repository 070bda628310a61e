"""The circuit breaker: a system that is down is left alone, and asked now and then whether it is back."""

#: Failures in a row after which nothing is sent.
THRESHOLD = 5
#: Seconds of the first pause and of the longest one.
FIRST, LONGEST = 60, 1800


def pause(failures):
    """Seconds for which nothing is sent after so many failures in a row; 0: go on.

    After each pause one call tries; if it fails, too, the pause doubles.

    >>> [pause(n) for n in (0, 4, 5, 6, 7, 9, 10, 11, 99)]
    [0, 0, 60, 120, 240, 960, 1800, 1800, 1800]
    """
    if failures < THRESHOLD:
        return 0
    return min(LONGEST, FIRST * 2 ** min(failures - THRESHOLD, 10))
