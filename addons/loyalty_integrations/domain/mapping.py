"""From what is known here to what the other system wants, and back, by the lines of a mapping.

Pure: lines and values in, values and problems out. What can't be mapped is named and left out; the caller decides what that
means.
"""

from zoneinfo import ZoneInfo

from .mapping_line import BAD_STEP, MISSING, PULL, TOO_LONG, UNKNOWN_CHOICE, WRONG_TYPE, Problem, Wrong, is_empty
from .transforms import send, take
from .values import StepError, Where, iso, moment, number, plain, text, truth

# ---------------------------------------------------------------------- sending


def to_remote(lines, values, where=None, creating=True):
    """What is sent of a record.

    :param lines: those of ``Line`` that only receive are left aside
    :param values: dict local field -> value
    :param creating: the other system doesn't have the record yet: what is empty is not said, and ``only_create`` is
    :return: (dict field path -> value, list of ``Problem``); a value with a problem is not in it

    >>> from .mapping_line import Line, Target
    >>> name = Line("name", "Name", required=True, target=Target(size=4))
    >>> to_remote([name, Line("points", "Points")], {"name": "Li Na", "points": 12.0})
    ({'Points': 12}, [Problem(local='name', remote='Name', kind='too_long', detail='4')])
    >>> to_remote([name, Line("", "Org", default="100", only_create=True)], {"name": None}, creating=False)
    ({}, [Problem(local='name', remote='Name', kind='missing', detail='')])
    >>> tier = Line("tier_code", "Level", pairs=(("gold", "2"),), target=Target("selection", choices=frozenset("12")))
    >>> to_remote([tier], {"tier_code": "gold"}), to_remote([tier], {"tier_code": "iron"})[1][0].kind
    (({'Level': '2'}, []), 'unknown_choice')
    >>> to_remote([Line("phone", "Phone")], {"phone": None}), to_remote([Line("phone", "Phone")], {}, creating=False)
    (({}, []), ({'Phone': None}, []))
    """
    where = _with_values(where, values)
    payload, problems = {}, []
    for line in lines:
        if not line.sent or (line.only_create and not creating):
            continue
        try:
            value = sent_value(line, values.get(line.local) if line.local else None, where)
            _check(line, value)
        except Wrong as wrong:
            problems.append(Problem(line.local, line.remote, *wrong.args))
            continue
        if not (is_empty(value) and creating):
            payload[line.remote] = None if is_empty(value) else value
    return payload, problems


def _with_values(where, values):
    where = where or Where()
    return Where(where.zone, where.region, values)


def sent_value(line, value, where):
    """A value as it is sent through a line, in the type that the field there has.

    :raise Wrong: it can't
    """
    value = _paired(value, dict(line.pairs))
    try:
        value = send(value, line.steps, where)
    except StepError as error:
        raise Wrong(BAD_STEP, f"{error}: {text(value)}") from None
    if is_empty(value) or (value is False and line.target.type != "boolean" and line.kind != "boolean"):
        value = line.default or None
    return _typed(value, line.target.type)


def _paired(value, pairs):
    """The value that stands for this one; one without a pair stays as it is.

    >>> _paired(["gold", "vip"], {"gold": "2"}), _paired(1, {"1": "2"}), _paired(None, {"": "0"})
    (['2', 'vip'], '2', '0')
    """
    if not pairs:
        return value
    if isinstance(value, (list, tuple)):
        return [pairs.get(text(one), one) for one in value]
    return pairs.get(text(value), value)


def _typed(value, kind):
    """
    >>> _typed("12", "integer"), _typed(12.0, ""), _typed(["a", "b"], "char"), _typed("a", "tags"), _typed("Y", "boolean")
    (12, 12, 'a, b', ['a'], True)
    """
    if is_empty(value):
        return None
    if kind == "tags":
        return list(value) if isinstance(value, (list, tuple)) else [value]
    if kind == "boolean":
        return value if isinstance(value, bool) else truth(value)
    if kind in ("integer", "float"):
        return _number(value, kind)
    if kind in ("char", "selection"):
        return text(value)
    return plain(number(value)) if isinstance(value, float) else value


def _number(value, kind):
    try:
        found = plain(number(value))
    except StepError:
        raise Wrong(WRONG_TYPE, text(value)) from None
    if kind == "integer" and not isinstance(found, int):
        raise Wrong(WRONG_TYPE, text(value))
    return found


def _check(line, value):
    target = line.target
    if is_empty(value):
        if line.required or target.required:
            raise Wrong(MISSING, "")
        return
    if target.type in ("date", "datetime") and not isinstance(value, int):
        try:
            moment(value, Where())
        except StepError:
            raise Wrong(WRONG_TYPE, text(value)) from None
    if target.choices:
        for one in value if isinstance(value, list) else [value]:
            if text(one) not in target.choices:
                raise Wrong(UNKNOWN_CHOICE, text(one))
    if target.size and isinstance(value, str):
        length = len(value.encode()) if target.size_in_bytes else len(value)
        if length > target.size:
            raise Wrong(TOO_LONG, str(target.size))


# ---------------------------------------------------------------------- receiving


def to_local(lines, values, where=None, rows=()):
    """What is known of a record that was received.

    :param values: dict field path -> value; a path that is missing says nothing, one that is empty says that there is nothing
    :param rows: of a document, the values of each of its lines; what a line doesn't say the head may
    :return: (dict local field -> value, list of ``Problem``); with ``lines``, a list of such dicts, if there are rows

    >>> from .mapping_line import BOTH, Line
    >>> lines = [Line("name", "Name", PULL), Line("gender", "Sex", BOTH, pairs=(("female", "2"),)), Line("code", "No")]
    >>> to_local(lines, {"Name": "Li Na", "Sex": 2, "No": "M7"})
    ({'name': 'Li Na', 'gender': 'female'}, [])
    >>> to_local([Line("birthdate", "Born", PULL, "date")], {"Born": "2026-01-15T00:00:00+08:00"}, Where("Asia/Shanghai"))
    ({'birthdate': '2026-01-15'}, [])
    >>> lines = [Line("sku", "Sku", PULL, of_line=True), Line("total", "Sum", PULL, "float")]
    >>> to_local(lines, {"Sum": "12.0"}, rows=[{"Sku": "A"}])
    ({'total': 12, 'lines': [{'sku': 'A'}]}, [])
    >>> to_local([Line("birthdate", "Born", PULL, "date")], {"Born": "soon"})[1]
    [Problem(local='birthdate', remote='Born', kind='wrong_type', detail='soon')]
    """
    where = where or Where()
    taken = [line for line in lines if line.taken and line.local]
    result, problems = _received([line for line in taken if not line.of_line], values, where)
    if rows:
        result["lines"] = []
        for row in rows:
            said, wrong = _received([line for line in taken if line.of_line], {**values, **row}, where)
            result["lines"].append(said)
            problems += wrong
    return result, problems


def _received(lines, values, where):
    result, problems = {}, []
    for line in lines:
        if line.remote not in values:
            continue
        try:
            result[line.local] = taken_value(line, values[line.remote], where)
            if line.required and is_empty(result[line.local]):
                raise Wrong(MISSING, "")
        except Wrong as wrong:
            result.pop(line.local, None)
            problems.append(Problem(line.local, line.remote, *wrong.args))
    return result, problems


def taken_value(line, value, where):
    """A value as it is received through a line, in the type that the field here has.

    :raise Wrong: it can't
    """
    try:
        value = take(value, line.steps, where)
    except StepError as error:
        raise Wrong(BAD_STEP, f"{error}: {text(value)}") from None
    # Of several values here that are one there the first is meant.
    pairs = {there: here for here, there in reversed(line.pairs)}
    value = _paired(value, pairs)
    if is_empty(value) and line.default and line.direction == PULL:
        value = line.default
    try:
        return _local_typed(value, line.kind, where)
    except StepError:
        raise Wrong(WRONG_TYPE, text(value)) from None


def _local_typed(value, kind, where):
    if is_empty(value):
        return [] if kind == "tags" else None
    if kind in ("date", "datetime"):
        return _local_time(value, kind, where)
    if kind == "boolean":
        return value if isinstance(value, bool) else truth(value)
    if kind in ("float", "integer"):
        return plain(number(value))
    if kind == "tags":
        items = value if isinstance(value, (list, tuple)) else text(value).replace("，", ",").replace("、", ",").split(",")
        return [text(one).strip() for one in items if text(one).strip()]
    return text(value).strip()


def _local_time(value, kind, where):
    """A day as it is written, or the day of a moment where the program is; moments in UTC."""
    found = moment(text(value), where)
    return iso(found) if kind == "datetime" else str(found.astimezone(ZoneInfo(where.zone)).date())


def paths(lines, key=""):
    """The field paths that are asked for: of what is received, and of the key, by which a record is recognised.

    >>> from .mapping_line import BOTH, Line
    >>> lines = [Line("name", "Name", BOTH), Line("points", "Points"), Line("city", "City", PULL), Line("code", "No")]
    >>> paths(lines), paths(lines, "code")
    (['Name', 'City'], ['Name', 'City', 'No'])
    """
    return list(dict.fromkeys(line.remote for line in lines if line.taken or (key and line.local == key)))


def key_of(lines, values, key, where=None):
    """What the record says of the key, as it is written here; "" if nothing.

    >>> from .mapping_line import Line
    >>> from .transforms import Step
    >>> key_of([Line("code", "No", steps=(Step("prefix", "LOY-"),))], {"No": "LOY-7"}, "code")
    '7'
    """
    for line in lines:
        if line.local == key and not is_empty(values.get(line.remote)):
            try:
                return text(taken_value(line, values[line.remote], where or Where()))
            except Wrong:
                return ""
    return ""


def as_sent(lines, values, where=None):
    """What this side would say of every field that is received, to be compared with what the other side says.

    :return: dict field path -> value; what can't be sent is left as it is

    >>> from .mapping_line import Line
    >>> as_sent([Line("name", "N", PULL), Line("points", "P")], {"name": "Li Na", "points": 1})
    {'N': 'Li Na'}
    """
    where, result = _with_values(where, values), {}
    for line in lines:
        if line.taken and line.local and not line.of_line:
            value = values.get(line.local)
            try:
                result[line.remote] = sent_value(line, value, where)
            except Wrong:
                result[line.remote] = value
    return result
