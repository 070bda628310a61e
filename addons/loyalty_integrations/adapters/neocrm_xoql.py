"""XOQL, the query language of Neocrm: SELECT of one object, with fields of what it refers to as ``accountId.phone``.

Nothing is put into a query that was not looked at: names must be names, numbers must be numbers, and texts are quoted. How a
quote is escaped is documented nowhere that we know of; doubled it ends no text in either of the two usual ways, and what was
found is compared once more by the caller.
"""

import re

from ..domain.outcomes import Permanent

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_UNSPEAKABLE = re.compile(r"[\\\x00-\x1f\x7f\u2028\u2029]")


def name(text):
    """An API name, as it is.

    >>> name("loyaltyNo__c")
    'loyaltyNo__c'
    >>> name("id from user --")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    Permanent: [bad_name] "id from user --" is no API name of Neocrm
    """
    if not _NAME.fullmatch(text or ""):
        raise Permanent(f'"{text}" is no API name of Neocrm', "bad_name")
    return text


def path(text):
    """A field, or a field of what it refers to.

    >>> path("accountId.phone")
    'accountId.phone'
    """
    return ".".join(name(part) for part in str(text).split(".", 1))


def number(value):
    """A whole number of at most 19 digits, as ids, stages and times are.

    >>> number("1900000000000000001"), number(-5)
    ('1900000000000000001', '-5')
    >>> number("1 or 1=1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    Permanent: [bad_number] "1 or 1=1" is no number
    """
    if not _NUMBER.fullmatch(str(value).strip()):
        raise Permanent(f'"{value}" is no number', "bad_number")
    return str(value).strip()


def text(value):
    """A text in quotes.

    >>> print(text("O'Brien 张三 🎁"))
    'O''Brien 张三 🎁'
    >>> text("a\\\\' or 1=1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    Permanent: [bad_text] a text with a backslash or line break can't be searched for in Neocrm
    """
    value = str(value)
    if _UNSPEAKABLE.search(value):
        raise Permanent("a text with a backslash or line break can't be searched for in Neocrm", "bad_text")
    return "'" + value.replace("'", "''") + "'"


def any_text(field, values):
    """
    >>> print(any_text("phone", ["13800138001", "138 0013 8001"]), any_text("phone", ["1"]))
    (phone = '13800138001' or phone = '138 0013 8001') (phone = '1')
    """
    return f"({' or '.join(f'{path(field)} = {text(value)}' for value in values)})"


def select(entity, paths, where=(), order=(), limit=0):
    """A query; the conditions all hold.

    >>> select("account", ["id", "phone"], ["phone is not null", "id > 5"], ["id"], 100)
    'select id,phone from account where phone is not null and id > 5 order by id limit 100'
    """
    # every part is checked
    query = f"select {','.join(dict.fromkeys(map(path, paths)))} from {name(entity)}"  # noqa: S608
    if where:
        query += f" where {' and '.join(where)}"
    if order:
        query += f" order by {','.join(map(path, order))}"
    return query + (f" limit {int(limit)}" if limit else "")


def changed_after(at, last_id=""):
    """The condition of a page that goes on behind the record with this time and id; without id, at that time.

    Two records of the same millisecond are told apart by their ids, so that no page boundary swallows one.

    >>> changed_after(1768464000000)
    'updatedAt >= 1768464000000'
    >>> changed_after(1768464000000, "400001")
    '(updatedAt > 1768464000000 or (updatedAt = 1768464000000 and id > 400001))'
    """
    at = number(at)
    if not last_id:
        return f"updatedAt >= {at}"
    return f"(updatedAt > {at} or (updatedAt = {at} and id > {number(last_id)}))"


def one_of(field, values):
    """
    >>> one_of("saleStageId", "915559, 915560")
    'saleStageId in (915559,915560)'
    """
    found = [number(value) for value in re.split(r"[,;，；\s]+", str(values).strip()) if value]
    if not found:
        raise Permanent(f"no value of {field} is given", "bad_number")
    return f"{path(field)} in ({','.join(found)})"
