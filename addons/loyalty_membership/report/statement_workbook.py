"""A member's statement as a workbook: the figures on the first sheet, every movement on the second."""

import tempfile
import zipfile

from ..domain.export import file_name
from . import statement_parts as parts
from .workbook import Book

#: Widths of the first sheet: what it is, how often, added, taken.
WIDTHS = (30, 26, 14, 14)


def write_statements(statements):
    """Write workbooks into a temporary zip file, and return that, ready to be read.

    :param statements: (member in its own words, statement) of each
    """
    archive = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it, and it is gone
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as folder:
        for member, statement in statements:
            with write_statement(member, statement) as workbook:
                folder.write(workbook.name, f"{file_name(member.code)}.xlsx")
    archive.seek(0)
    return archive


def write_statement(member, statement):
    """Write one workbook into a temporary file, and return that, ready to be read."""
    workbook = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - as above
    book = Book(workbook.name)
    _write_figures(book, member, statement)
    sheet = book.sheet(member.env._("Movements"), parts.movement_columns(member.env))
    for row, line in enumerate(statement.lines, 1):
        for place, value in enumerate(parts.movement(line)):
            book.cell(sheet, row, place, value, "long" if place == 1 else "text")
    book.close()
    return workbook


def _write_figures(book, member, statement):
    env = member.env
    sheet = book.page(env._("Statement"), WIDTHS)
    # sudo: a company's name is on all its papers
    book.row(sheet, 0, [(member.company_id or env.company).sudo().name], "label")
    book.row(sheet, 1, [env._("Points Statement")], "title")
    row = 3
    for pairs in (parts.about(member, statement), parts.balances(env, statement), parts.today(env, statement)):
        for number, (label, value) in enumerate(pairs, row):
            book.cell(sheet, number, 0, label, "label")
            book.cell(sheet, number, 1, value, "strong")
        row += len(pairs) + 1
    for title, columns, rows in parts.tables(env, statement):
        book.row(sheet, row, [title], "strong")
        book.row(sheet, row + 1, [column.label for column in columns], "head")
        for number, values in enumerate(rows, row + 2):
            book.row(sheet, number, values)
        row += len(rows) + 3
