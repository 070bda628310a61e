"""What is decided about what comes in: when it is tried again, how it differs from what came before."""

import dataclasses
import re

#: What a sum or a list of lines is not told of in a few words.
_LONGEST = 60


def wait(attempts):
    """Seconds until the next attempt at what failed or waits so many times: longer every time, at most six hours.

    >>> [wait(attempts) for attempts in (1, 2, 3, 4, 20)]
    [60, 240, 960, 3840, 21600]
    """
    return min(60 * 4 ** (max(attempts, 1) - 1) if attempts < 10 else 21600, 21600)


def next_reference(first, last):
    """The number under which a document is booked anew: ``first`` when it was booked first, ``last`` the last time.

    >>> next_reference("SO1", "SO1"), next_reference("SO1", "SO1#2"), next_reference("SO#7", "SO#7")
    ('SO1#2', 'SO1#3', 'SO#7#2')
    """
    count = last.removeprefix(f"{first}#")
    return f"{first}#{int(count) + 1 if last != first and count.isdecimal() else 2}"


#: What no text of PostgreSQL holds, and other systems send nevertheless: NUL, and halves of characters.
_NOT_KEPT = re.compile(r"[\0\ud800-\udfff]")


def storable(value):
    r"""A value, as deep as it goes, with a sign in place of each character that can't be kept.

    :param value: plain JSON, or a dataclass of such values

    >>> storable({"a\0": ["x\0y", 1, None, ("\ud800",)]}) == {"a\ufffd": ["x\ufffdy", 1, None, ("\ufffd",)]}
    True
    """
    if isinstance(value, str):
        return _NOT_KEPT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(storable(one) for one in value)
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **{name: storable(one) for name, one in vars(value).items()})
    return value


def differences(before, after, line=0):
    """What has changed between two contents: (number of the line, 0 of the head, name, before, after), in a few characters.

    >>> differences({"store": "A", "date": "2025-06-06"}, {"store": "B", "date": "2025-06-06"})
    [(0, 'store', 'A', 'B')]
    >>> differences({"lines": [{"sku": "A", "amount": "5"}]}, {"lines": [{"sku": "A", "amount": "6"}]})
    [(1, 'amount', '5', '6')]
    >>> differences({}, {"lines": [{"sku": "A"}]})
    [(0, 'lines', '0', '1')]
    """
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == "lines":
            found += _line_differences(old or [], new or [])
        else:
            found.append((line, name, _shown(old), _shown(new)))
    return found


def _line_differences(before, after):
    if len(before) != len(after):
        return [(0, "lines", str(len(before)), str(len(after)))]
    return [
        found for number, (old, new) in enumerate(zip(before, after, strict=True), 1) for found in differences(old, new, number)
    ]


def _shown(value):
    text = "–" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
