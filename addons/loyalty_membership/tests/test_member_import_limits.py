"""Files that are too much: refused before they cost the server its memory."""

import secrets
import tracemalloc
from unittest.mock import patch

from odoo.tests import tagged

from ..domain import import_xlsx
from ..models import loyalty_member_import_file as reading
from .common_import import LIST, MemberImportCase, rezip, workbook


@tagged("post_install", "-at_install")
class TestMemberImportLimits(MemberImportCase):
    def test_whatever_part_of_a_workbook_is_read_as_a_whole_is_refused_if_it_is_large(self):
        def name_strings(text):
            return text.replace(b"/xl/sharedStrings.xml", b"/xl/media/a.png")

        def call_chart(text):
            return text.replace(b"relationships/worksheet", b"relationships/chartsheet")

        large = b"<a>" + secrets.token_bytes(8 * 1024**2).hex().encode() + bytes(2 * 1024**2)
        for name in ("xl/styles.xml", "[Content_Types].xml", "docProps/custom.xml", "xl/theme/theme1.xml",
                     "xl/worksheets/_rels/sheet1.xml.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"):  # fmt: skip
            with self.subTest(name=name):
                self.assertIn("unpacks", self.refused(rezip(workbook(*LIST), bytes, [(name, large)], without=name)))
        with patch.object(import_xlsx, "MOST_SHARED", len(large) - 1):
            texts = rezip(workbook(*LIST), name_strings, [("xl/media/a.png", large)], without="xl/sharedStrings.xml")
            self.assertIn("unpacks", self.refused(texts))
        sheet = [("xl/worksheets/sheet1.xml", large)]
        self.assertIn("empty", self.refused(rezip(workbook(*LIST), call_chart, sheet, without=sheet[0][0])))

    def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(self):
        sheet = [("xl/worksheets/sheet9.xml", bytes(60 * 1024**2))]
        many = [(f"xl/media/{number}.png", b"") for number in range(import_xlsx.MOST_PARTS)]
        parts = [(f"xl/media/{number}.png", secrets.token_bytes(1024)) for number in range(20)]
        with patch.object(import_xlsx, "_Reader", side_effect=AssertionError("read")):
            for extra in (sheet, many):
                self.assertIn("unpacks", self.refused(rezip(workbook(*LIST), bytes, extra)))
            with patch.object(import_xlsx, "MOST_UNPACKED", 20 * 1024):
                self.assertIn("unpacks", self.refused(rezip(workbook(*LIST), bytes, parts)))

    def test_a_workbook_that_lies_about_what_it_unpacks_to_is_refused(self):
        large = rezip(workbook(*LIST), bytes, [("xl/styles.xml", bytes(90 * 1024**2))], without="xl/styles.xml")
        lie = large.replace((90 * 1024**2).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
        self.assertNotEqual(lie, large)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.assertIn("damaged", self.refused(lie))
        self.assertLess(tracemalloc.get_traced_memory()[1], 20 * 1024**2)

    def test_a_workbook_with_large_pictures_is_read(self):
        pictures = [(f"xl/media/image{number}.png", secrets.token_bytes(4 * 1024**2)) for number in range(8)]
        record = self.imported(rezip(workbook(*LIST), bytes, pictures))
        self.assertEqual(self.phones(record), ["13900139000", "13900139001"])

    def test_huge_files_are_refused(self):
        with patch.object(reading, "MOST_BYTES", 1000):
            self.assertIn("split", self.refused(workbook(*LIST)))
        with patch.object(import_xlsx, "MOST_COLUMNS", 2):
            self.assertIn("columns", self.refused(workbook(*LIST)))
        record = self.upload(workbook(*LIST))
        record.action_check()
        with patch.object(reading, "MOST_ROWS", 1):
            self.work()
        self.assertEqual((record.state, "split" in record.problem), ("draft", True))
