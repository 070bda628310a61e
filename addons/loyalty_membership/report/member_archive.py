"""A person's data as one archive: a workbook to read, the same as JSON for another system, and the files.

JSON, for a person may take the data to another shop (GDPR, article 20; PIPL, article 45): keys that stay the same in every
language, dates in ISO 8601, and nothing cut off as a cell of a workbook would be.
"""

import io
import json
import tempfile
import zipfile
from datetime import date, datetime

import xlsxwriter

from ..domain.export import Section, cell_text, file_name

WIDTHS = {"text": 20, "long": 60, "number": 12, "date": 12, "moment": 20}
FORMATS = {"number": "#,##0.##", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


def write_archive(people):
    """Write a folder for each person into a temporary zip file, and return that, ready to be read.

    :param people: (name of the folder, sections, files) of each, see ``domain.export``
    """
    archive = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it, and it is gone
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, sections, files in people:
            _write_person(folder, file_name(name), sections, files)
    archive.seek(0)
    return archive


def _write_person(folder, name, sections, files):
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as workbook:
        with folder.open(f"{name}/{name}.json", "w", force_zip64=True) as binary:
            plain = io.TextIOWrapper(binary, "utf-8")
            _write_both(workbook.name, plain, sections)
            plain.flush()
            plain.detach()
        folder.write(workbook.name, f"{name}/{name}.xlsx")
    for number, file in enumerate(files, 1):
        folder.writestr(f"{name}/files/{number:03d} {file_name(file.name)}", file.content)


def _write_both(path, plain, sections):
    """Write the workbook and the JSON in one pass over the rows, which are many and are not kept."""
    book = xlsxwriter.Workbook(path, {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": FORMATS["moment"],
    })  # fmt: skip
    formats = {kind: book.add_format({"num_format": text, "valign": "top"}) for kind, text in FORMATS.items()}
    formats |= {"text": book.add_format({"valign": "top"}), "long": book.add_format({"valign": "top", "text_wrap": True})}
    head = book.add_format({"bold": True, "bg_color": "#E9ECEF", "bottom": 1})
    plain.write("{")
    for number, section in enumerate(sections):
        sheet = _sheet(book, head, section)
        plain.write(f"{',' if number else ''}\n{json.dumps(section.key)}: [")
        for row_number, row in enumerate(section.rows, 1):
            values = {column.key: _plain(value) for column, value in zip(section.columns, row, strict=True)}
            plain.write(f"{',' if row_number > 1 else ''}\n  {json.dumps(values, ensure_ascii=False)}")
            for place, (column, value) in enumerate(zip(section.columns, row, strict=True)):
                _cell(sheet, row_number, place, value, formats, column.kind)
        plain.write("]")
    plain.write("\n}\n")
    book.close()


def _sheet(book, head, section: Section):
    sheet = book.add_worksheet(cell_text(section.title)[:31])
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(section.columns):
        sheet.set_column(place, place, WIDTHS[column.kind])
        sheet.write_string(0, place, column.label, head)
    return sheet


def _cell(sheet, row, place, value, formats, kind):
    """Text is always written as text: what a customer typed is never a formula."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats["date"])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, place, value, formats["number"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value, formats["text"])
    else:
        sheet.write_string(row, place, cell_text(str(value)), formats[kind if kind == "long" else "text"])


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value
