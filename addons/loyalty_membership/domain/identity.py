"""One spelling for each phone number and e-mail address, so that a person is found again."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

_LOCAL = r"[^@\s<>()\[\]\\,;:\".]+"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_EMAIL = re.compile(rf"{_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+{_LABEL}")
_MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3


def _clean(raw: str | None) -> str:
    """Return text with full-width characters folded and invisible ones (and outer blanks) gone.

    >>> _clean(" ＋８６ 138\u200b ")
    '+86 138'
    """
    folded = unicodedata.normalize("NFKC", str(raw or ""))
    return "".join(char for char in folded if unicodedata.category(char) != "Cf").strip()


def normalize_phone(raw: str | None, *regions: str | None) -> str | None:
    """Return a phone number in E.164; None if it is no valid number.

    ``regions`` are the ISO 3166 codes of the countries that a national number may belong to, the
    likeliest first; without one only international numbers are understood.

    >>> normalize_phone("138 0013 8000", "CN"), normalize_phone("+86-138 0013 8000", None)
    ('+8613800138000', '+8613800138000')
    >>> normalize_phone("００８６１３８００１３８０００", None)
    '+8613800138000'
    >>> normalize_phone("138 0013 8000", "US", "CN"), normalize_phone("351 234 5678", "US", "CN")
    ('+8613800138000', '+13512345678')
    >>> normalize_phone("13800138000") is None
    True
    >>> normalize_phone("12345", "CN") is None
    True
    """
    return _parsed_phone(_clean(raw), regions or (None,))


@lru_cache(maxsize=8192)  # enrolling asks several times for each number
def _parsed_phone(text, regions):
    candidates = [text, "+" + text[2:]] if text.startswith("00") else [text]
    for region in regions:
        for candidate in candidates:
            try:
                number = phonenumbers.parse(candidate, region and region.upper())
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def spellings(phone: str) -> list[str]:
    """Return how a number in E.164 may have been written down, but for blanks, dots, dashes and brackets.

    >>> spellings("+8613800138000")
    ['+8613800138000', '008613800138000', '8613800138000', '13800138000']
    >>> spellings("+442079460000")[-1]
    '02079460000'
    """
    national = phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL)
    return [phone, "00" + phone[1:], phone[1:], re.sub(r"\D", "", national)]


def normalize_email(raw: str | None) -> str | None:
    """Return an e-mail address in lower case; None if it doesn't look like exactly one.

    The check is minimal (local part, ``@``, a domain with a dot); only a mail proves an address.

    >>> normalize_email("  Li.Na＠Example.COM ")
    'li.na@example.com'
    >>> [normalize_email(text) for text in ("li.na", "a@b", "a@b.c, d@e.f", "a@.com", None)]
    [None, None, None, None, None]
    """
    text = _clean(raw).lower()
    return text if len(text) <= _MAX_EMAIL and _EMAIL.fullmatch(text) else None


def mask_name(name: str | None) -> str:
    """Return a name by which somebody who knows the person recognises it, and nobody else learns it.

    >>> mask_name("张伟"), mask_name(" Li Na"), mask_name("")
    ('张*', 'L*', '*')
    """
    return (name or "").strip()[:1] + "*"
