"""Whatever a cell holds: a value, or a code that says why not."""

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain import import_cells as cells
from ..domain.import_cells import Unreadable
from ..domain.import_columns import MEMBER, POINTS, assigned, folded, header_place, signature, synonyms

PROPERTY = settings(deadline=None, database=None, max_examples=300, derandomize=True)
CELL = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.text("0123456789.,-/年月日 E+'"))
CODES = {"digits", "formula", "long", "date", "number", "gender", "flag", "consent"}  # what the report has words for
READERS = (
    cells.text, cells.digits, cells.number, cells.day, cells.gender, cells.flag, cells.consents, cells.names,
    lambda raw: cells.day(raw, date1904=True, month_first=True),
)  # fmt: skip


def refused(reader, raw):
    try:
        return reader(raw)
    except Unreadable as error:
        return error.code


@tagged("post_install", "-at_install")
class TestDomainImportCells(BaseCase):
    @PROPERTY
    @given(CELL)
    @example(float("nan"))
    @example(float("-inf"))
    @example("²")
    @example("1.")
    def test_any_cell_is_read_or_refused_with_a_code(self, raw):
        for reader in READERS:
            try:
                reader(raw)
            except Unreadable as error:
                self.assertIn(error.code, CODES)

    @PROPERTY
    @given(st.dates(date(1906, 2, 1), date(2399, 12, 31)))
    def test_a_day_is_understood_in_every_form(self, day):
        serial = (day - date(1899, 12, 30)).days
        forms = (
            day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
            f"{day.day}.{day.month}.{day.year}", f"{day:%Y-%m-%d} 00:00:00", f"{day:%d-%b-%Y}", serial, f"{serial}.0",
            f"{day:%d/%m/%Y}", f" '{day.isoformat()}\u200b", f"{day:%Y.%m.%d}",
        )  # fmt: skip
        for form in forms if serial < 200_000 else forms[:7]:
            self.assertEqual(refused(cells.day, form), day, form)
        self.assertEqual(cells.day(f"{day:%m/%d/%Y}", month_first=True), day)
        if 2200 < serial - 1462 < 200_000:
            self.assertEqual(cells.day(serial - 1462, date1904=True), day)

    def test_what_is_no_day_is_refused(self):
        for raw in ("2024-02-30", "31.4.2024", "2024", 2024, "5", "soon", "24/3/5", "3月5日", "99999999", -1, "0", "13/13/2024"):
            self.assertEqual(refused(cells.day, raw), "date", raw)

    @PROPERTY
    @given(st.integers(10**10, 2 * 10**10 - 1))
    def test_a_phone_survives_what_excel_does_to_it(self, number):
        for form in (number, float(number), str(number), f"{number}.0", f"'{number}", f"\u200b{number}\ufeff", f"　{number} "):
            self.assertEqual(cells.digits(form), str(number))
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
        self.assertEqual(cells.digits(wide), str(number))

    def test_a_shortened_number_is_refused_and_not_guessed(self):
        for raw in ("1.38E+10", "1.38001E+10", "1.4E10", 6.22e18, 1234567890123456):
            self.assertEqual(refused(cells.digits, raw), "digits", raw)

    @PROPERTY
    @given(st.decimals(0, 10**9, places=2))
    def test_an_amount_is_understood_in_every_form(self, amount):
        for form in (
            f"{amount}",
            f"{amount:,}",
            f"{amount:,}".translate(str.maketrans(",.", ".,")),
            f"{amount} 分",
            f" {amount}积分",
        ):
            self.assertEqual(cells.number(form), amount, form)

    def test_what_is_no_number_is_refused(self):
        for raw in ("", "abc", "1-2", "--1", "1e99", "9" * 20, True, "#N/A", "NaN", "١٢x"):
            self.assertIn(refused(cells.number, raw), ("number", "formula", "digits"), raw)

    @PROPERTY
    @given(st.lists(st.lists(CELL, max_size=6), max_size=6))
    def test_any_head_of_a_file_has_a_place_for_its_columns_or_none(self, rows):
        place = header_place(rows, synonyms(MEMBER))
        if place is None:
            self.assertFalse([cell for row in rows for cell in row if folded(cell)])
        else:
            assigned(rows[place], synonyms(MEMBER))
            signature(rows[place])

    def test_no_word_means_two_columns(self):
        for columns in (MEMBER, POINTS):
            words = {}
            for column in columns:
                for word in (column.english, column.chinese, *column.also):
                    self.assertEqual(words.setdefault(folded(word), column.key), column.key, word)
