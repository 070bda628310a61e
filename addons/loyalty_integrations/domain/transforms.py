"""The closed set of steps between a value here and a value there: no code of users runs anywhere.

A step says what happens when a value is *sent*. What is received goes through the same steps backwards: a step is undone where it
can be (a prefix is taken off), done again where that is harmless (blanks are trimmed), and some can't be received through at all
(what is masked is lost). A list of values goes through each step one by one.
"""

import datetime
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import phonenumbers

from .values import StepError, Where, iso, moment, number, plain, shorten, text, truth

# ---------------------------------------------------------------------- numbers


def _scale(value, factor):
    return plain(number(value) * number(factor))


def _unscale(value, factor):
    return plain(number(value) / number(factor))


def _round(value, digits):
    try:
        return plain(number(value).quantize(Decimal(1).scaleb(-int(digits or 0)), ROUND_HALF_UP))
    except InvalidOperation:  # more digits than anybody counts
        raise StepError("bad_number") from None


# ---------------------------------------------------------------------- dates


def _date(value, form, where):
    return moment(value, where).astimezone(ZoneInfo(where.zone)).strftime(form)


def _undate(value, form, where):
    try:
        found = datetime.datetime.strptime(str(value).strip(), form)
    except ValueError:
        raise StepError("bad_date") from None
    if not re.search(r"%[HIMScXT]", form):
        return found.date().isoformat()
    return iso(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(where.zone)))


def _epoch(value, where, unit):
    return int(moment(value, where).timestamp() * unit)


def _unepoch(value, unit):
    try:
        return iso(datetime.datetime.fromtimestamp(int(number(value)) / unit, datetime.UTC))
    except (OverflowError, OSError, ValueError):
        raise StepError("bad_date") from None


# ---------------------------------------------------------------------- texts


def _phone(value, region, national=False):
    text = str(value).strip()
    for candidate in (text, "+" + text.lstrip("0")):
        try:
            parsed = phonenumbers.parse(candidate, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            if national and parsed.country_code == phonenumbers.country_code_for_region(region or "CN"):
                return phonenumbers.national_significant_number(parsed)
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    raise StepError("bad_phone")


def _split(value, separator, part):
    parts = str(value).split(separator or None)
    try:
        position = int(part or 1)
        return parts[position - 1 if position > 0 else position].strip()
    except (ValueError, IndexError):
        raise StepError("bad_part") from None


def _mask(value, head, tail):
    text, head, tail = str(value), int(head or 0), int(tail or 0)
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + (text[-tail:] if tail else "")


def _template(form, where):
    """Texts with names of fields in braces; a name that nobody knows stays as it is, so that it is seen."""
    values = where.values or {}
    return re.sub(r"\{(\w+)\}", lambda found: text(values[found[1]]) if found[1] in values else found[0], form).strip()


# ---------------------------------------------------------------------- the set


@dataclass(frozen=True)
class Kind:
    """One kind of step: ``send(value, one, two, where)`` and ``take`` of the same, None where nothing can be received through it.

    ``arguments``: how many it needs; ``numbers``: which of them are whole numbers.
    """

    send: object
    take: object
    arguments: int = 0
    optional: int = 0
    numbers: tuple[int, ...] = ()


def _as_it_is(value, _one, _two, _where):
    return value


def _cut_prefix(value, one, _two, _where):
    return text(value).removeprefix(one)


def _cut_suffix(value, one, _two, _where):
    return text(value).removesuffix(one)


def _again(send, arguments=0, **options):
    return Kind(send, send, arguments, **options)


KINDS = {
    "trim": _again(lambda v, _a, _b, _w: " ".join(text(v).split())),
    "upper": _again(lambda v, _a, _b, _w: text(v).upper()),
    "lower": _again(lambda v, _a, _b, _w: text(v).lower()),
    "digits": _again(lambda v, _a, _b, _w: re.sub(r"\D", "", text(v))),
    "phone": _again(lambda v, a, _b, w: _phone(text(v), a or w.region), optional=1),
    "phone_national": Kind(
        lambda v, a, _b, w: _phone(text(v), a or w.region, national=True), lambda v, a, _b, w: _phone(text(v), a or w.region),
        optional=1,
    ),
    "date": Kind(lambda v, a, _b, w: _date(v, a, w), lambda v, a, _b, w: _undate(v, a, w), 1),
    "epoch": Kind(lambda v, _a, _b, w: _epoch(v, w, 1), lambda v, _a, _b, _w: _unepoch(v, 1)),
    "epoch_ms": Kind(lambda v, _a, _b, w: _epoch(v, w, 1000), lambda v, _a, _b, _w: _unepoch(v, 1000)),
    "scale": Kind(lambda v, a, _b, _w: _scale(v, a), lambda v, a, _b, _w: _unscale(v, a), 1),
    "round": _again(lambda v, a, _b, _w: _round(v, a), optional=1, numbers=(1,)),
    "prefix": Kind(lambda v, a, _b, _w: a + text(v), _cut_prefix, 1),
    "suffix": Kind(lambda v, a, _b, _w: text(v) + a, _cut_suffix, 1),
    "template": Kind(lambda _v, a, _b, w: _template(a, w), None, 1),
    "split": _again(lambda v, a, b, _w: _split(text(v), a, b), 1, optional=1, numbers=(2,)),
    "boolean": Kind(
        lambda v, a, b, _w: a if truth(v) else b, lambda v, a, _b, _w: text(v).strip().lower() == a.strip().lower(), 2
    ),
    "truncate": _again(lambda v, a, _b, _w: text(v)[: int(a)], 1, numbers=(1,)),
    "truncate_bytes": _again(lambda v, a, _b, _w: shorten(text(v), a), 1, numbers=(1,)),
    "mask": Kind(lambda v, a, b, _w: _mask(text(v), a, b), None, optional=2, numbers=(1, 2)),
}  # fmt: skip
#: Steps that say something even of nothing.
_OF_NOTHING = {"template", "boolean"}


@dataclass(frozen=True)
class Step:
    kind: str
    one: str = ""
    two: str = ""


def parse(told):
    """A step of the text that an adapter's defaults have it in: ``kind``, ``kind:one`` or ``kind:one|two``.

    :raise StepError: there is no such step

    >>> parse("date:%Y-%m-%d %H:%M"), parse("boolean:Y|N").two, parse("split:||2").one
    (Step(kind='date', one='%Y-%m-%d %H:%M', two=''), 'N', '|')
    """
    kind, _colon, rest = told.partition(":")
    one, _bar, two = rest.rpartition("|") if "|" in rest else (rest, "", "")
    step = Step(kind.strip(), one, two)
    if reason := fault(step):
        raise StepError(f"{told}: {reason}")
    return step


def fault(step):
    """Why a step makes no sense: unknown, argument (one is missing), number (one is no whole number); or "".

    >>> [fault(step) for step in (Step("trim"), Step("prefix"), Step("truncate", "x"), Step("eval", "1"), Step("scale", "0"))]
    ['', 'argument', 'number', 'unknown', 'number']
    """
    kind = KINDS.get(step.kind)
    if not kind:
        return "unknown"
    given = (step.one, step.two)
    if not all(given[: kind.arguments]):
        return "argument"
    if any(given[at - 1] and not re.fullmatch(r"-?\d{1,6}", given[at - 1].strip()) for at in kind.numbers):
        return "number"
    if step.kind == "scale" and not (re.fullmatch(r"-?\d+(\.\d+)?", step.one.strip()) and number(step.one)):
        return "number"
    return ""


def can_be_received(steps):
    """
    >>> can_be_received([Step("prefix", "M")]), can_be_received([Step("mask")])
    (True, False)
    """
    return all(KINDS[step.kind].take for step in steps)


def send(value, steps, where=Where()):  # noqa: B008 - frozen
    """A value as it is sent.

    >>> def sent(value, *steps, **more): return send(value, [parse(step) for step in steps], Where(**more))
    >>> sent("  Li   Na ", "trim", "upper"), sent("+86 138-0013-8000", "digits"), sent(12.5, "scale:100"), sent(2.345, "round:2")
    ('LI NA', '8613800138000', 1250, 2.35)
    >>> sent("138 0013 8000", "phone"), sent("+8613800138000", "phone_national"), sent("+442079460000", "phone_national")
    ('+8613800138000', '13800138000', '+442079460000')
    >>> sent("2026-01-15", "date:%d.%m.%Y"), sent("2026-01-15T18:00:00Z", "date:%Y%m%d", zone="Asia/Shanghai")
    ('15.01.2026', '20260116')
    >>> sent("2026-01-15", "epoch_ms", zone="Asia/Shanghai"), sent("2026-01-15T00:00:00Z", "epoch")
    (1768406400000, 1768435200)
    >>> sent("7", "prefix:LOY-", "suffix:!"), sent("a-b-c", "split:-|2"), sent("a b c", "split: |-1"), sent(True, "boolean:Y|N")
    ('LOY-7!', 'b', 'c', 'Y')
    >>> sent("张三丰", "truncate:2"), sent("张三丰", "truncate_bytes:7"), sent("13800138000", "mask:3|4"), sent("ab", "mask:3|4")
    ('张三', '张三', '138****8000', '**')
    >>> sent("", "template:{name} ({code})", values={"name": "Li Na", "code": "M7"})
    'Li Na (M7)'
    >>> sent(["a ", " b"], "trim"), sent(None, "upper"), sent(False, "boolean:Y|N")
    (['a', 'b'], None, 'N')
    """
    for step in steps:
        value = _apply(KINDS[step.kind].send, step, value, where)
    return value


def take(value, steps, where=Where()):  # noqa: B008 - frozen
    """A value as it was received: the steps backwards.

    :raise StepError: nothing can be received through one of them

    >>> def taken(value, *steps, **more): return take(value, [parse(step) for step in steps], Where(**more))
    >>> taken("LOY-7!", "prefix:LOY-", "suffix:!"), taken(1250, "scale:100"), taken("N", "boolean:Y|N")
    ('7', 12.5, False)
    >>> taken("13800138000", "phone_national")
    '+8613800138000'
    >>> taken("15.01.2026", "date:%d.%m.%Y"), taken("20260116 0200", "date:%Y%m%d %H%M", zone="Asia/Shanghai")
    ('2026-01-15', '2026-01-15T18:00:00Z')
    >>> taken("1768435200", "epoch"), taken(1768406400000, "epoch_ms")
    ('2026-01-15T00:00:00Z', '2026-01-14T16:00:00Z')
    >>> taken("138****8000", "mask:3|4")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    StepError: mask
    """
    for step in reversed(steps):
        if not KINDS[step.kind].take:
            raise StepError(step.kind)
        value = _apply(KINDS[step.kind].take, step, value, where)
    return value


def _apply(function, step, value, where):
    if isinstance(value, (list, tuple)) and step.kind != "template":
        return [_apply(function, step, one, where) for one in value]
    if value in (None, "", False) and not (step.kind in _OF_NOTHING and (value is not None or step.kind == "template")):
        return value
    return function(value, step.one, step.two, where)
