"""What arrives over the API, checked by hand: plain functions, one kind of refusal.

Each takes the value and the path of the argument that it came in, and returns the clean value.
They look at nothing but their arguments, and they never recurse, so no JSON can make them fail
in another way than by ``ApiArgumentError``.
"""

import hashlib
import json
import math
import re
import reprlib
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from odoo.exceptions import UserError

#: Rows of a batch, and lines of a purchase.
MAX_ROWS = 1000
#: Amounts stay below this; so do the sums of their lines.
MAX_AMOUNT = 10**12
MAX_QUANTITY = 10**9
#: How far the caller's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = 1970

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_shown = reprlib.Repr()
_shown.maxlevel, _shown.maxstring, _shown.maxother, _shown.maxlong = 2, 40, 40, 40
_shown.maxlist = _shown.maxdict = 3


class ApiArgumentError(UserError):
    """An argument of a call is wrong; the message begins with its path, e.g. ``lines[2].amount``."""

    def __init__(self, path, problem):
        super().__init__(f"{path}: {problem}")
        self.context = {"argument": path}


class ApiUnknown(ApiArgumentError):
    """An argument names something that does not exist, or not for this caller."""

    http_status = 404


class ApiConflict(ApiArgumentError):
    """An argument contradicts what is recorded, or another argument of the call."""

    http_status = 409


def shown(value):
    """Return a value as a message may show it: short, on one line, whatever it is.

    >>> shown("a" * 1000), shown([[[[1]]]]), shown(10**50), shown(None)
    ("'aaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaa'", '[[[...]]]', '100000000000000000...0000000000000000000', 'null')
    >>> shown("无此店"), shown("\\ud800")
    ("'无此店'", "'\\\\ud800'")
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _shown.repr(value).encode("utf-8", "backslashreplace").decode()


# ----------------------------------------------------------------------
# Structure
# ----------------------------------------------------------------------


def rows(value, path, least=1, most=MAX_ROWS):
    """Return a list of ``least`` to ``most`` elements."""
    if not isinstance(value, list):
        raise ApiArgumentError(path, f"must be a list, got {shown(value)}")
    if not least <= len(value) <= most:
        raise ApiArgumentError(path, f"must have {least} to {most} elements, got {len(value)}")
    return value


def mapping(value, path, known):
    """Return an object that has no other keys than the ``known`` ones.

    >>> mapping({"colour": 1}, "lines[0]", {"sku"})
    Traceback (most recent call last):
    odoo.addons.loyalty_membership.models.api_arguments.ApiArgumentError: lines[0].colour: is not known here; known: sku
    """
    if not isinstance(value, dict):
        raise ApiArgumentError(path, f"must be an object, got {shown(value)}")
    for key in value:
        if key not in known:
            name = key if isinstance(key, str) and re.fullmatch(r"\w{1,64}", key, re.ASCII) else shown(key)
            place = f"{path}.{name}" if path else name
            raise ApiArgumentError(place, f"is not known here; known: {', '.join(sorted(known)[:50])}")
    return value


# ----------------------------------------------------------------------
# Values
# ----------------------------------------------------------------------


def text(value, path, most=255, required=False, lines=False):
    """Return text without outer blanks, or None for none; control characters are refused.

    >>> text("  李娜 ", "name"), text(" ", "name")
    ('李娜', None)

    :param lines: line breaks and tabs are fine
    """
    if value is None and not required:
        return None
    if not isinstance(value, str):
        raise ApiArgumentError(path, f"must be a string, got {shown(value)}")
    if len(value) > 4 * most or len(value.strip()) > most:
        raise ApiArgumentError(path, f"must have at most {most} characters, got {len(value)}")
    fine = "\n\r\t" if lines else ""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in fine for char in value.strip()):
        raise ApiArgumentError(path, "must not have control characters")
    if not value.strip() and required:
        raise ApiArgumentError(path, "must not be empty")
    return value.strip() or None


def number(value, path, above=None, least=None, below=MAX_AMOUNT):
    """Return a finite number as a decimal, within its bounds.

    >>> number(0.1, "amount", least=0)
    Decimal('0.1')
    >>> number(float("nan"), "lines[2].amount")
    Traceback (most recent call last):
    odoo.addons.loyalty_membership.models.api_arguments.ApiArgumentError: lines[2].amount: must be a finite number, got NaN
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiArgumentError(path, f"must be a number, got {shown(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ApiArgumentError(path, f"must be a finite number, got {json.dumps(value)}")
    if above is not None and value <= above:
        raise ApiArgumentError(path, f"must be greater than {above}, got {shown(value)}")
    if least is not None and value < least:
        raise ApiArgumentError(path, f"must be at least {least}, got {shown(value)}")
    if abs(value) >= below:
        raise ApiArgumentError(path, f"must be less than {below}, got {shown(value)}")
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def integer(value, path, least, most):
    """Return a whole number between both ends."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiArgumentError(path, f"must be a whole number, got {shown(value)}")
    if not least <= value <= most:
        raise ApiArgumentError(path, f"must be between {least} and {most}, got {shown(value)}")
    return value


def flag(value, path):
    if not isinstance(value, bool):
        raise ApiArgumentError(path, f"must be true or false, got {shown(value)}")
    return value


def choice(value, path, allowed, required=False):
    """Return one of the allowed texts, or None for none."""
    if value is None and not required:
        return None
    if not isinstance(value, str) or value not in allowed:
        raise ApiArgumentError(path, f"must be one of {', '.join(sorted(allowed)[:50])}, got {shown(value)}")
    return value


def key(value, path, required=False):
    """Return what names a record: its id, or its name as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return integer(value, path, 1, 2**31 - 1)
    if value is not None and not isinstance(value, str):
        raise ApiArgumentError(path, f"must be a name or an id, got {shown(value)}")
    return text(value, path, required=required)


def moment(value, path, zone, now, future=False):
    """Return an ISO 8601 moment as naive UTC, or None for none.

    Without an offset it is local to ``zone``; without a time it is the beginning of the day.

    >>> from zoneinfo import ZoneInfo
    >>> noon = datetime(2025, 6, 6, 12)
    >>> moment("2025-06-06T12:00:00+08:00", "date", ZoneInfo("UTC"), noon)
    datetime.datetime(2025, 6, 6, 4, 0)
    >>> moment("2025-06-06", "date", ZoneInfo("Asia/Shanghai"), noon)
    datetime.datetime(2025, 6, 5, 16, 0)

    :param now: naive UTC; without ``future``, five minutes later is refused
    """
    if value is None:
        return None
    if not isinstance(value, str) or not _MOMENT.fullmatch(value.strip()[:64]):
        raise ApiArgumentError(path, f"must be a date as 2025-06-30T12:00:00Z (ISO 8601), got {shown(value)}")
    try:
        parsed = datetime.fromisoformat(value.strip().replace(",", "."))
        year = parsed.year
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)
        parsed = parsed.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError):
        raise ApiArgumentError(path, f"is no date of the calendar: {shown(value)}") from None
    if year < EARLIEST:
        raise ApiArgumentError(path, f"must not be before {EARLIEST}, got {shown(value)}")
    if not future and parsed > now + CLOCK_SKEW:
        raise ApiArgumentError(path, f"must not be in the future, got {shown(value)}")
    return parsed


def day(value, path, first=date(1900, 1, 1), last=date(9999, 12, 31)):
    """Return an ISO 8601 date between both ends, or None for none."""
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()[:64]):
        raise ApiArgumentError(path, f"must be a date as 1990-06-30, got {shown(value)}")
    try:
        parsed = date.fromisoformat(value.strip())
    except ValueError:
        raise ApiArgumentError(path, f"is no date of the calendar: {shown(value)}") from None
    if not first <= parsed <= last:
        raise ApiArgumentError(path, f"must be between {first} and {last}, got {shown(value)}")
    return parsed


# ----------------------------------------------------------------------
# Telling a repeated call from another one
# ----------------------------------------------------------------------


def digest(kind, content):
    """Return what stands for the content of a call: the same for the same content, however written.

    >>> one, other = {"amount": Decimal("10.0"), "store": None}, {"amount": Decimal("10")}
    >>> digest("purchase", one) == digest("purchase", other) != digest("refund", other)
    True
    """
    given = {name: value for name, value in content.items() if value is not None}
    canonical = json.dumps([kind, given], sort_keys=True, separators=(",", ":"), default=_canonical)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value):
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value.isoformat()
