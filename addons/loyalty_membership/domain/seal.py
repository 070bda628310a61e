"""The chain of daily seals over the ledger: a change of any day breaks every seal after it."""

from datetime import date
from hashlib import sha256

GENESIS = ""
"""What comes before the first seal."""


def seal(previous: str, day: date, count: int, content_digest: str) -> str:
    """Return the seal of a day: SHA-256, in hex, of ``previous|day|count|content_digest``.

    ``previous`` is the seal of the day before (:data:`GENESIS` for the first), ``count`` the number
    of entries booked on the day, ``content_digest`` a digest of what they, and the allocations made
    on the day, say.

    >>> first = seal(GENESIS, date(2025, 1, 1), 2, "ab12")
    >>> first
    '16a8d3d1045a34dbf1cb9599b47895e0b992e8e190056085cf1692bff070d3d1'
    >>> seal(first, date(2025, 1, 2), 0, "") == seal(GENESIS, date(2025, 1, 2), 0, "")
    False
    """
    return sha256(f"{previous}|{day.isoformat()}|{count}|{content_digest}".encode()).hexdigest()
