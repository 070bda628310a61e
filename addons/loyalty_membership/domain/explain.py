"""The explanation of an award that a member can read: ``128.00 × 1 × 2 (birthday)``."""

from collections.abc import Mapping
from decimal import Decimal

from .points import plain

WORDS = {
    "times": " × ",
    "per": " ÷ ",
    "plus": " + ",
    "note": "{told}; {note}",
    "factor": "{value} ({label})",
    "tier": "{name}",
    "birthday": "birthday",
    "rule": "{name}",
    "money": "{basis}",
    "unit": "{basis} pcs",
    "fixed": "{points} for the purchase",
    "streak": "{days} days in a row",
    "before": "less {points} given before",
    "cap_day": "limited to {limit} a day",
    "cap_week": "limited to {limit} a week",
    "cap_month": "limited to {limit} a month",
    "cap_year": "limited to {limit} a year",
    "cap_lifetime": "limited to {limit} in all",
    "budget": "{cut} less, the campaign is used up",
}
"""English templates, the default of each key; the model passes translated ones."""


def explain(detail: dict, words: Mapping[str, str] = WORDS) -> str:
    """Return how an award came about, from its ``detail``, in the language of ``words``.

    A key that ``words`` lacks is taken from :data:`WORDS`.

    >>> birthday = {"kind": "birthday", "name": "", "rule_id": None, "value": "2"}
    >>> part = {"basis": "128.00", "factors": [birthday]}
    >>> detail = {"mode": "money", "basis": "128.00", "points": "1", "per": "1", "parts": [part]}
    >>> explain(detail)
    '128.00 × 1 × 2 (birthday)'
    >>> explain(detail | {"cap": {"period": "day", "limit": "50", "cut": "206"}})
    '128.00 × 1 × 2 (birthday); limited to 50 a day'

    Parts with other factors are added; ``per`` divides where it isn't 1:

    >>> parts = [part, {"basis": "30.00", "factors": []}]
    >>> explain(detail | {"per": "10", "parts": parts})
    '128.00 ÷ 10 × 1 × 2 (birthday) + 30.00 ÷ 10 × 1'

    Units and points for the whole purchase say so; Chinese words bring Chinese punctuation:

    >>> parts = [{"basis": "3.0", "factors": []}]
    >>> explain(detail | {"mode": "unit", "points": "5", "parts": parts})
    '3 pcs × 5'
    >>> explain(detail | {"mode": "fixed", "points": "20"})
    '20 for the purchase × 2 (birthday)'
    >>> explain(detail, {"factor": "{value}（{label}）", "birthday": "生日"})
    '128.00 × 1 × 2（生日）'
    """
    words = {**WORDS, **words}
    told = words["plus"].join(_part(part, detail, words) for part in detail["parts"])
    for note in _notes(detail, words):
        told = words["note"].format(told=told, note=note)
    return told


def _part(part: dict, detail: dict, words: Mapping[str, str]) -> str:
    """Return one product: the basis, the rate, and the factors.

    >>> _part({"basis": "9.50", "factors": []}, {"mode": "money", "points": "2", "per": "1"}, WORDS)
    '9.50 × 2'
    """
    factors = [_factor(factor, words) for factor in part["factors"]]
    if detail["mode"] == "fixed":
        return words["times"].join([words["fixed"].format(points=detail["points"]), *factors])
    basis = _money(part["basis"]) if detail["mode"] == "money" else plain(Decimal(part["basis"]))
    basis = words[detail["mode"]].format(basis=basis)
    if detail["per"] != "1":
        basis += words["per"] + detail["per"]
    return words["times"].join([basis, detail["points"], *factors])


def _money(amount: str) -> str:
    """Return an amount of money with no lone decimal: floats from Odoo say 128.5 for 128.50.

    >>> _money("128.5"), _money("128.50"), _money("128"), _money("1.125")
    ('128.50', '128.50', '128', '1.125')
    """
    return amount + "0" if amount[-2:-1] == "." else amount


def _factor(factor: dict, words: Mapping[str, str]) -> str:
    """Return a factor and what it is; the number alone if that has no name.

    >>> _factor({"kind": "tier", "name": "Gold", "value": "1.5"}, WORDS)
    '1.5 (Gold)'
    >>> _factor({"kind": "tier", "name": "", "value": "1.5"}, WORDS)
    '1.5'
    """
    label = words[factor["kind"]].format(name=factor["name"] or "").strip()
    return words["factor"].format(value=factor["value"], label=label) if label else factor["value"]


def _notes(detail: dict, words: Mapping[str, str]) -> list[str]:
    """Return what brought or reduced the award, in the order in which it happened.

    >>> _notes({"before": "50"}, WORDS)
    ['less 50 given before']

    >>> _notes({"budget": {"cut": "20"}}, WORDS)
    ['20 less, the campaign is used up']
    >>> _notes({"streak": 7}, WORDS)
    ['7 days in a row']
    """
    notes = []
    if streak := detail.get("streak"):
        notes.append(words["streak"].format(days=streak))
    if before := detail.get("before"):
        notes.append(words["before"].format(points=before))
    if cap := detail.get("cap"):
        notes.append(words[f"cap_{cap['period']}"].format(**cap))
    if budget := detail.get("budget"):
        notes.append(words["budget"].format(**budget))
    return notes
