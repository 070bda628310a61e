"""The parts of an export of somebody's data: what both of its forms, workbook and JSON, are written from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column; ``key`` is the same in every language, ``label`` is for people; ``kind``: text, number, date, moment, long."""

    key: str
    label: str
    kind: str = "text"


@dataclass(frozen=True)
class Section:
    """A sheet; its rows are made as they are read, so that there may be any number of them."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple]


@dataclass(frozen=True)
class Attached:
    """A file that belongs to the person."""

    name: str
    content: bytes


def file_name(text: str) -> str:
    """Return a name that every system accepts as that of a file in a folder.

    >>> file_name("../a:b\\\\c.pdf"), file_name(""), file_name("发票 1.pdf")
    ('_a_b_c.pdf', '_', '发票 1.pdf')
    """
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", text).lstrip(".")[-100:] or "_"


def cell_text(text: str) -> str:
    """Return a text as a cell of a workbook holds it: at most 32,767 characters, no control characters.

    >>> cell_text("a\\x00b\\nc")
    'ab\\nc'
    """
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)[:32767]
