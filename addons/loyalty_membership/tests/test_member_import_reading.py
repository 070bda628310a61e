"""Files as shops have them: what is read, and what is refused with a sentence that says what to do."""

import base64
import zipfile
from io import BytesIO
from unittest.mock import patch

import openpyxl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..domain import import_csv, import_xlsx
from ..domain.import_files import BadFile, kind
from ..models import loyalty_member_import_file as reading
from .common_import import MemberImportCase, workbook

LIST = (("姓名", "手机号", "剩余积分"), ("张伟", "13900139000", 120), ("王芳", "13900139001", 30))
FUZZ = settings(deadline=None, database=None, max_examples=200, derandomize=True)


@tagged("post_install", "-at_install")
class TestMemberImportReading(MemberImportCase):
    def imported(self, content, name="members.xlsx", **values):
        record = self.upload(content, name, **values)
        record.action_check()
        self.work()
        self.assertFalse(record.problem)
        return record

    def refused(self, content, name="members.xlsx"):
        with self.assertRaises(UserError) as refusal:
            self.upload(content, name)
        return str(refusal.exception)

    def phones(self, record):
        return [row.values.get("phone") for row in record.row_ids]

    def csv(self, separator=","):
        return "\r\n".join(separator.join(map(str, row)) for row in LIST)

    def test_csv_is_read_in_every_alphabet_and_with_every_separator(self):
        for encoding in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"):
            for separator in ",;\t|":
                record = self.upload(self.csv(separator).encode(encoding), "members.csv")
                with self.subTest(encoding=encoding, separator=separator):
                    self.assertEqual(self.targets(record), {"姓名": "name", "手机号": "phone", "剩余积分": "points"})
        record = self.imported(self.csv().encode("gbk"), "members.csv")
        self.assertEqual(record.row_ids.mapped("name"), ["张伟", "王芳"])

    def test_an_encoding_may_be_chosen(self):
        record = self.upload("姓名,手機\n陳大文,0912345678".encode("big5"), "members.csv", encoding="big5")
        self.assertEqual(record.column_ids.mapped("header"), ["姓名", "手機"])

    def test_quotes_line_breaks_and_separators_within_cells_are_kept(self):
        record = self.imported('姓名;手机号;地址\n"张伟";"13900139000";"南京路 1 号;\n""上海"""\n'.encode(), "members.csv")
        self.assertEqual(record.row_ids.values["street"], '南京路 1 号;\n"上海"')

    def test_titles_and_empty_rows_above_the_columns_are_passed_over(self):
        content = BytesIO()
        with xlsxwriter.Workbook(content) as book:
            sheet = book.add_worksheet()
            sheet.merge_range("A1:C1", "2024 年会员资料")
            sheet.merge_range("A3:B3", "基本信息")
            for place, row in enumerate(LIST):
                sheet.write_row(4 + place, 0, row)
            sheet.set_row(6, None, None, {"hidden": True})
        record = self.imported(content.getvalue())
        self.assertEqual((record.header_row, record.row_ids.mapped("number"), record.hidden_rows), (5, [6, 7], 1))
        self.assertEqual(self.phones(record), ["13900139000", "13900139001"])

    def test_formulas_say_what_they_came_to(self):
        content = BytesIO()
        with xlsxwriter.Workbook(content) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, LIST[0])
            sheet.write_row(1, 0, ("张伟", 13900139000))
            sheet.write_formula(1, 2, "=100+20", None, 120)
            sheet.write_row(2, 0, ("王芳", 13900139001))
            sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        record = self.imported(content.getvalue())
        self.assertEqual(record.row_ids[0].values["points"], "120")
        self.assertIn("formula", record.row_ids[1].told)

    def test_days_of_a_workbook_that_counts_from_1904_are_right(self):
        book, content = openpyxl.Workbook(), BytesIO()
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        for row in (("姓名", "手机号", "生日"), ("张伟", "13900139000", 31592)):
            book.active.append(row)
        book.save(content)
        self.assertEqual(self.imported(content.getvalue()).row_ids.values["birthdate"], "1990-06-30")

    def test_a_workbook_that_lies_about_its_size_is_read_whole(self):
        def lie(text):
            return text.replace(b'<dimension ref="A1:C3"/>', b'<dimension ref="A1:A1"/>')

        record = self.imported(self.rezip(workbook(*LIST), lie))
        self.assertEqual(self.phones(record), ["13900139000", "13900139001"])

    def rezip(self, content, change, extra=()):
        made = BytesIO()
        with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, change(old.read(name)))
            for name, part in extra:
                new.writestr(name, part)
        return made.getvalue()

    def test_what_is_no_list_is_refused_with_what_to_do(self):
        old = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
        macros = self.rezip(workbook(*LIST), bytes, [("xl/vbaProject.bin", b"x")])
        doctype = self.rezip(workbook(*LIST), lambda text: text.replace(b"<worksheet", b"<!DOCTYPE x><worksheet", 1))
        for content, name, said in (
            (b" \n", "a.csv", "empty"), (old, "a.xls", ".xls)"), (old, "a.xlsx", "password"), (macros, "a.xlsm", "macros"),
            (b"PK\x03\x04 broken", "a.xlsx", "damaged"), (b"%PDF-1.4", "a.xlsx", "neither"), (doctype, "a.xlsx", "damaged"),
            (b"<html><table>", "a.xls", "web page"), (b"\xff\xfe\xff", "a.csv", "encoding"),
            (workbook(("", "")), "a.xlsx", "empty"),
        ):  # fmt: skip
            with self.subTest(said=said):
                self.assertIn(said, self.refused(content, name))

    def test_zip_bombs_and_huge_files_are_refused(self):
        bomb = self.rezip(workbook(*LIST), bytes, [("xl/worksheets/sheet9.xml", bytes(50 * 1024**2))])
        self.assertLess(len(bomb), 100_000)
        with patch.object(import_xlsx, "MOST_UNPACKED", 40 * 1024**2):
            self.assertIn("unpacks", self.refused(bomb))
        with patch.object(reading, "MOST_BYTES", 1000):
            self.assertIn("split", self.refused(workbook(*LIST)))
        with patch.object(import_xlsx, "MOST_COLUMNS", 2):
            self.assertIn("columns", self.refused(workbook(*LIST)))
        record = self.upload(workbook(*LIST))
        record.action_check()
        with patch.object(reading, "MOST_ROWS", 1):
            self.work()
        self.assertEqual((record.state, "split" in record.problem), ("draft", True))

    @FUZZ
    @given(st.binary(max_size=400))
    def test_any_bytes_are_a_list_or_refused(self, content):
        for start in (b"", b"PK\x03\x04", "姓名,手机\n".encode(), "姓名\t手机\n".encode("utf-16")):
            try:
                if kind(start + content, "a.csv") == "csv":
                    for row in import_csv.rows(start + content):
                        self.assertIsInstance(row, list)
            except BadFile as error:
                self.assertTrue(self.Import._file_problem(error))

    @FUZZ
    @given(st.integers(0, 5000), st.integers(0, 255))
    def test_a_damaged_workbook_is_a_list_or_refused(self, place, byte):
        content = bytearray(workbook(*LIST))
        content[place % len(content)] = byte
        try:
            kind(bytes(content))
            book = import_xlsx.Workbook(bytes(content))
            list(book.rows(book.members))
        except BadFile as error:
            self.assertTrue(self.Import._file_problem(error))

    # ------------------------------------------------------------ columns

    def test_columns_are_known_by_their_names_in_both_languages(self):
        chinese = (
            "会员姓名",
            "手机号码",
            "会员卡号",
            "会员编号",
            "剩余积分",
            "会员等级",
            "所属门店",
            "出生日期",
            "推荐人",
            "鞋子",
        )
        english = ("Full Name", "Mobile", "Card No", "Member ID", "Points Balance", "Level", "Shop", "DOB", "Referrer", "Shoes")
        wanted = ["name", "phone", "code", "external", "points", "tier", "store", "birthdate", "referrer", False]
        for lang in ("en_US", "zh_CN"):
            for header in (chinese, english):
                record = self.upload(workbook(header, ("x",)), user=self.env.user.id).with_context(lang=lang)
                self.assertEqual(record.column_ids.mapped("target"), wanted)

    def test_the_programs_own_fields_are_known_by_their_labels(self):
        self.program.member_properties_definition = [{"name": "size", "string": "鞋码", "type": "integer"}]
        self.assertEqual(self.targets(self.upload(workbook(("姓名", "鞋码"), ("x", 41))))["鞋码"], "property.size")

    def test_what_was_chosen_is_remembered_for_the_next_file_of_the_same_make(self):
        rows = (("Nm", "Telefon", "Punkte"), ("张伟", "13900139000", 5))
        record = self.upload(workbook(*rows))
        self.assertFalse(any(record.column_ids.mapped("target")))
        for column, target in zip(record.column_ids, ("name", "phone", "points"), strict=True):
            column.target = target
        record.action_check()
        self.work()
        self.assertEqual(self.upload(workbook(*rows)).column_ids.mapped("target"), ["name", "phone", "points"])
        other = self.program.copy({"name": "Other club"})
        self.assertFalse(any(self.upload(workbook(*rows), program_id=other.id).column_ids.mapped("target")))

    def test_two_columns_can_not_hold_the_same(self):
        record = self.upload(workbook(("姓名", "Nm"), ("x", "y")))
        with self.assertRaisesRegex(UserError, "Nm"):
            record.column_ids[1].target = "name"

    def test_a_file_without_anybody_is_not_checked(self):
        record = self.upload(workbook(("颜色",), ("x",)))
        with self.assertRaisesRegex(UserError, "column"):
            record.action_check()
        with self.assertRaisesRegex(UserError, "file"):
            self.Import.create({"program_id": self.program.id}).action_check()

    def test_another_column_or_file_asks_for_another_check(self):
        record = self.check(*LIST)
        record.write({"column_ids": [(1, record.column_ids[2].id, {"target": False})]})
        self.assertEqual(record.state, "draft")
        record.action_check()
        self.work()
        self.assertEqual((record.state, "points" in record.row_ids[0].values), ("checked", False))
        record.write({"file": base64.b64encode(workbook(*LIST[:2]))})
        self.assertEqual((record.state, len(record.row_ids)), ("draft", 0))
