"""What kind of file somebody has uploaded, by its first bytes; and what may be wrong with it."""

import zipfile
from io import BytesIO

#: An Excel workbook of before 2007; and one of today that a password locks.
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"


class BadFile(ValueError):
    """A file that can't be imported; ``code`` says why, ``details`` what the sentence about it needs."""

    def __init__(self, code, **details):
        super().__init__(code)
        self.code, self.details = code, details


def kind(content: bytes, name: str = "") -> str:
    """Return "xlsx" or "csv"; whatever else it is, is refused.

    >>> kind("姓名,手机号".encode("gb18030")), kind("姓名".encode("utf-16"), "a.csv")
    ('csv', 'csv')
    >>> def refused(content, name=""):
    ...     try:
    ...         kind(content, name)
    ...     except BadFile as error:
    ...         return error.code
    >>> refused(b""), refused(_OLE, "old.xls"), refused(_OLE, "new.xlsx"), refused(_ZIP, "m.xlsx"), refused(b"%PDF-1.7")
    ('empty', 'xls', 'locked', 'broken', 'unknown')
    """
    if not content.strip():
        raise BadFile("empty")
    if content.startswith(_OLE):
        raise BadFile("locked" if name.lower().endswith((".xlsx", ".xlsm")) else "xls")
    if content.startswith(_ZIP):
        return _workbook_kind(content)
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc", b"\x1f\x8b", b"{\\rtf")):
        raise BadFile("unknown")
    if content[:200].lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise BadFile("web")
    return "csv"


def _workbook_kind(content):
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise BadFile("broken") from None
    if "xl/vbaproject.bin" in names:
        raise BadFile("xlsm")
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise BadFile("other_sheet")
    if "xl/workbook.xml" not in names:
        raise BadFile("unknown")
    return "xlsx"
