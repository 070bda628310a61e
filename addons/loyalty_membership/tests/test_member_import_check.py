"""The dry run: what a file would do, told before anything is written."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import loyalty_member_import_check as check
from .common_import import MemberImportCase, workbook

HEADER = ("姓名", "手机号", "邮箱", "会员编号", "会员卡号")


@tagged("post_install", "-at_install")
class TestMemberImportCheck(MemberImportCase):
    def outcomes(self, record):
        return record.row_ids.mapped("outcome")

    def test_nothing_is_written(self):
        def counts():
            models = ("loyalty.member", "res.partner", "loyalty.points.entry", "res.partner.category", "loyalty.consent")
            return [self.env[model].with_context(active_test=False).search_count([]) for model in models]

        before = counts()
        self.check(("姓名", "手机号", "积分", "标签", "许可"), ("张伟", "13900139000", 5, "VIP", "是"))
        self.assertEqual(counts(), before)

    def test_each_row_is_told_who_it_is(self):
        self.member.partner_id.email = "li@example.com"
        self.env["res.partner"].create({"name": "Customer", "phone": "13900139005"})
        self.other._close("Moved away")
        record = self.check(
            HEADER,
            ("新人", "13900139000", "", "", ""),
            ("顾客", "13900139005", "", "", ""),
            ("李娜", "+86 138-0013-8000", "", "", ""),
            ("新人", "", "x@example.com", "", ""),
            ("新人", "13900139000", "x@example.com", "", ""),
            ("新人", "", "X@Example.com", "", ""),
            ("冲突", "13900139000", "li@example.com", "", ""),
            ("关闭", "13800138001", "", "", ""),
            ("卡", "", "", "", self.member.code),
        )
        self.assertEqual(
            self.outcomes(record), ["new", "customer", "member", "new", "conflict", "twice", "conflict", "conflict", "twice"]
        )
        self.assertIn(self.member.code, self.row_of(record, 4).told)
        self.assertIn("row 5", self.row_of(record, 7).told)
        self.assertIn(self.member.code, self.row_of(record, 8).told)
        self.assertIn("closed", self.row_of(record, 9).told)
        self.assertEqual((record.count_new, record.count_customer, record.count_member), (2, 1, 1))
        self.assertEqual((record.count_twice, record.count_conflict, record.count_bad), (2, 3, 0))

    def test_a_person_is_found_again_across_batches_and_after_a_crash(self):
        rows = [("新人", f"1390013{number:04d}", "", f"N{number}", "") for number in range(30)]
        record = self.upload(workbook(HEADER, *rows, ("又", "", "", "N3", ""), ("又", "13900130004", "", "", "")))
        record.action_check()
        with patch.object(check, "CHUNK", 7):
            for _step in ("reading", "nothing left to read", "checking 7 rows", "checking 7 more"):
                with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 0.0):
                    record._work()
            self.assertEqual((record.state, record._row_count("read")), ("checking", 18))
            self.work()
        self.assertEqual(self.outcomes(record)[-2:], ["twice", "twice"])
        self.assertEqual((record.count_new, record.count_twice), (30, 2))

    def test_every_bad_value_is_told_by_its_column(self):
        self.make_tiers(0)
        record = self.check(
            (
                "姓名",
                "手机号",
                "邮箱",
                "生日",
                "性别",
                "会员等级",
                "门店",
                "剩余积分",
                "积分到期日",
                "省份",
                "推荐人",
                "营销许可",
            ),
            ("坏", "12345", "a@b", "2024-02-30", "?", "钻石", "月球店", "-5", "2001-01-01", "火星", "13900000000", "也许"),
        )
        row = record.row_ids
        self.assertEqual(
            set(row.problems),
            {
                "phone",
                "email",
                "birthdate",
                "gender",
                "tier",
                "store",
                "points",
                "points_until",
                "province",
                "referrer",
                "consent",
                "name",
            },
        )
        self.assertIn("手机号: this is no valid phone", row.told)
        self.assertEqual((row.outcome, record.count_bad), ("unusable", 1))

    def test_who_could_not_be_found_again_is_not_imported(self):
        record = self.check(HEADER, ("无名", "", "", "", ""), ("", "13900139000", "", "", ""), ("合计", "", "", "", ""))
        self.assertEqual(self.outcomes(record), ["unusable"] * 3)

    def test_the_number_of_another_card_is_told(self):
        program = self.env["loyalty.program"].create({"name": "Gift", "program_type": "gift_card"})
        card = self.env["loyalty.card"].create({"program_id": program.id})
        record = self.check(HEADER, ("张伟", "13900139000", "", "", card.code))
        self.assertIn("another card", record.row_ids.told)

    def test_lots_find_their_member_in_the_file_and_in_the_program(self):
        record = self.check(
            ("姓名", "手机号", "会员编号", "积分"), ("张伟", "13900139000", "A1", ""), ("王芳", "13900139001", "", 5),
            points=(
                ("会员", "积分", "有效期"), ("A1", 10, "2099-01-01"), ("13900139000", 20, ""), ("13800138000", 30, ""),
                ("13900139001", 40, ""), ("nobody", 50, ""),
            ),
        )  # fmt: skip
        lots = record.row_ids.filtered(lambda row: row.sheet == "points")
        self.assertEqual(lots.mapped("outcome"), ["lot", "lot", "lot", "unusable", "unusable"])
        self.assertEqual(record.count_points, 3)
        self.assertIn("one place", lots[3].told)

    def test_what_the_user_wants_mended_stops_the_import(self):
        record = self.check(HEADER, ("李娜", "13800138000", "", "", ""))
        record.on_member = "stop"
        with self.assertRaisesRegex(UserError, "1 rows stop"):
            record.action_import()
        record.on_member = "skip"
        record.action_import()
        self.assertEqual(record.row_ids.state, "skipped")

    def test_problems_are_told_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        user = self.make_user("jingli", "loyalty_membership.group_manager")
        user.lang = "zh_CN"
        record = self.check(HEADER, ("张伟", "12345", "", "", ""), user=user)
        self.assertIn("手机号", record.row_ids.told)
        self.assertNotIn("valid", record.row_ids.told)
