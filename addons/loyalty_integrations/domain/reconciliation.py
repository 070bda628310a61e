"""What differs between two systems that should say the same."""

from datetime import UTC, datetime

from .merge import alike

#: A sum that differs by less is the same.
CENT = 0.005


def differences(lines, payload, there, base=None, fetched=False):
    """Fields that we send and that are not as we would send them.

    :param lines: those of ``mapping_line.Line``
    :param payload: dict path -> value, as we would send it
    :param there: dict path -> value, as the other system has it; what it doesn't say is not compared
    :param base: dict path -> value when both were last the same
    :param fetched: changes there are fetched: a field of both sides that only the other side has changed is under way
    :return: list of (path, value there, value here)

    >>> from .mapping_line import BOTH, Line
    >>> lines = [Line("name", "N", BOTH), Line("points", "P"), Line("city", "C"), Line("code", "K", only_create=True)]
    >>> here, there = {"N": "a", "P": 5, "C": None}, {"N": "b", "P": "5", "K": "x"}
    >>> differences(lines, here, there, {"N": "a"}), differences(lines, here, there, {"N": "a"}, fetched=True)
    ([('N', 'b', 'a')], [])
    """
    found = []
    for line in lines:
        path = line.remote
        if not line.sent or line.only_create or path not in payload or path not in there or alike(payload[path], there[path]):
            continue
        if fetched and line.taken and base is not None and alike(payload[path], base.get(path)):
            continue
        found.append((path, there[path], payload[path]))
    return found


def changes(before, after):
    """What a push would change: list of (path, before, after).

    :param before: what was last sent; None: not known

    >>> changes({"a": 1, "b": "x"}, {"a": "1", "b": "y", "c": 2}), changes(None, {"a": 1})
    ([('b', 'x', 'y'), ('c', None, 2)], [('a', None, 1)])
    """
    before = before or {}
    return [(path, before.get(path), value) for path, value in after.items() if not alike(before.get(path), value)]


def same_day(one, other):
    """
    >>> same_day((2, 10.0), (2, 10.001)), same_day((2, 10.0), (3, 10.0))
    (True, False)
    """
    return one[0] == other[0] and abs(one[1] - other[1]) < CENT


def days_by_reference(there, here, since, until):
    """Days on which other documents are there than here, or others sums of the same ones.

    A document that is on both sides counts on its day there, whatever time zone it was booked in.

    :param there: dict day -> dict reference -> total
    :param here: dict reference -> (day, amount)
    :param since: first day that is compared, as text; ``until``: the day after the last
    :return: list of (day, (number, sum) there, (number, sum) here, references missing here, references missing there)

    >>> there = {"2026-01-02": {"A": 10.0, "B": 5.0}, "2026-01-03": {"C": 1.0}}
    >>> here = {"A": ("2026-01-01", 10.0), "C": ("2026-01-03", 1.0), "X": ("2026-01-03", 2.0), "Y": ("2026-01-01", 1.0)}
    >>> for day in days_by_reference(there, here, "2026-01-01", "2026-01-05"): print(*day)
    2026-01-02 (2, 15.0) (1, 10.0) ['B'] []
    2026-01-03 (1, 1.0) (2, 3.0) [] ['X']
    """
    days = {day: {reference: [total, None] for reference, total in bills.items()} for day, bills in there.items()}
    place = {reference: pair for bills in days.values() for reference, pair in bills.items()}
    for reference, (day, amount) in here.items():
        if reference in place:
            place[reference][1] = amount
        elif since < day < until:  # on the first day, another time zone may make it one of the day before
            days.setdefault(day, {})[reference] = [None, amount]
    found = []
    for day, bills in sorted(days.items()):
        sides = [[pair[side] for pair in bills.values() if pair[side] is not None] for side in (0, 1)]
        sums = [(len(amounts), sum(amounts)) for amounts in sides]
        missing = [sorted(name for name, pair in bills.items() if pair[side] is None) for side in (1, 0)]
        if any(missing) or not same_day(*sums):
            found.append((day, *sums, *missing))
    return found


def share_read(since, latest):
    """Percent of the time from ``since`` until now that lies before ``latest``; 0.0 where it can't be told.

    >>> share_read(None, "2026-01-15T00:00:00Z"), share_read("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z")
    (0.0, 0.0)
    """
    try:
        start, at = (datetime.fromisoformat(text) for text in (since or "", latest))
    except ValueError:
        return 0.0
    start, at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (start, at))
    return max(0.0, min(100.0, 100.0 * (at - start) / (datetime.now(UTC) - start)))


def shown(value):
    """A value in a few characters.

    >>> shown(None), shown(["a", "b"]), len(shown("x" * 200))
    ('–', 'a, b', 81)
    """
    if value in (None, "", [], False):
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
