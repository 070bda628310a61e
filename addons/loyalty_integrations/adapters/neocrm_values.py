"""Fields and values of Neocrm: what its types are called here, what a value looks like there and back.

Written are numbers of picklists and milliseconds of dates; XOQL answers a picklist with a list of its labels, and numbers as
text. So both ways go through the description of the object.
"""

import datetime
import re

from ..domain.outcomes import Permanent
from .base import Field

_TYPES = {
    "integer": "integer", "int": "integer", "long": "integer", "autonumber": "char",
    "real": "float", "double": "float", "number": "float", "currency": "float", "percent": "float",
    "boolean": "boolean", "checkbox": "boolean",
    "date": "date", "datetime": "datetime", "time": "integer",
    "select": "selection", "picklist": "selection", "radio": "selection", "globalpicklist": "selection",
    "multiselect": "tags", "multipicklist": "tags", "checkboxgroup": "tags",
}  # fmt: skip
#: Every object has them, and nobody else may write them.
_KEPT = frozenset({"id", "createdAt", "createdBy", "updatedAt", "updatedBy"})
_UTC = datetime.UTC


def _truth(value):
    """
    >>> [_truth(value) for value in (True, "true", 1, "1", 0, "false", None)]
    [True, True, True, True, False, False, False]
    """
    return str(value).strip().lower() in ("true", "1", "yes", "是")


def _choices(told):
    """(value, label) of those that may still be chosen."""
    items = told.get("selectitem") or told.get("selectItem") or told.get("checkitem") or told.get("checkItem") or ()
    return tuple((str(item["value"]), str(item.get("label", item["value"]))) for item in items if item.get("isActive", True))


def field(told):
    """A ``Field`` of one entry of a description.

    >>> field({"apiKey": "level", "label": "级别", "type": "select", "selectitem": [{"value": 1, "label": "普通"}]}).choices
    (('1', '普通'),)
    >>> field({"apiKey": "updatedAt", "type": "date"}).type
    'datetime'
    """
    key = told["apiKey"]
    kind = _TYPES.get(re.sub(r"[^a-z]", "", str(told.get("type", "")).lower()), "char")
    return Field(
        path=key,
        label=str(told.get("label") or key),
        type="datetime" if key in ("createdAt", "updatedAt") else kind,
        required=_truth(told.get("required")),
        size=int(told.get("maxLength") or 0) if kind == "char" else 0,
        choices=_choices(told) if kind in ("selection", "tags") else (),
        writable=key not in _KEPT and _truth(told.get("updateable", True)),
    )


def _milliseconds(value, zone, whole_day):
    """
    >>> from zoneinfo import ZoneInfo
    >>> _milliseconds("2026-01-15", ZoneInfo("Asia/Shanghai"), True)
    1768406400000
    >>> [_milliseconds(t, None, False) for t in ("2026-01-15T00:00:00Z", "2026-01-15 00:00:00", "2026-01-15T08:00:00.5+08:00")]
    [1768435200000, 1768435200000, 1768435200500]
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    moment = datetime.datetime.fromisoformat(str(value).strip())
    if whole_day:
        moment = datetime.datetime.combine(moment.date(), datetime.time(), zone)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=_UTC)).timestamp() * 1000)


def written(told, value, zone):
    """What is sent for a value; None empties the field.

    :raise Permanent: it is none of the field's type

    >>> written(Field("level", "", "selection"), "3", None), written(Field("x", "", "float"), "1.50", None)
    (3, 1.5)
    >>> written(Field("tags__c", "", "tags"), ["1", 2], None), written(Field("phone", ""), 13800138000, None)
    ([1, 2], '13800138000')
    >>> written(Field("level", "", "selection"), "gold", None)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    Permanent: [bad_value] "gold" is no value of the field level (selection): map it to one
    """
    if value is None or value == "" or (value is False and told.type != "boolean"):
        return None
    try:
        if told.type in ("date", "datetime"):
            return _milliseconds(value, zone, told.type == "date")
        if told.type == "tags":
            return [int(one) for one in (value if isinstance(value, (list, tuple)) else str(value).split(","))]
        if told.type in ("integer", "selection"):
            return int(value)
        if told.type == "float":
            return float(value)
    except (ValueError, TypeError, OverflowError):
        message = f'"{value}" is no value of the field {told.path} ({told.type}): map it to one'
        raise Permanent(message, "bad_value") from None
    return _truth(value) if told.type == "boolean" else str(value)


def spellings(value):
    """The ways in which people write the same: of a Chinese mobile number several, of anything else one.

    >>> spellings("13800138001")[:5]
    ['13800138001', '138 0013 8001', '138-0013-8001', '+8613800138001', '+86138 0013 8001']
    >>> "13800138001" in spellings("+86 138-0013-8001"), "8613800138001" in spellings("13800138001"), spellings("a@b.cn")
    (True, True, ['a@b.cn'])
    """
    number = re.fullmatch(r"(?:\+?86)?(1\d{2})(\d{4})(\d{4})", re.sub(r"[\s()-]", "", str(value)))
    if not number:
        return [str(value)]
    plain = [mark.join(number.groups()) for mark in ("", " ", "-")]
    return list(dict.fromkeys([start + one for start in ("", "+86", "+86 ", "86", "+86-") for one in plain] + [str(value)]))


def moment(milliseconds, spec="milliseconds"):
    """
    >>> moment("1768464000123"), moment(1768464000123, "seconds")
    ('2026-01-15T08:00:00.123Z', '2026-01-15T08:00:00Z')
    """
    seconds, rest = divmod(int(milliseconds), 1000)
    told = datetime.datetime.fromtimestamp(seconds, _UTC).replace(microsecond=rest * 1000)
    return told.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def since(text):
    """Milliseconds of a time as cursors begin with.

    >>> since("2026-01-15T08:00:00Z")
    1768464000000
    """
    return _milliseconds(text, None, False)


def read(told, value, zone):
    """A value of an answer, as the mapping expects it: text, number, bool, ISO date, list of values; None is empty.

    >>> names = (("1", "普通"), ("2", "金卡"))
    >>> level, tags = Field("level", "", "selection", choices=names), Field("tags", "", "tags", choices=names)
    >>> read(level, ["金卡"], None), read(level, 2, None), read(tags, ["金卡"], None)
    ('2', '2', ['2'])
    >>> from zoneinfo import ZoneInfo
    >>> read(Field("birthday", "", "date"), "1768406400000", ZoneInfo("Asia/Shanghai"))
    '2026-01-15'
    >>> read(Field("x", "", "integer"), "120", None), read(Field("x", ""), 1900000000000000001, None), read(Field("x", ""), "", 0)
    (120, '1900000000000000001', None)
    """
    if told.type in ("selection", "tags"):
        values = {label: key for key, label in told.choices}
        found = [
            values.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")
        ]
        return found if told.type == "tags" else (found or [None])[0]
    if value in (None, "", []):
        return None
    if told.type == "boolean":
        return _truth(value)
    try:
        return _plain(told, value, zone)
    except (ValueError, TypeError, OverflowError, OSError):
        return str(value)  # a type that says one thing and a value that says another: the mapping shows it


def _plain(told, value, zone):
    if told.type == "datetime":
        return moment(value, "seconds")
    if told.type == "date":
        return datetime.datetime.fromtimestamp(int(value) / 1000, zone or _UTC).date().isoformat()
    if told.type == "integer":
        return int(value)
    if told.type == "float":
        return float(value)
    return str(value)
