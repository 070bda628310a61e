"""The rows of the file once more, with what is wrong with them, or what became of them."""

import xlsxwriter
from odoo import models
from odoo.tools import SQL

from ..domain.export import cell_text

CHUNK = 2000
#: Read by Excel as a formula where a .csv is made of the report; an apostrophe in front is taken off when it is read again.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class LoyaltyMemberImportReport(models.Model):
    _inherit = "loyalty.member.import"

    def _write_report(self, file):
        """Write the report into a binary file, row by row."""
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        look = {
            "head": book.add_format({"bold": True, "bg_color": "#EEEEEE"}),
            "bad": book.add_format({"bg_color": "#F8CBAD"}),
            "told": book.add_format({"font_color": "#C00000"}),
        }
        titles = {"members": self.env._("Members"), "points": self.env._("Points")}
        for sheet in dict.fromkeys(self.column_ids.mapped("sheet")):
            self._report_sheet(book.add_worksheet(titles[sheet]), sheet, look)
        book.close()

    def _report_sheet(self, page, sheet, look):
        columns = self.column_ids.filtered(lambda column: column.sheet == sheet)
        width = max(columns.mapped("index")) + 1
        marked = {column.target: column.index for column in columns if column.target}
        page.freeze_panes(1, 0)
        page.set_column(0, width - 1, 14)
        page.set_column(width, width + 1, 12)
        page.set_column(width + 2, width + 2, 80)
        for column in columns:
            page.write_string(0, column.index, _safe(column.header or ""), look["head"])
        for place, title in enumerate((self.env._("Row of the File"), self.env._("Result"), self.env._("Problems"))):
            page.write_string(0, width + place, title, look["head"])
        words = self._result_words()
        for line, row in enumerate(self._reported(sheet), 1):
            bad = {marked[key] for key in row["problems"] or () if key in marked}
            for place, cell in enumerate(row["raw"][:width]):
                _write(page, line, place, cell, look["bad"] if place in bad else None)
            for place in bad - set(range(len(row["raw"]))):
                page.write_blank(line, place, None, look["bad"])
            page.write_number(line, width, row["number"])
            page.write_string(line, width + 1, self._result(row, words))
            told = [row["message"], *(row["problems"] or {}).values()]
            page.write_string(line, width + 2, _safe("; ".join(filter(None, told))), look["told"])

    def _reported(self, sheet):
        """The rows of a sheet, read in chunks."""
        last = 0
        while rows := self.env.execute_query_dict(SQL(
            """SELECT number, raw, problems, message, outcome, state FROM loyalty_member_import_row
                WHERE import_id = %s AND sheet = %s AND number > %s ORDER BY number LIMIT %s""",
            self.id, sheet, last, CHUNK,
        )):  # fmt: skip
            yield from rows
            last = rows[-1]["number"]

    def _result_words(self):
        rows = self.env["loyalty.member.import.row"]
        return {name: dict(rows._fields[name]._description_selection(self.env)) for name in ("outcome", "state")}

    def _result(self, row, words):
        """What became of a row, or would become of it."""
        if row["state"] in ("read", "checked", "todo"):
            return words["outcome"].get(row["outcome"]) or words["state"][row["state"]]
        return words["state"][row["state"]]


def _safe(text):
    text = cell_text(text)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _write(page, line, place, cell, look):
    if cell is None or cell == "":
        return page.write_blank(line, place, None, look)
    if isinstance(cell, bool):
        return page.write_boolean(line, place, cell, look)
    if isinstance(cell, int | float) and abs(cell) < 10**15:
        return page.write_number(line, place, cell, look)
    return page.write_string(line, place, _safe(str(cell)), look)
