"""Values as mappings have them: text, numbers, moments, truth; and where they are meant."""

import datetime
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo


class StepError(ValueError):
    """A value that a step can't do anything with: bad_date, bad_number, bad_phone, bad_part; or a step that makes no sense."""


@dataclass(frozen=True)
class Where:
    """``zone``: days are days there; ``region``: ISO 3166 code of the country of national phone numbers; ``values``: all that is
    known of the record that is sent."""

    zone: str = "UTC"
    region: str = "CN"
    values: dict | None = None


def number(value):
    """
    >>> number("1,280.50"), number(3), number(True)
    (Decimal('1280.50'), Decimal('3'), Decimal('1'))
    """
    try:
        found = Decimal(str(int(value) if isinstance(value, bool) else value).replace(",", "").strip())
    except InvalidOperation:
        raise StepError("bad_number") from None
    if not found.is_finite():
        raise StepError("bad_number")
    return found


def plain(value):
    """A number as JSON has it: an int where it is whole.

    >>> plain(Decimal("12.00")), plain(Decimal("12.50"))
    (12, 12.5)
    """
    return int(value) if value == value.to_integral_value() else float(value)


def moment(value, where):
    """A date or a moment as ISO text: an aware datetime; a date is its midnight, a moment without zone one of UTC."""
    try:
        found = datetime.datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise StepError("bad_date") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(where.zone) if len(str(value).strip()) <= 10 else datetime.UTC)
    return found


def iso(found):
    return found.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def shorten(value, size):
    """The beginning of a text in at most so many bytes of UTF-8, no character cut.

    >>> shorten("张三丰", 7), shorten("ab", 7)
    ('张三', 'ab')
    """
    return str(value).encode()[: int(size)].decode(errors="ignore")


def text(value):
    """A value as text.

    >>> text(12.0), text(["a", "b"]), text(None), text(True)
    ('12', 'a, b', '', '1')
    """
    if value is None or value is False:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text, value))
    if isinstance(value, (bool, int, float)):
        return str(plain(number(value)))
    return str(value)


def truth(value):
    """
    >>> [truth(value) for value in (True, "Y", "是", 1, "0", "no", False, None)]
    [True, True, True, True, False, False, False, False]
    """
    return str(value).strip().lower() in ("true", "1", "1.0", "yes", "y", "t", "on", "是", "有")
