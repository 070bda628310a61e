"""A small, strict reader of XOQL: one SELECT with conditions, order, limit and offset; anything else is a syntax error."""

import operator
import re

_TOKEN = {
    "doubled": r"'(?:[^']|'')*'",
    "backslash": r"'(?:[^'\\]|\\.)*'",
}
_REST = r"[A-Za-z][\w.]*|-?\d+(?:\.\d+)?|<=|>=|<>|!=|[=<>(),]"
_COMPARE = {
    "=": operator.eq, "!=": operator.ne, "<>": operator.ne,
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


class SyntaxMistake(ValueError):
    """What stands there is no XOQL."""


class Query:
    """A query that was read: ``paths``, ``entity``, ``test(get)``, ``order`` [(path, descending)], ``limit``, ``offset``.

    ``tested``: the paths of its conditions.

    ``get`` gives a record's stored value of a path. ``quoting``: how a quote inside a text is written.
    """

    def __init__(self, text, quoting="doubled"):
        self._quoting = quoting
        self._tokens = self._split(text)
        self._at = 0
        self.order, self.tested = [], []
        self._word("select")
        self.paths = self._list(self._name)
        self._word("from")
        self.entity = self._name()
        self.test = self._either() if self._maybe("where") else lambda get: True
        if self._maybe("order"):
            self._word("by")
            self.order = self._list(self._ordered)
        self.limit = self._count() if self._maybe("limit") else None
        self.offset = self._count() if self._maybe("offset") else 0
        if self._at != len(self._tokens):
            raise SyntaxMistake(f"unexpected {self._tokens[self._at]}")

    def _split(self, text):
        pattern = re.compile(rf"\s*({_TOKEN[self._quoting]}|{_REST})", re.DOTALL)
        found, at, text = [], 0, text.strip()
        while at < len(text):
            match = pattern.match(text, at)
            if not match:
                raise SyntaxMistake(f"unexpected {text[at : at + 10]}")
            found.append(match[1])
            at = match.end()
        return found

    # -- reading tokens

    def _peek(self):
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self):
        self._at += 1
        if self._at > len(self._tokens):
            raise SyntaxMistake("unexpected end")
        return self._tokens[self._at - 1]

    def _maybe(self, word):
        if self._peek().lower() == word:
            self._at += 1
            return True
        return False

    def _word(self, word):
        if not self._maybe(word):
            raise SyntaxMistake(f"{word} expected, not {self._peek()}")

    def _name(self):
        token = self._next()
        if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)?", token):
            raise SyntaxMistake(f"name expected, not {token}")
        return token

    def _count(self):
        token = self._next()
        if not token.isdigit():
            raise SyntaxMistake(f"number expected, not {token}")
        return int(token)

    def _list(self, one):
        found = [one()]
        while self._maybe(","):
            found.append(one())
        return found

    def _ordered(self):
        path = self._name()
        down = self._maybe("desc")
        if not down:
            self._maybe("asc")
        return path, down

    def _literal(self):
        token = self._next()
        if token.startswith("'"):
            inner = token[1:-1]
            return inner.replace("''", "'") if self._quoting == "doubled" else re.sub(r"\\(.)", r"\1", inner)
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if re.fullmatch(r"-?\d+\.\d+", token):
            return float(token)
        raise SyntaxMistake(f"value expected, not {token}")

    # -- conditions

    def _either(self):
        tests = [self._both()]
        while self._maybe("or"):
            tests.append(self._both())
        return lambda get: any(test(get) for test in tests)

    def _both(self):
        tests = [self._single()]
        while self._maybe("and"):
            tests.append(self._single())
        return lambda get: all(test(get) for test in tests)

    def _single(self):
        if self._maybe("("):
            test = self._either()
            self._word(")")
            return test
        path = self._name()
        self.tested.append(path)
        if self._maybe("is"):
            wanted = not self._maybe("not")
            self._word("null")
            return lambda get: (get(path) in (None, "", [])) is wanted
        if self._maybe("in"):
            self._word("(")
            values = self._list(self._literal)
            self._word(")")
            return lambda get: any(_compare("=", get(path), value) for value in values)
        sign = self._next()
        if sign not in _COMPARE:
            raise SyntaxMistake(f"unexpected {sign}")
        value = self._literal()
        return lambda get: _compare(sign, get(path), value)


def _compare(sign, stored, value):
    """A comparison as databases do it: with nothing it is never true; a number in quotes is a number."""
    if stored in (None, "", []):
        return False
    if isinstance(stored, (int, float)) and isinstance(value, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return False
        value = float(value) if "." in value else int(value)
    if isinstance(stored, list):
        return sign == "=" and value in stored
    if isinstance(stored, str):
        return _COMPARE[sign](stored.casefold(), str(value).casefold())  # as most databases compare texts
    return _COMPARE[sign](stored, value)
