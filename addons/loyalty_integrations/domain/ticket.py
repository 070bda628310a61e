"""Tickets of tills and shops: from the JSON that they send to what is to be booked, in the inbox's canonical form.

What is booked is what was paid: a discount or a voucher on the whole ticket is shared by its lines.
"""

import hashlib
import json
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

#: What a ticket calls itself, and what the inbox calls that.
KINDS = {"sale": "purchase", "refund": "refund", "void": "void"}
#: The ways in which a member may be named, the surest first.
NAMES = ("no", "code", "external_id", "mobile", "phone", "email", "unionid", "openid")
MOST_LINES = 1000
LARGEST = Decimal(10) ** 12
DECIMALS = 6


class BadTicket(ValueError):
    """A ticket can't be understood; the message begins with the path of what is wrong."""

    def __init__(self, path, problem):
        super().__init__(f"{path}: {problem}")
        self.path = path


def parse_json(text):
    """Any JSON, numbers exact; ValueError of what is none, or nested too deeply.

    >>> parse_json('{"amount": 0.10}')
    {'amount': Decimal('0.10')}
    >>> parse_json("[" * 100000)
    Traceback (most recent call last):
    ValueError: it is nested too deeply
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (RecursionError, InvalidOperation):
        raise ValueError("it is nested too deeply") from None


def _no_number(name):
    raise ValueError(f"{name} is no number")


def parse_ticket(item, source, key=""):
    """One ticket in canonical form.

    :param item: what was sent, parsed by ``parse_json``
    :param source: the name of the system that sends, which the ticket may repeat and must not contradict
    :param key: stands for the number of a ticket that has none
    :return: (kind, dict of ``reference``, ``original_reference``, ``source``, ``member``: list of ways to name one, ``date``,
        ``store``, ``currency``, ``amount`` and ``lines``), numbers as text, what is missing left out

    >>> kind, data = parse_ticket({"external_id": "T1", "member": {"mobile": "13800138000"}, "total": "5.00"}, "pos")
    >>> kind, data["reference"], data["member"], data["lines"]
    ('purchase', 'T1', ['13800138000'], [{'quantity': '1', 'amount': '5.00'}])
    """
    if not isinstance(item, dict):
        raise BadTicket("ticket", "must be an object")
    kind = item.get("type", "sale")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadTicket("type", f"must be one of {', '.join(KINDS)}")
    reference = _text(item, "external_id", 100) or key[:100]
    if not reference:
        raise BadTicket("external_id", "is missing")
    data = {
        "source": source,
        "reference": reference,
        "original_reference": _original(item, kind, reference),
        "member": _names(item.get("member")),
        "date": _text(item, "occurred_at", 64),
        "store": _text(item, "store", 128),
        "currency": _text(item, "currency", 3),
        **({} if kind == "void" else _amounts(item, kind)),
    }
    return KINDS[kind], {name: value for name, value in data.items() if value}


def _original(item, kind, reference):
    if kind == "sale":
        return None
    original = _text(item, "original_external_id", 100)
    if kind == "refund" and not original:
        raise BadTicket("original_external_id", "must name the sale that is given back")
    return original or reference  # a void may carry the number of the sale itself


def content_hash(kind, data):
    """What stands for a content: the same for the same ticket, in whatever order its fields are.

    >>> content_hash("void", {"a": "1", "b": "2"}) == content_hash("void", {"b": "2", "a": "1"})
    True
    """
    return hashlib.sha256(json.dumps([kind, data], sort_keys=True, default=str).encode()).hexdigest()


# ----------------------------------------------------------------------
# Members and lines
# ----------------------------------------------------------------------


def _names(member):
    """
    >>> _names({"no": "M1", "mobile": None, "openid": "o1", "nickname": "x"}), _names("M1"), _names(None)
    (['M1', 'o1'], ['M1'], [])
    """
    if member is None:
        return []
    if isinstance(member, str):
        member = {"no": member}
    if not isinstance(member, dict):
        raise BadTicket("member", "must be an object or text")
    return [name for key in NAMES if (name := _text(member, key, 255, "member."))]


def _amounts(item, kind):
    """The lines with what was paid for each; ``amount`` instead where a refund says only how much."""
    rows = item.get("lines") or []
    if not isinstance(rows, list) or len(rows) > MOST_LINES:
        raise BadTicket("lines", f"must be a list of at most {MOST_LINES}")
    lines = [_line(row, kind, f"lines[{number}]") for number, row in enumerate(rows)]
    total, paid = _money(item, "total"), _money(item, "paid")
    due = total if paid is None else paid
    if not lines:
        if kind == "refund":
            return {} if due is None else {"amount": _plain(due)}
        if due is None:
            raise BadTicket("lines", "is missing, and there is neither paid nor total")
        return {"lines": [{"quantity": "1", "amount": _plain(due)}]}
    amounts = [line["amount"] for line in lines]
    if None not in amounts:
        for line, amount in zip(lines, _as_paid(amounts, total, due), strict=True):
            line["amount"] = _plain(amount)
    return {"lines": [{name: value for name, value in line.items() if value is not None} for line in lines]}


def _as_paid(amounts, total, due):
    """What was paid for each line, where less was paid than the lines say."""
    whole = sum(amounts)
    if due is None or due == whole:
        return amounts
    if total is not None and total != whole:
        raise BadTicket("lines", f"sum to {whole:f}, and the ticket to {total:f}")
    return spread(min(due, whole), amounts)


def spread(due, amounts):
    """Share an amount by others, to the last cent.

    >>> [str(share) for share in spread(Decimal("100.00"), [Decimal(1), Decimal(1), Decimal(1)])]
    ['33.33', '33.34', '33.33']
    """
    whole = sum(amounts)
    if not whole:
        return list(amounts)
    unit = Decimal(1).scaleb(min(0, *(number.as_tuple().exponent for number in (due, *amounts))))
    shares, so_far, given = [], Decimal(0), Decimal(0)
    for amount in amounts:
        so_far += amount
        reached = (due * so_far / whole).quantize(unit, ROUND_HALF_UP)
        shares.append(reached - given)
        given = reached
    return shares


def _line(row, kind, path):
    if not isinstance(row, dict):
        raise BadTicket(path, "must be an object")
    refund, dot = kind == "refund", f"{path}."
    name = "quantity" if "quantity" in row else "qty"
    quantity = _number(row, name, dot) if refund or row.get(name) is not None else Decimal(1)
    amount, price = _money(row, "amount", dot), _money(row, "unit_price", dot)
    if quantity is not None and quantity <= 0:
        raise BadTicket(f"{dot}{name}", "must be more than 0")
    if amount is None and price is not None and quantity is not None:
        amount = quantity * price
    if amount is None and not refund:
        raise BadTicket(f"{dot}amount", "is missing")
    return {
        "line_id": _text(row, "line_id", 64, dot),
        "sku": _text(row, "sku", 64, dot),
        "name": _text(row, "name", 255, dot),
        "category": _text(row, "category", 255, dot),
        "quantity": None if quantity is None else _plain(quantity),
        "amount": amount,
    }


# ----------------------------------------------------------------------
# Values
# ----------------------------------------------------------------------


def _text(values, name, most, path=""):
    """Text without outer blanks; whole numbers, which some tills have for numbers of theirs, are text, too."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadTicket(f"{path}{name}", "must be text")
    value = value.strip()
    if len(value) > most:
        raise BadTicket(f"{path}{name}", f"must have at most {most} characters")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise BadTicket(f"{path}{name}", "must not have control characters")
    return value or None


def _money(values, name, path=""):
    amount = _number(values, name, path)
    if amount is not None and amount < 0:
        raise BadTicket(f"{path}{name}", "must not be negative; a return is a ticket of type refund")
    return amount


def _number(values, name, path=""):
    """
    >>> _number({"total": "288.00"}, "total"), _number({"total": 3}, "total"), _number({}, "total")
    (Decimal('288.00'), Decimal('3'), None)
    >>> _number({"total": "12,50"}, "total")
    Traceback (most recent call last):
    odoo.addons.loyalty_integrations.domain.ticket.BadTicket: total: must be a number such as "12.50"
    """
    value = values.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, (bool, dict, list)) or (isinstance(value, str) and (len(value) > 32 or "_" in value)):
            raise InvalidOperation
        number = Decimal(value)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise BadTicket(f"{path}{name}", 'must be a number such as "12.50"')
    if number.adjusted() >= 12 or number.as_tuple().exponent < -DECIMALS:
        raise BadTicket(f"{path}{name}", f"must be less than {LARGEST:f}, with at most {DECIMALS} decimals")
    return number


def _plain(number):
    return format(number, "f")
