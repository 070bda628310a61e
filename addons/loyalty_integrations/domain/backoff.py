"""When something that failed is tried again."""

BASE, CAP, TRIES = 30.0, 6 * 3600.0, 10


def delay(tries, random, retry_after=None, schedule=()):
    """Seconds until the next try, or None: there is none.

    Without a schedule: full jitter, a random time up to ``BASE`` x 2 ** (tries - 1), at most ``CAP``, so that those who failed
    together don't come back together (Brooker, Exponential Backoff and Jitter, 2015). With one: its steps, up to a tenth later.

    :param tries: how often it was tried, 1 or more
    :param random: number from 0 to 1
    :param retry_after: seconds that the other system asked for; never less than these
    :param schedule: seconds after the first, second... try

    >>> [delay(n, 1.0) for n in (1, 2, 5, 9)], delay(10, 1.0)
    ([30.0, 60.0, 480.0, 7680.0], None)
    >>> delay(1, 0.0), delay(1, 0.5, retry_after=120)
    (1.0, 120)
    >>> delay(1, 0.0, schedule=(5, 300)), delay(2, 1.0, schedule=(5, 300)), delay(3, 0.5, schedule=(5, 300))
    (5.0, 330.0, None)
    """
    if schedule:
        if tries > len(schedule):
            return None
        wait = schedule[tries - 1] * (1 + random / 10)
    elif tries >= TRIES:
        return None
    else:
        wait = max(1.0, random * min(CAP, BASE * 2 ** (tries - 1)))
    return max(wait, retry_after or 0)
