"""The rows of an .xlsx workbook, one at a time: a file may unpack to much more than it weighs."""

import math
import re
import warnings
import zipfile
from datetime import date, datetime, time
from io import BytesIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.xml.constants import SHARED_STRINGS

from .import_columns import POINT_SHEETS, folded
from .import_files import BadFile

#: What a workbook may unpack to: sheets are read row by row, the texts that cells share are all held in memory, and whatever else
#: is read is read as a whole.
MOST_UNPACKED = 800 * 1024**2
MOST_SHARED = 120 * 1024**2
MOST_WHOLE = 16 * 1024**2
MOST_PARTS = 2000
#: Lists of members pack to a tenth; what packs to less than a hundredth, and is large, is none.
MOST_RATIO = 100
FROM_RATIO = 50 * 1024**2
MOST_COLUMNS = 200
LAST_ROW = 1_048_576

_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^>]*hidden="(?:1|true)"')


class Workbook:
    """A workbook that has passed the limits; ``date1904`` says from when its days are counted.

    >>> from openpyxl import Workbook as Made
    >>> made, content = Made(), BytesIO()
    >>> made.active.append(["姓名", "生日"]); made.active.append(["李娜", datetime(2000, 2, 29)])
    >>> _points = made.create_sheet("积分批次"); made.save(content)
    >>> book = Workbook(content.getvalue())
    >>> list(book.rows(book.members)), book.points.title, book.date1904, book.hidden(book.members)
    ([['姓名', '生日'], ['李娜', '2000-02-29']], '积分批次', False, 0)
    """

    def __init__(self, content: bytes):
        self.content = content
        try:
            check_limits(content)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = _Reader(content)
                reader.read()
                self.book = reader.wb
        except BadFile:
            raise
        except _TooMuch:
            raise BadFile("bomb") from None
        except Exception:  # whatever openpyxl stumbles over, the file is not one that Excel wrote
            raise BadFile("broken") from None
        self.date1904 = self.book.epoch == CALENDAR_MAC_1904
        shown = [sheet for sheet in self.book.worksheets if sheet.sheet_state == "visible"]
        points = [sheet for sheet in shown if folded(sheet.title) in map(folded, POINT_SHEETS)]
        self.points = points[0] if points else None
        self.members = next((sheet for sheet in shown if sheet not in points), None)
        if not self.members:
            raise BadFile("empty")

    def rows(self, sheet):
        """Yield the rows of a sheet, each a list of text, numbers and booleans, from the first on."""
        try:
            sheet.reset_dimensions()  # what a file says of its size need not be true
            for place, row in enumerate(sheet.iter_rows(values_only=True)):
                if place >= LAST_ROW:
                    return
                if len(row) > MOST_COLUMNS:
                    row = _narrowed(row)
                yield [_plain(cell) for cell in row]
        except BadFile:
            raise
        except Exception:  # as above
            raise BadFile("broken") from None

    def hidden(self, sheet) -> int:
        """Return how many rows Excel doesn't show, e.g. behind a filter; they are read as all others are."""
        with zipfile.ZipFile(BytesIO(self.content)) as archive, archive.open(sheet._worksheet_path) as part:
            count, rest = 0, b""
            while chunk := part.read(1 << 20):
                rest += chunk
                count += len(_HIDDEN.findall(rest))
                rest = rest[rest.rfind(b"<") :][:4096]
                rest = b"" if _HIDDEN.match(rest) else rest
        return count


def check_limits(content: bytes):
    """Refuse a workbook that unpacks to more than any list of members, or that isn't made of plain XML.

    What a part says of its size is what is ever read of it: more of it is an error of the archive.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        too_dense = unpacked > FROM_RATIO and unpacked > MOST_RATIO * len(content)
        if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or too_dense:
            raise BadFile("bomb")
        if any(part.flag_bits & 1 for part in parts):
            raise BadFile("locked")
        for part in parts:
            with archive.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(4096).replace(b"\0", b"").upper():
                    raise BadFile("broken")


class _TooMuch(Exception):
    pass


class _Archive(zipfile.ZipFile):
    """Of what is read as a whole, a tree is made that takes many times as much, whatever it is called."""

    def read(self, name, pwd=None):
        if self.getinfo(name).file_size > MOST_WHOLE:
            raise _TooMuch
        return super().read(name, pwd)


class _Reader(ExcelReader):
    """Reads the rows of sheets one by one; openpyxl knows no limits for what it reads besides."""

    def __init__(self, content):
        super().__init__(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        self.archive = _Archive(BytesIO(content))

    def read_strings(self):
        texts = self.package.find(SHARED_STRINGS)
        if texts and self.archive.getinfo(texts.PartName[1:]).file_size > MOST_SHARED:
            raise _TooMuch
        return super().read_strings()

    def read_chartsheet(self, sheet, rel):
        """A sheet that is a picture is no list."""


def _narrowed(row):
    if any(cell is not None for cell in row[MOST_COLUMNS:]):
        raise BadFile("columns", most=MOST_COLUMNS)
    return row[:MOST_COLUMNS]


def _plain(cell):
    """A cell as JSON can say it.

    >>> _plain(datetime(2024, 3, 5, 10, 30)), _plain(time(1, 2)), _plain("a")
    ('2024-03-05T10:30:00', '01:02:00', 'a')
    """
    if isinstance(cell, datetime):
        return (cell if cell.time() != time.min else cell.date()).isoformat()
    if cell is None or isinstance(cell, str | int) or (isinstance(cell, float) and math.isfinite(cell)):
        return cell
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
