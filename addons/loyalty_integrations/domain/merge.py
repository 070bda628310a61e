"""Two sides that may both have changed: field by field, what goes there, what comes here, and what people must decide.

Compared is what was *sent*, in the words of the other system: a step that loses something (upper case, a cut text) then never
looks like a change.
"""

import datetime
from dataclasses import dataclass, field

from .mapping import taken_value
from .mapping_line import BOTH, PULL, Wrong, is_empty
from .transforms import Step, send
from .values import StepError, Where, number, text

PUSH_IT, PULL_IT, CONFLICT, SAME = "push", "pull", "conflict", "same"
LOCAL, REMOTE, NEWEST, MANUAL = "local", "remote", "newest", "manual"


def alike(one, other):
    """Whether two values say the same: numbers as text, lists in any order, and all ways to say nothing.

    >>> alike("18", 18.0), alike(["a", "b"], ["b", "a"]), alike("", None), alike([], None), alike("a", "A"), alike(0, None)
    (True, True, True, True, False, False)
    >>> alike("2026-01-15T00:00:00Z", "2026-01-15T08:00:00+08:00"), alike("007", 7), alike(False, None)
    (True, False, True)
    >>> alike("1900000000000000001", "1900000000000000002"), alike("1900000000000000001", 1900000000000000001)
    (False, True)
    """
    if _nothing(one) or _nothing(other):
        return _nothing(one) and _nothing(other)
    if isinstance(one, (list, tuple)) or isinstance(other, (list, tuple)):
        one, other = (value if isinstance(value, (list, tuple)) else [value] for value in (one, other))
        return sorted(map(text, one)) == sorted(map(text, other))
    if text(one) == text(other):
        return True
    return _same_number(one, other) or _same_moment(one, other)


def _nothing(value):
    return is_empty(value) or value is False


def _same_number(one, other):
    """Text that begins with a zero is a number of somebody, not an amount."""
    texts = [text(one), text(other)]
    if any(told.startswith("0") and told[1:2].isdigit() for told in texts):
        return False
    try:
        return number(texts[0]) == number(texts[1])
    except StepError:
        return False


def _same_moment(one, other):
    try:
        moments = [datetime.datetime.fromisoformat(text(value)) for value in (one, other)]
    except ValueError:
        return False
    return all(found.tzinfo for found in moments) and moments[0] == moments[1]


def same_through(line, one, other, where=None):
    """Whether two values there mean the same here: spellings of a phone number or of an e-mail address are one.

    >>> from .mapping_line import Line
    >>> phone, mail, name = (Line(local, "x", BOTH) for local in ("phone", "email", "name"))
    >>> same_through(phone, "13800138000", "+86 138-0013-8000"), same_through(mail, "A@b.cn", "a@b.cn")
    (True, True)
    >>> same_through(name, "A", "a")
    False
    """
    if alike(one, other):
        return True
    where = where or Where()
    steps = {"phone": [Step("phone")], "email": [Step("lower")]}.get(line.local, [])
    try:
        return alike(*(send(taken_value(line, value, where), steps, where) for value in (one, other)))
    except (Wrong, StepError):
        return False


def join_tags(base, local, remote):
    """Tags of both sides: what the other side added is added, what it took away since the last time is taken away.

    >>> join_tags(["old", "ours"], ["old", "ours", "new"], ["ours", "theirs"]), join_tags(None, ["a"], ["b"])
    (['ours', 'new', 'theirs'], ['a', 'b'])
    """
    gone = set(base or ()) - set(remote)
    return list(dict.fromkeys([tag for tag in local if tag not in gone] + [tag for tag in remote if tag not in (base or ())]))


def newer(local, remote):
    """Which side changed last: "local", "remote", or "" where a time is not told or is no time.

    >>> newer("2026-01-15T08:00:00Z", "2026-01-15T16:00:01+08:00"), newer("2026-01-15T08:00:00Z", "1768464000123"), newer("", "x")
    ('remote', 'remote', '')
    """
    moments = [_moment(told) for told in (local, remote)]
    if not all(moments) or moments[0] == moments[1]:
        return ""
    return LOCAL if moments[0] > moments[1] else REMOTE


def _moment(told):
    """Text of a moment: ISO, without zone one of UTC, or seconds or milliseconds since 1970."""
    told = text(told).strip()
    if told.isdigit() and len(told) in (10, 13):
        return datetime.datetime.fromtimestamp(int(told) / (1000 if len(told) == 13 else 1), datetime.UTC)
    try:
        found = datetime.datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def sent_since(pushed, read_at):
    """Paths that this side has sent since a record was read: what it says of them was so before.

    :param pushed: dict path -> seconds since 1970 when it was last sent
    :param read_at: when the record was asked for; 0: it isn't known, and taken for now

    >>> sorted(sent_since({"N": 20.5, "P": 9.0, "C": 10.0}, 10.0)), sent_since({"N": 20.5}, 0), sent_since(None, 10.0)
    (['C', 'N'], set(), set())
    """
    return {path for path, at in (pushed or {}).items() if read_at and at >= read_at}


def decide(base, local, remote, owner, last="", same=alike):
    """What becomes of one field.

    :param base: its value when both sides were last the same; None and "" are nothing, as the values of both sides may be
    :param owner: who wins where both have changed: local, remote, newest or manual
    :param last: which side changed last, as ``newer``; "" makes newest a matter for people

    >>> decide("a", "a", "a", MANUAL), decide("a", "b", "a", REMOTE), decide("a", "a", "b", LOCAL), decide("a", "b", "b", MANUAL)
    ('same', 'push', 'pull', 'same')
    >>> [decide("a", "b", "c", owner, "remote") for owner in (LOCAL, REMOTE, NEWEST, MANUAL)], decide("a", "b", "c", NEWEST)
    (['push', 'pull', 'pull', 'conflict'], 'conflict')
    """
    if same(local, remote):
        return SAME
    ours, theirs = not same(base, local), not same(base, remote)
    if ours and not theirs:
        return PUSH_IT
    if theirs and not ours:
        return PULL_IT
    winner = last if owner == NEWEST else owner
    return {LOCAL: PUSH_IT, REMOTE: PULL_IT}.get(winner, CONFLICT)


@dataclass
class Merge:
    """Remote paths of fields by what becomes of them."""

    push: list = field(default_factory=list)
    pull: list = field(default_factory=list)
    conflict: list = field(default_factory=list)
    same: list = field(default_factory=list)


def three_way(lines, base, local, remote, last=None, same=None):
    """Merge one record.

    :param lines: ``mapping.Line``; those that only send have nothing to merge
    :param base: dict path -> value of the last time; None: never compared, so a side that says nothing learns from the other
    :param local: dict path -> value as this side would send it
    :param remote: dict path -> value as the other side says it; what it doesn't say is left alone
    :param last: dict path -> which side changed last, as ``newer``
    :param same: ``same(line, one, other)``; ``alike`` if None

    >>> from .mapping_line import Line
    >>> lines = [Line("name", "N", BOTH), Line("phone", "P", BOTH, owner=MANUAL), Line("city", "C", PULL), Line("points", "X")]
    >>> old = {"N": "a", "P": "1", "C": "x", "X": 1}
    >>> three_way(lines, old, {"N": "b", "P": "2", "C": "x", "X": 2}, {"N": "a", "P": "3", "C": "y", "X": 1})
    Merge(push=['N'], pull=['C'], conflict=['P'], same=[])
    >>> three_way(lines[:1], None, {"N": None}, {"N": "b"}).pull, three_way(lines[:1], None, {"N": "a"}, {"N": ""}).push
    (['N'], ['N'])
    """
    result, last = Merge(), last or {}
    for line in lines:
        if not line.taken or line.of_line or line.remote not in remote:
            continue
        path = line.remote
        compare = alike if same is None else (lambda one, other, line=line: same(line, one, other))
        before = None if base is None else base.get(path)
        what = decide(before, local.get(path), remote[path], line.owner, last.get(path, ""), compare)
        if line.kind == "tags" and what != SAME and not compare(before, remote[path]):
            what = PULL_IT  # both sides' are joined, see ``join_tags``
        if what == PUSH_IT and line.direction == PULL:
            what = SAME  # nobody asks for ours
        getattr(result, what).append(path)
    return result


def news(lines, payload, base, held=()):
    """Of what would be sent, what is to be sent; None where nothing has changed since both sides were last the same.

    A field that both sides keep goes only where this side has changed it: otherwise a push would overwrite what the other side
    has changed and nobody has read yet.

    :param payload: dict path -> value, as of ``to_remote``
    :param base: dict path -> value of the last time; None: it was never there, all is sent
    :param held: paths that people decide about

    >>> from .mapping_line import Line
    >>> lines = [Line("name", "N", BOTH), Line("city", "C", BOTH), Line("points", "X")]
    >>> news(lines, {"N": "a", "C": "y", "X": 2}, {"N": "a", "C": "x", "X": 2})
    {'C': 'y', 'X': 2}
    >>> news(lines, {"N": "a", "X": 2}, {"N": "a", "X": 2}), news(lines, {"N": "b", "X": 2}, {"N": "a", "X": 2}, {"N"})
    (None, None)
    """
    payload = {path: value for path, value in payload.items() if path not in held}
    if base is None:
        return payload
    changed = {path for path, value in payload.items() if not alike(value, base.get(path))}
    shared = {line.remote for line in lines if line.direction == BOTH}
    return {path: value for path, value in payload.items() if path in changed or path not in shared} if changed else None
