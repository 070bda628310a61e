"""Workbooks of any length: rows are written as they come, and what somebody typed is text and never a formula."""

from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from ..domain.export import cell_text

WIDTHS = {"text": 20, "long": 60, "number": 12, "date": 12, "moment": 20}
NUMBERS = {"whole": "#,##0", "number": "#,##0.##", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
TEXTS = {
    "text": {},
    "long": {"text_wrap": True},
    "label": {"font_color": "#6C757D"},
    "strong": {"bold": True},
    "title": {"bold": True, "font_size": 16},
    "head": {"bold": True, "bg_color": "#E9ECEF", "bottom": 1},
}


class Book:
    def __init__(self, path):
        self._book = xlsxwriter.Workbook(path, {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
            "default_date_format": NUMBERS["moment"],
        })  # fmt: skip
        looks = {kind: {"num_format": text} for kind, text in NUMBERS.items()} | TEXTS
        self._formats = {kind: self._book.add_format({"valign": "top", **look}) for kind, look in looks.items()}
        self.close = self._book.close

    def page(self, title, widths):
        """A sheet to fill freely, its columns this wide."""
        sheet = self._book.add_worksheet(cell_text(title)[:31])
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        return sheet

    def sheet(self, title, columns):
        """A table; its head stays in view."""
        sheet = self.page(title, [WIDTHS[column.kind] for column in columns])
        sheet.freeze_panes(1, 0)
        self.row(sheet, 0, [column.label for column in columns], "head")
        return sheet

    def row(self, sheet, row, values, kind="text"):
        for place, value in enumerate(values):
            self.cell(sheet, row, place, value, kind)

    def cell(self, sheet, row, place, value, kind="text"):
        """Text is always written as text."""
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            sheet.write_datetime(row, place, value.replace(tzinfo=None), self._formats["moment"])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self._formats["date"])
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value, self._formats["text"])
        elif isinstance(value, (int, float, Decimal)):
            # Excel would show 12 as "12." where digits are optional.
            sheet.write_number(row, place, value, self._formats["whole" if value == int(value) else "number"])
        else:
            sheet.write_string(row, place, cell_text(str(value)), self._formats[kind if kind in TEXTS else "text"])
