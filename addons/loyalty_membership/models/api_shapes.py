"""The shapes of the API's calls: which keys they have, and what each may hold."""

from datetime import date

from ..domain.identity import normalize_email, normalize_phone
from . import api_arguments as arguments
from .api_arguments import ApiArgumentError

#: Sources of the journal's own rows, which no caller may write under.
RESERVED_SOURCES = ("odoo", "sale.order")
GENDERS = ("female", "male", "other")
LINE = ("sku", "name", "category", "quantity", "amount")
REFUND_LINE = ("line", "sku", "name", "quantity", "amount")
CONSENT = ("channel", "purpose", "given", "wording", "date")
PURCHASE = ("member", "lines", "date", "store", "currency", "source", "reference")
ENROLMENT = (
    "name", "phone", "email", "birthdate", "gender", "store", "utm_source", "referral_code",
    "consents", "properties", "source", "reference",
)  # fmt: skip


def origin(values):
    """Where a call comes from: the system, and its own number for it."""
    source = arguments.text(values.get("source"), "source", 64, required=True)
    if source in RESERVED_SOURCES:
        raise ApiArgumentError("source", f"{source} is Odoo's own, choose another name")
    return {"source": source, "reference": arguments.text(values.get("reference"), "reference", 128, required=True)}


def purchase(values, zone, now):
    """A purchase, see ``record_purchase``; times are naive UTC, numbers decimal."""
    arguments.mapping(values, "", PURCHASE)
    return {
        "member": arguments.text(values.get("member"), "member", required=True),
        "lines": lines(values.get("lines")),
        "date": arguments.moment(values.get("date"), "date", zone, now),
        "store": arguments.key(values.get("store"), "store"),
        "currency": arguments.text(values.get("currency"), "currency", 3),
        **origin(values),
    }


def lines(values):
    result = [line(value, f"lines[{index}]") for index, value in enumerate(arguments.rows(values, "lines"))]
    if sum(item["amount"] for item in result) >= arguments.MAX_AMOUNT:
        raise ApiArgumentError("lines", f"their amounts must sum to less than {arguments.MAX_AMOUNT}")
    return result


def line(value, path):
    arguments.mapping(value, path, LINE)
    return {
        "sku": arguments.text(value.get("sku"), f"{path}.sku", 64),
        "name": arguments.text(value.get("name"), f"{path}.name"),
        "category": arguments.text(value.get("category"), f"{path}.category"),
        "quantity": arguments.number(value.get("quantity"), f"{path}.quantity", above=0, below=arguments.MAX_QUANTITY),
        "amount": arguments.number(value.get("amount"), f"{path}.amount", least=0),
    }


def refund_line(value, path):
    """One line to give back: named by exactly one of its position, its sku or its name."""
    arguments.mapping(value, path, REFUND_LINE)
    named = [name for name in ("line", "sku", "name") if value.get(name) is not None]
    if len(named) != 1:
        raise ApiArgumentError(path, "must name the line by one of line, sku and name")
    quantity, amount = value.get("quantity"), value.get("amount")
    return {
        "line": arguments.integer(value["line"], f"{path}.line", 1, arguments.MAX_ROWS) if "line" in named else None,
        "sku": arguments.text(value.get("sku"), f"{path}.sku", 64, required="sku" in named),
        "name": arguments.text(value.get("name"), f"{path}.name", required="name" in named),
        "quantity": None if quantity is None else arguments.number(
            quantity, f"{path}.quantity", above=0, below=arguments.MAX_QUANTITY
        ),
        "amount": None if amount is None else arguments.number(amount, f"{path}.amount", above=0),
    }  # fmt: skip


def enrolment(values, region, today, zone, now):
    """Somebody who joins, see ``enroll``; the phone is checked, and kept as it was written."""
    arguments.mapping(values, "", ENROLMENT)
    phone = arguments.text(values.get("phone"), "phone", 64)
    if phone and not normalize_phone(phone, region):
        raise ApiArgumentError("phone", f"is no valid phone number: {arguments.shown(phone)}")
    email = arguments.text(values.get("email"), "email")
    if email and not normalize_email(email):
        raise ApiArgumentError("email", f"is no valid e-mail address: {arguments.shown(email)}")
    return {
        "name": arguments.text(values.get("name"), "name", 128, required=True),
        "phone": phone,
        "email": email,
        "birthdate": arguments.day(values.get("birthdate"), "birthdate", date(1900, 1, 1), today),
        "gender": arguments.choice(values.get("gender"), "gender", GENDERS),
        "store": arguments.key(values.get("store"), "store"),
        "utm_source": arguments.text(values.get("utm_source"), "utm_source", 64),
        "referral_code": arguments.text(values.get("referral_code"), "referral_code", 64),
        "consents": consents(values.get("consents"), zone, now),
        "properties": values.get("properties"),
        **origin(values),
    }


def consents(values, zone, now):
    if values is None:
        return []
    result = []
    for index, value in enumerate(arguments.rows(values, "consents", least=0, most=50)):
        path = f"consents[{index}]"
        arguments.mapping(value, path, CONSENT)
        result.append({
            "channel": arguments.text(value.get("channel"), f"{path}.channel", 64, required=True),
            "purpose": arguments.text(value.get("purpose"), f"{path}.purpose", 64) or "marketing",
            "given": arguments.flag(value.get("given", True), f"{path}.given"),
            "wording": arguments.text(value.get("wording"), f"{path}.wording", 4000, lines=True),
            "date": arguments.moment(value.get("date"), f"{path}.date", zone, now),
        })
    return result
