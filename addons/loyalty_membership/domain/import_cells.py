"""What a cell of a spreadsheet means, whatever Excel made of what somebody typed.

A cell is a string, a number, a boolean or None; dates come as ISO text.  What can't be read raises
``Unreadable`` with a code, which the models put into words.
"""

import math
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

#: Excel keeps so many digits of a number; what was typed beyond them is gone.
EXACT = 10**15
MOST = Decimal(10**12)
LONGEST = 2000

_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
#: Zero-width, control, private and half characters.
_UNSEEN = ("Cf", "Cc", "Co", "Cs")
_SCIENTIFIC = re.compile(r"[+-]?(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)
_TIME = r"(?:[T\s]\s*(?:上午|下午)?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AP]M|Z)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?{_TIME}", re.IGNORECASE)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}){_TIME}", re.IGNORECASE)
_NAMED_MONTH = re.compile(rf"(\d{{1,2}})[-\s/.]*([a-z]{{3}})[a-z]*[-\s/.,]*(\d{{4}}){_TIME}", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS = re.compile(r"(?:积分|成长值|分|点|pts?|points?)\.?$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,;|/、，；\n]+")

_GENDERS = {
    **dict.fromkeys(("female", "f", "女", "女性", "女士", "小姐", "woman", "ms", "mrs"), "female"),
    **dict.fromkeys(("male", "m", "男", "男性", "先生", "man", "mr"), "male"),
    **dict.fromkeys(("other", "其他", "其它"), "other"),
    **dict.fromkeys(("", "unknown", "未知", "保密", "不详", "-", "/"), None),
}
_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "是", "有", "同意", "√", "✓", "对"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无", "不同意", "×", "-", "错"), False),
}
_CHANNELS = {
    **dict.fromkeys(("sms", "text", "短信", "手机短信"), "sms"),
    **dict.fromkeys(("email", "e-mail", "mail", "邮件", "邮箱", "电子邮件"), "email"),
    **dict.fromkeys(("wechat", "weixin", "微信", "公众号", "企业微信"), "wechat"),
    **dict.fromkeys(("phone", "call", "电话"), "phone"),
    **dict.fromkeys(("all", "全部", "所有"), "all"),
}


class Unreadable(ValueError):
    """A cell that says nothing which its column could mean; ``code`` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def text(raw) -> str:
    """Return a cell as text without what isn't seen: outer blanks, zero-width characters, Excel's apostrophe.

    >>> text(" '0086\\u200b "), text("　李 娜\\xa0"), text(None), text(13800138000.0), text(12.5)
    ('0086', '李 娜', '', '13800138000', '12.5')

    A number that Excel has cut and an Excel error aren't what somebody typed:

    >>> def refused(raw):
    ...     try:
    ...         text(raw)
    ...     except Unreadable as error:
    ...         return error.code
    >>> refused(6221234567890123456), refused("#N/A"), refused(1e300), refused("x" * 3000)
    ('digits', 'formula', 'digits', 'long')
    """
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return _number_text(raw)
    seen = str(raw)
    if not seen.isprintable():
        seen = "".join(char for char in seen if char in "\n\t" or unicodedata.category(char) not in _UNSEEN)
    seen = seen.strip().removeprefix("'").strip()
    if seen in _ERRORS:
        raise Unreadable("formula")
    if len(seen) > LONGEST:
        raise Unreadable("long")
    return seen


def _number_text(raw):
    if not math.isfinite(raw) or abs(raw) >= EXACT:
        raise Unreadable("digits")
    return str(int(raw)) if raw == int(raw) else repr(raw)


def digits(raw) -> str:
    """Return a cell that holds a number's digits, as a phone or a card number does, as these digits.

    >>> digits("１３８ 0013 8000"), digits("13800138000.0"), digits("1.3800138E+10"), digits(13800138000)
    ('138 0013 8000', '13800138000', '13800138000', '13800138000')

    What Excel has shortened (1.38E+10) has lost digits, and raises ``Unreadable("digits")``.
    """
    told = unicodedata.normalize("NFKC", text(raw)).strip()
    if found := _SCIENTIFIC.fullmatch(told):
        first, rest, exponent = found[1], found[2] or "", int(found[3])
        # Excel shows six digits and saves what it shows: whoever has nine of eleven digits can't be called.
        if exponent > 14 or len(rest.rstrip("0")) < exponent - 4:
            raise Unreadable("digits")
        return (first + rest).ljust(exponent + 1, "0")[: exponent + 1]
    return told[:-2] if re.fullmatch(r"\d+\.0", told) else told


def number(raw) -> Decimal:
    """Return a number, however thousands and decimals are set apart.

    >>> [str(number(raw)) for raw in (1200, 12.5, "1,234.5", "1.234,50", "１２３ 分", "1 234", "2,5", "1,234", "1.2E+3")]
    ['1200', '12.5', '1234.5', '1234.50', '123', '1234', '2.5', '1234', '1200']
    """
    told = unicodedata.normalize("NFKC", text(raw))
    told = _UNITS.sub("", re.sub(r"[\s'’_]", "", told)).lstrip("¥$€")
    if "," in told and "." in told:
        mark = "," if told.rfind(",") < told.rfind(".") else "."
        told = told.replace(mark, "").replace(",", ".")
    elif "," in told:
        told = told.replace(",", "" if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", told) else ".")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,15})?(E[+-]?\d{1,2})?", told, re.IGNORECASE):
        raise Unreadable("number")
    try:
        value = Decimal(told)
    except InvalidOperation:
        raise Unreadable("number") from None
    if abs(value) >= MOST:
        raise Unreadable("number")
    return value if abs(value.as_tuple().exponent) < 9 and "e" not in told.lower() else Decimal(format(value, "f"))


def day(raw, date1904=False, month_first=False) -> date:
    """Return the day that a cell tells.

    >>> {str(day(raw)) for raw in (45356, "45356", "2024/3/5", "20240305", 20240305, "5.3.2024", "2024年3月5日")}
    {'2024-03-05'}
    >>> str(day("2024-03-05T00:00"))
    '2024-03-05'
    >>> str(day(43894, date1904=True)), str(day("3/5/2024", month_first=True)), str(day("5-Mar-2024"))
    ('2024-03-05', '2024-03-05', '2024-03-05')

    Who says neither day first nor month first is understood where only one is possible:

    >>> str(day("3/15/2024")), str(day("15/3/2024", month_first=True))
    ('2024-03-15', '2024-03-15')
    """
    told = unicodedata.normalize("NFKC", text(raw)).strip()
    try:
        found = _told_day(told, date1904, month_first)
    except (ValueError, OverflowError):  # no such day
        found = None
    if not found:
        raise Unreadable("date")
    return found


def _told_day(told, date1904, month_first):
    if re.fullmatch(r"\d{1,8}(\.\d+)?", told):
        return _numbered_day(told, date1904)
    if found := _YEAR_FIRST.fullmatch(told):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(told):
        return _local_day(found, month_first)
    if (found := _NAMED_MONTH.fullmatch(told)) and found[2].lower() in _MONTHS:
        return date(int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]))
    return None


def _numbered_day(told, date1904):
    """A serial number of Excel, or year, month and day without anything between; a bare year is neither."""
    if len(told) == 8 and told.isdecimal():
        return date(int(told[:4]), int(told[4:6]), int(told[6:]))
    serial = int(told.split(".")[0])
    if not 2200 < serial < 200_000:
        raise ValueError(told)
    return (date(1904, 1, 1) if date1904 else date(1899, 12, 30)) + timedelta(days=serial)


def _local_day(found, month_first):
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    month_first = (month_first and found[2] != "." and first <= 12) or second > 12
    return date(year, first, second) if month_first else date(year, second, first)


def gender(raw) -> str | None:
    """
    >>> gender("女"), gender("Mr."), gender("未知")
    ('female', 'male', None)
    """
    return _chosen(_GENDERS, raw, "gender")


def flag(raw) -> bool:
    """
    >>> flag("是"), flag("N"), flag(1.0)
    (True, False, True)
    """
    return _chosen(_FLAGS, raw, "flag")


def consents(raw) -> list:
    """Return the channels of a consent, each with whether it is given.

    >>> consents("短信、微信"), consents("yes"), consents("否")
    ([('sms', True), ('wechat', True)], [('all', True)], [('all', False)])
    """
    words = names(raw)
    if len(words) == 1 and (word := _folded(words[0])) in _FLAGS:
        return [("all", _FLAGS[word])]
    return [(_chosen(_CHANNELS, word, "consent"), True) for word in words]


def names(raw) -> list:
    """Return the names of a list, each once.

    >>> names("VIP, 老客户；VIP")
    ['VIP', '老客户']
    """
    return list(dict.fromkeys(name.strip() for name in _SEPARATORS.split(text(raw)) if name.strip()))


def _folded(raw):
    return unicodedata.normalize("NFKC", text(raw)).strip().rstrip(".").casefold()


def _chosen(choices, raw, code):
    word = _folded(raw)
    if word not in choices:
        raise Unreadable(code)
    return choices[word]
