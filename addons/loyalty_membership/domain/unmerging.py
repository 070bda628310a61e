"""What goes back when a change is undone after which others may have come."""

from collections.abc import Mapping


def before_and_since(before: Mapping, after: Mapping, now: Mapping) -> dict:
    """Return what a change made of columns is to be put back: what it changed, and nobody has changed since.

    >>> before = {"store": 1, "gender": None, "birthday": None}
    >>> after = {"store": 1, "gender": "f", "birthday": "1990-01-31"}
    >>> before_and_since(before, after, after | {"birthday": "1991-02-01"})
    {'gender': None}

    Of columns that hold several values by name, each goes by itself:

    >>> before_and_since({"own": {"a": 1}}, {"own": {"a": 1, "b": 2, "c": 3}}, {"own": {"a": 9, "b": 2, "c": 4}})
    {'own': {'a': 9, 'c': 4}}
    >>> before_and_since({"own": None}, {"own": {"a": 1}}, {"own": {"a": 1}})
    {'own': None}
    """
    back = {}
    for name, value in before.items():
        changed, current = after.get(name), now.get(name)
        if changed == value:
            continue
        if current == changed:
            back[name] = value
        elif isinstance(current, Mapping) and isinstance(changed, Mapping):
            back[name] = _part_by_part(value or {}, changed, current)
    return back


def _part_by_part(before: Mapping, after: Mapping, now: Mapping) -> dict:
    """Return several values by name, those put back that were changed once and not again.

    >>> _part_by_part({"a": 1}, {"a": 2, "b": 2}, {"a": 2, "b": 3})
    {'b': 3, 'a': 1}
    """
    values = dict(now)
    for name, value in after.items():
        if name in now and now[name] == value:
            del values[name]
            if name in before:
                values[name] = before[name]
    return values
