"""The rows of a .csv file, as Excel, WPS and old tills write them: in several alphabets, with several separators."""

import codecs
import csv
from io import BytesIO, TextIOWrapper

from .import_files import BadFile

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 64 * 1024
_LONGEST = 100_000


def encoding_of(content: bytes) -> str:
    """Return the encoding of a text.

    >>> [encoding_of("姓名,手机".encode(name)) for name in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")]
    ['utf-8', 'utf-8-sig', 'gb18030', 'utf-16', 'utf-16-le', 'utf-16-be']
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    if b"\x00" in content[:_SAMPLE] or (not _reads(content, "utf-8") and not _reads(content, "gb18030")):
        return _wide(content)
    return "utf-8" if _reads(content, "utf-8") else "gb18030"


def _wide(content):
    """UTF-16 without a mark: of a separator or a line's end every second byte is zero, the first or the second."""
    sample = content[:_SAMPLE]
    little, big = sample[1::2].count(0), sample[::2].count(0)
    name = "utf-16-le" if little > big else "utf-16-be"
    if little != big and _reads(content, name):
        return name
    raise BadFile("encoding")


def _reads(content, encoding):
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for start in range(0, len(content), 1 << 20):
            decoder.decode(content[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def separator_of(sample: str) -> str:
    """Return what sets the cells of a line apart: what gives most lines of the same, larger number of cells.

    >>> [separator_of(text) for text in ("name;points\\nLi;1,5\\n", "a\\tb\\n", "sep=;\\na,b;c\\n", "name\\n")]
    [';', '\\t', ';', ',']
    """
    first, _end, _rest = sample.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4]

    def score(mark):
        widths = [len(row) for row in csv.reader(sample.splitlines()[:50], delimiter=mark) if row]
        width = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width), default=1)
        return widths.count(width) * (width > 1), width

    try:
        return max(_SEPARATORS, key=score)
    except csv.Error:
        raise BadFile("broken") from None


def rows(content: bytes, encoding: str = ""):
    """Yield the rows of a file, each a list of strings, from the first on.

    >>> list(rows("姓名;积分\\r\\n李娜;\\"1,5\\"\\r\\n".encode("gb18030")))
    [['姓名', '积分'], ['李娜', '1,5']]
    >>> list(rows("sep=;\\na;b".encode("utf-16")))
    [[], ['a', 'b']]
    """
    encoding = encoding or encoding_of(content)
    try:
        sample = TextIOWrapper(BytesIO(content), encoding, newline="").read(_SAMPLE)
        reader = csv.reader(TextIOWrapper(BytesIO(content), encoding, newline=""), delimiter=separator_of(sample))
        for place, row in enumerate(reader):
            if any(len(cell) > _LONGEST for cell in row):
                raise BadFile("broken")
            yield [] if not place and row and row[0].lower().startswith("sep=") else row
    except (UnicodeError, LookupError):
        raise BadFile("encoding") from None
    except csv.Error:
        raise BadFile("broken") from None
