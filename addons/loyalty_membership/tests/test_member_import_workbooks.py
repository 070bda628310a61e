"""The workbooks that the import hands out: the template, and the report of what is wrong."""

from io import BytesIO

import openpyxl
from odoo.tests import tagged

from ..domain.import_columns import MEMBER, POINTS
from .common_import import MemberImportCase, workbook


@tagged("post_install", "-at_install")
class TestMemberImportWorkbooks(MemberImportCase):
    def written(self, record, what):
        content = BytesIO()
        getattr(record, f"_write_{what}")(content)
        return content.getvalue()

    def template(self, lang="en_US"):
        record = self.Import.with_context(lang=lang).create({"program_id": self.program.id})
        return self.written(record, "template")

    def opened(self, content):
        return openpyxl.load_workbook(BytesIO(content))

    def test_the_template_is_understood_in_either_language_whatever_the_user_s(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.program.member_properties_definition = [{"name": "size", "string": "鞋码", "type": "integer"}]
        members, points = [column.key for column in MEMBER], [column.key for column in POINTS]
        for lang in ("en_US", "zh_CN"):
            record = self.upload(self.template(lang)).with_context(lang="en_US")
            self.assertEqual(record.column_ids.mapped("target"), [*members, "property.size", *points])

    def test_the_template_of_a_chinese_user_is_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        book = self.opened(self.template("zh_CN"))
        self.assertEqual([cell.value for cell in book.worksheets[0][1]][:3], ["姓名", "手机号", "邮箱"])
        self.assertEqual([sheet.title for sheet in book.worksheets[:3]], ["会员", "积分批次", "填写说明"])

    def test_names_are_chosen_from_lists(self):
        self.make_tiers(0, 1000)
        self.env["crm.team"].create({"name": "南京路店"})
        self.program.member_properties_definition = [
            {"name": "skin", "string": "肤质", "type": "selection", "selection": [["dry", "干性"], ["oily", "油性"]]},
        ]
        book = self.opened(self.template())
        sheet, lists = book.worksheets[0], book["Lists"]
        headers = {cell.value: cell.column_letter for cell in sheet[1]}
        chosen = {}
        for rule in sheet.data_validations.dataValidation:
            letter = str(rule.sqref).split("2:")[0]
            column = rule.formula1.split("$")[1]
            chosen[letter] = {cell.value for cell in lists[column] if cell.value}
        self.assertEqual(lists.sheet_state, "hidden")
        self.assertEqual(chosen[headers["Tier"]], {"Tier 0", "Tier 1"})
        self.assertIn("南京路店", chosen[headers["Store"]])
        self.assertEqual(chosen[headers["肤质"]], {"干性", "油性"})
        self.assertEqual(chosen[headers["Gender"]], {"Female", "Male", "Other"})

    def test_the_example_row_is_a_member_without_problems(self):
        self.make_tiers(0)
        self.member.partner_id.phone = "13800138002"  # that of the example is nobody's
        record = self.upload(self.template())
        record.action_check()
        self.work()
        row = self.row_of(record, 2)
        self.assertEqual((row.outcome, row.problems), ("new", False))

    def test_the_report_is_the_file_with_its_problems(self):
        record = self.check(("姓名", "手机号", "会员编号"), ("张伟", "12345", "A1"), ("王芳", 13900139000, "A2"))
        sheet = self.opened(self.written(record, "report")).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet]
        self.assertEqual(rows[0][:3], ["姓名", "手机号", "会员编号"])
        self.assertEqual((rows[1][:4], rows[2][:4]), (["张伟", "12345", "A1", 2], ["王芳", 13900139000, "A2", 3]))
        self.assertIn("phone", rows[1][5])
        self.assertEqual((sheet["B2"].fill.fgColor.rgb, sheet["A2"].fill.fill_type), ("FFF8CBAD", None))

    def test_a_mended_report_is_a_file_to_upload(self):
        record = self.check(("姓名", "手机号"), ("张伟", "+8613900139000"), ("王芳", "-13900139001"))
        again = self.upload(self.written(record, "report"))
        again.action_check()
        self.work()
        self.assertEqual(again.row_ids.mapped("outcome"), ["new", "new"])
        self.assertEqual(again.row_ids[0].values["phone"], "+8613900139000")

    def test_what_became_of_each_row_is_told(self):
        record = self.land(("姓名", "手机号"), ("张伟", "13900139000"), ("坏", "12345"))
        rows = [[cell.value for cell in row] for row in self.opened(self.written(record, "report")).worksheets[0]]
        self.assertEqual([row[3] for row in rows[1:]], ["Created", "Left out"])

    def test_no_cell_of_the_report_is_a_formula(self):
        record = self.upload(workbook(("姓名", "手机号"), ("x", "13900139000")))
        evil = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")')
        text = "姓名,手机号\n" + "".join(f'"{cell.replace(chr(34), chr(34) * 2)}",13900139000\n' for cell in evil)
        record = self.upload(text.encode(), "members.csv")
        record.action_check()
        self.work()
        sheet = self.opened(self.written(record, "report")).worksheets[0]
        for row in sheet.iter_rows(min_row=2, max_col=2):
            self.assertEqual(row[0].data_type, "s")
            self.assertFalse(str(row[0].value).startswith(("=", "+", "-", "@")))
