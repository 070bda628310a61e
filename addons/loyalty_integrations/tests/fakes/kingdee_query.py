"""Filters and orders of the fake Kingdee's queries, evaluated honestly on dicts with lower-case keys."""

import re

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign><>|!=|>=|<=|=|>|<|[(),])|(?P<word>[A-Za-z_][\w.]*))"
)
_COMPARE = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$")


class NotUnderstood(Exception):
    """The filter can't be parsed."""


def parse(text):
    """``(predicate, names of the fields in it)`` of a filter in the manner of SQL."""
    return _Parser(text).whole() if text.strip() else (lambda row: True, set())


def sort_key(order):
    """``(fields, function that sorts rows)`` of an order like "FModifyDate,FID desc"."""
    parts = [part.split() for part in order.split(",") if part.strip()]

    def arrange(rows):
        for name, *direction in reversed(parts):
            name = name.lower()
            rows.sort(
                key=lambda row, name=name: (row[name] is not None, row[name]),
                reverse=bool(direction) and direction[0].lower() == "desc",
            )

    return {part[0].lower() for part in parts}, arrange


class _Parser:
    def __init__(self, text):
        self.tokens, self.at, self.names = [], 0, set()
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if not found:
                raise NotUnderstood(text[place:])
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()

    def whole(self):
        made = self.either()
        if self.at != len(self.tokens):
            raise NotUnderstood(str(self.tokens[self.at :]))
        return made, self.names

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, kind=None, value=None):
        found = self.peek()
        if (kind and found[0] != kind) or (value and found[1].lower() != value):
            raise NotUnderstood(f"{found[1]} where {value or kind} should be")
        self.at += 1
        return found[1]

    def word(self, value):
        if self.peek()[0] == "word" and self.peek()[1].lower() == value:
            self.at += 1
            return True
        return False

    def either(self):
        parts = [self.both()]
        while self.word("or"):
            parts.append(self.both())
        return lambda row: any(part(row) for part in parts)

    def both(self):
        parts = [self.one()]
        while self.word("and"):
            parts.append(self.one())
        return lambda row: all(part(row) for part in parts)

    def one(self):
        if self.word("not"):
            part = self.one()
            return lambda row: not part(row)
        if self.peek() == ("sign", "("):
            self.take()
            part = self.either()
            self.take("sign", ")")
            return part
        name = self.take("word").lower()
        self.names.add(name)
        return self.condition(name)

    def condition(self, name):
        negated = self.word("not")
        if self.word("like"):
            found = self.like(name)
        elif self.word("in"):
            found = self.member(name)
        else:
            sign = self.take("sign")
            if sign not in _COMPARE or negated:
                raise NotUnderstood(sign)
            value = self.value()
            return lambda row: row[name] is not None and _COMPARE[sign](*_alike(row[name], value))
        return (lambda row: not found(row)) if negated else found

    def like(self, name):
        wanted = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in self.value())
        pattern = re.compile(wanted, re.IGNORECASE | re.DOTALL)
        return lambda row: bool(pattern.fullmatch(str(row[name] or "")))

    def member(self, name):
        self.take("sign", "(")
        values = [self.value()]
        while self.peek() == ("sign", ","):
            self.take()
            values.append(self.value())
        self.take("sign", ")")
        return lambda row: any(_COMPARE["="](*_alike(row[name], value)) for value in values)

    def value(self):
        kind, text = self.peek()
        self.at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        raise NotUnderstood(f"{text} is no value")


def _alike(mine, given):
    """Both as numbers, moments or texts."""
    if isinstance(mine, (int, float)):
        return mine, type(mine)(given)
    mine, given = str(mine), str(given)
    if _MOMENT.match(mine) and _MOMENT.match(given):
        return _padded(mine), _padded(given)
    return mine.lower(), given.lower()  # its database doesn't tell upper from lower case


def _padded(text):
    whole, _, fraction = text.replace("T", " ").partition(".")
    return f"{whole}.{(fraction + '000000')[:6]}"
