"""A person's data as one archive: a workbook to read, the same as JSON for another system, and the files.

JSON, for a person may take the data to another shop (GDPR, article 20; PIPL, article 45): keys that stay the same in every
language, dates in ISO 8601, and nothing cut off as a cell of a workbook would be.
"""

import io
import json
import tempfile
import zipfile
from datetime import date

from ..domain.export import file_name
from .workbook import Book


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
    book = Book(path)
    plain.write("{")
    for number, section in enumerate(sections):
        sheet = book.sheet(section.title, section.columns)
        plain.write(f"{',' if number else ''}\n{json.dumps(section.key)}: [")
        for row_number, row in enumerate(section.rows, 1):
            values = {column.key: _plain(value) for column, value in zip(section.columns, row, strict=True)}
            plain.write(f"{',' if row_number > 1 else ''}\n  {json.dumps(values, ensure_ascii=False)}")
            for place, (column, value) in enumerate(zip(section.columns, row, strict=True)):
                book.cell(sheet, row_number, place, value, column.kind)
        plain.write("]")
    plain.write("\n}\n")
    book.close()


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value
