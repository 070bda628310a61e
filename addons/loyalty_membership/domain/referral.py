"""Codes by which members bring friends, and addresses that are one address however they are written."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

#: Capital letters and digits that nobody mistakes for each other, on paper or on the phone.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
#: Of a million codes of a program, one guess in a million hits one.
LENGTH = 8


def new_code(below: Callable[[int], int]) -> str:
    """Return a code; ``below`` returns a random number from 0 to what it is given, less one.

    >>> new_code(lambda number: number - 1)
    '99999999'
    >>> set("ILO01") & set(ALPHABET), len(ALPHABET)
    (set(), 31)
    """
    return "".join(ALPHABET[below(len(ALPHABET))] for _place in range(LENGTH))


def clean_code(text: str | None) -> str:
    """Return a code as it is kept, however it was typed.

    >>> clean_code(" abcd-２３45 "), clean_code(None)
    ('ABCD2345', '')
    """
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(char for char in folded if char.isalnum())


class Address(NamedTuple):
    street: str
    city: str = ""
    zip: str = ""
    country: str = ""


def is_same_address(one: Address, other: Address) -> bool:
    """Tell whether two addresses are one: the same street and number, and nothing else that differs where both say it.

    >>> home = Address("南京西路 100号, 3幢-201", "上海市", "200040", "CN")
    >>> is_same_address(home, Address("南京西路１００号3幢201", "", "", "CN"))
    True
    >>> is_same_address(home, home._replace(city="杭州市")), is_same_address(home, home._replace(street="南京西路101号"))
    (False, False)

    No street, no address:

    >>> is_same_address(Address("", "上海市"), Address("-", "上海市"))
    False
    """
    ours, theirs = (Address(*map(_plain, address)) for address in (one, other))
    if not ours.street or ours.street != theirs.street:
        return False
    return all(mine == its for mine, its in zip(ours[1:], theirs[1:], strict=True) if mine and its)


def _plain(text: str) -> str:
    """Return text without what writing differs in: case, width, blanks and punctuation.

    >>> _plain("12/F, Main Street"), _plain("１２f main-street")
    ('12fmainstreet', '12fmainstreet')
    """
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return "".join(char for char in folded if char.isalnum())
