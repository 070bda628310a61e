"""The token bucket: so many calls in so many seconds, saved up to one burst of them."""


def refill(tokens, elapsed, calls, seconds):
    """Tokens after ``elapsed`` seconds, of a bucket that allows ``calls`` in ``seconds``.

    >>> refill(0, 0.5, 10, 1), refill(8, 5, 10, 1), refill(0, 6, 60, 60)
    (5.0, 10, 6.0)
    """
    return min(calls, tokens + max(0.0, elapsed) * calls / seconds)


def wait(tokens, calls, seconds):
    """Seconds until there is one token.

    >>> wait(0, 10, 1), wait(0.5, 60, 60), wait(3, 10, 1)
    (0.1, 0.5, 0.0)
    """
    return max(0.0, (1 - tokens) * seconds / calls)
