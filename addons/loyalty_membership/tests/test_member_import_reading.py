"""Files as shops have them: what is read, and what is refused with a sentence that says what to do."""

import base64
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
from .common_import import LIST, MemberImportCase, rezip, workbook

FUZZ = settings(deadline=None, database=None, max_examples=200, derandomize=True)


@tagged("post_install", "-at_install")
class TestMemberImportReading(MemberImportCase):
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

        record = self.imported(rezip(workbook(*LIST), lie))
        self.assertEqual(self.phones(record), ["13900139000", "13900139001"])

    def test_what_is_no_list_is_refused_with_what_to_do(self):
        old = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
        macros = rezip(workbook(*LIST), bytes, [("xl/vbaProject.bin", b"x")])
        doctype = rezip(workbook(*LIST), lambda text: text.replace(b"<worksheet", b"<!DOCTYPE x><worksheet", 1))
        for content, name, said in (
            (b" \n", "a.csv", "empty"), (old, "a.xls", ".xls)"), (old, "a.xlsx", "password"), (macros, "a.xlsm", "macros"),
            (b"PK\x03\x04 broken", "a.xlsx", "damaged"), (b"%PDF-1.4", "a.xlsx", "neither"), (doctype, "a.xlsx", "damaged"),
            (b"<html><table>", "a.xls", "web page"), (b"\xff\xfe\xff", "a.csv", "encoding"),
            (workbook(("", "")), "a.xlsx", "empty"),
        ):  # fmt: skip
            with self.subTest(said=said):
                self.assertIn(said, self.refused(content, name))

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

    # ------------------------------------------------------------ a chunk at a time

    def people(self, number, first=0):
        return ("姓名", "手机号"), *(("张伟", f"139001{first + place:05d}") for place in range(number))

    def steps(self, record):
        """How many rows are staged after each run that has no time left."""
        steps = []
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 0.0):
            while record.state == "reading":
                record._work()
                steps.append(record._row_count())
        return steps

    def test_a_file_that_one_run_can_not_read_is_read_in_few(self):
        record = self.upload(workbook(*self.people(20)))
        record.action_check()
        with patch.object(reading, "CHUNK", 2):
            self.assertEqual(self.steps(record), [2, 4, 8, 16, 20])
        self.assertEqual((record.state, record.total), ("checking", 20))
        self.assertEqual(sorted(record.row_ids.mapped("number")), list(range(2, 22)))

    def test_rows_are_of_one_file_whoever_uploads_another_while_the_first_is_read(self):
        record = self.upload(workbook(*self.people(20)))
        record.action_check()
        other = base64.b64encode(workbook(*self.people(6, 500)))
        done = []

        def upload(*_args, **_kwargs):
            if not done:
                done.append(True)
                record.action_stop()
                record.write({"file": other})
                record.action_check()
            return 60.0

        with patch.object(reading, "CHUNK", 2), patch.object(type(self.env["ir.cron"]), "_commit_progress", upload):
            record._work()
            record._work()
        self.assertEqual((record.state, record.total), ("checking", 6))
        self.assertEqual([row.raw[1][-3:] for row in record.row_ids], [f"50{place}" for place in range(6)])

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
