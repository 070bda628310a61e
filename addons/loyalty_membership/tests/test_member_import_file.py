"""Members moved in from another system: from the uploaded file to members, tiers and the ledger."""

import base64
from io import BytesIO

import xlsxwriter
from odoo.tests import tagged

from .common import LoyaltyCase


class MemberImportCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Import = cls.env["loyalty.member.import"]

    def workbook(self, *rows, points=(), **options):
        content = BytesIO()
        with xlsxwriter.Workbook(content, options) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for title, lines in (("会员", rows), ("积分批次", points)):
                if lines:
                    sheet = book.add_worksheet(title)
                    for place, row in enumerate(lines):
                        for column, cell in enumerate(row):
                            if hasattr(cell, "year"):
                                sheet.write_datetime(place, column, cell, day)
                            elif cell is not None:
                                sheet.write(place, column, cell)
        return content.getvalue()

    def upload(self, content, name="members.xlsx", user=None, **values):
        model = self.Import.with_user(user) if user else self.Import
        return model.create({
            "program_id": self.program.id, "file": base64.b64encode(content), "file_name": name, **values,
        })  # fmt: skip

    def work(self):
        """Let the job run, as its worker runs it."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_member_import").method_direct_trigger()
        self.env.invalidate_all()

    def check(self, *rows, points=(), **values):
        record = self.upload(self.workbook(*rows, points=points), **values)
        record.action_check()
        self.work()
        return record

    def land(self, *rows, points=(), **values):
        decisions = {name: values.pop(name) for name in list(values) if name.startswith("on_")}
        record = self.check(*rows, points=points, **values)
        record.write(decisions)
        record.action_import()
        self.work()
        return record

    def member_of(self, text):
        return self.env["loyalty.member"]._resolve(self.program, [text]).get(text)


@tagged("post_install", "-at_install")
class TestMemberImportFile(MemberImportCase):
    def test_a_list_becomes_members_with_points_and_tiers(self):
        _basic, gold = self.make_tiers(0, 1000)
        record = self.land(
            ("姓名", "手机号", "生日", "性别", "会员等级", "剩余积分", "积分有效期", "会员编号"),
            ("张伟", 13900139000, "1990年6月30日", "男", "Tier 1", 500, "2099/12/31", "A1"),
            ("王芳", "139 0013 9001", "", "女", "", "", "", "A2"),
        )
        self.assertEqual((record.state, record.problem), ("done", False))
        self.assertEqual((record.done_created, record.done_failed), (2, 0), record.row_ids.mapped("told"))
        member = self.member_of("13900139000")
        self.assertEqual((member.name, str(member.birthdate), member.gender), ("张伟", "1990-06-30", "male"))
        self.assertEqual((member.tier_id, member.points), (gold, 500))
        self.assertEqual((member.entry_ids.kind, str(member.entry_ids.expires_on)), ("opening", "2099-12-31"))
        self.assertEqual(member.tier_change_ids.mapped("reason"), ["imported"])
        self.assertBalanced()
