"""A file of an old till's members, uploaded and waiting for the job that checks it: with the mistakes that such files have."""

import base64
from io import BytesIO

import xlsxwriter
from odoo import api, models

HEADER = ("会员编号", "姓名", "手机号", "性别", "生日", "会员等级", "剩余积分", "积分有效期", "门店", "备注")
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", ("子涵", "雨桐", "浩然", "梓萱", "宇轩", "欣怡", "俊杰", "佳琪")
#: Rows as they should not be: no phone at all, one that Excel has shortened, a day that there isn't, the same person again.
MISTAKES = (
    ("OLD-901", "何静", "12345", "女", "1990-02-30", "Gold", "x", "", "", ""),
    ("OLD-902", "吕强", "1.38E+10", "男", "1985/7/1", "Platinum plus", 300, "2020-12-31", "", ""),
    ("OLD-903", "", "13912345678", "", "", "", "", "", "", "没有姓名"),
    ("OLD-904", "赵子涵", "139 5550 1000", "女", "", "", 50, "", "", "重复"),
)


class LoyaltyDemoImport(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _load_import(self):
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        imports = self.env["loyalty.member.import"]
        if not program or imports.search_count([("program_id", "=", program.id)], limit=1):
            return
        record = imports.create({
            "program_id": program.id, "file": base64.b64encode(self._old_list(program)),
            "file_name": "老系统会员.xlsx", "source": "老收银系统",
        })  # fmt: skip
        record.action_check()

    @api.model
    def _old_list(self, program):
        tiers, content = program.tier_ids.mapped("name"), BytesIO()
        with xlsxwriter.Workbook(content) as book:
            sheet = book.add_worksheet("会员")
            sheet.write_row(0, 0, HEADER)
            for number in range(40):
                name = SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)]
                sheet.write_row(number + 1, 0, (
                    f"OLD-{number:03d}", name, 13955501000 + number, "女" if number % 2 else "男",
                    f"{1970 + number}/{1 + number % 12}/8",
                    tiers[number % len(tiers)], 120 * number % 2000, "2099-12-31", "", "",
                ))  # fmt: skip
            for place, row in enumerate(MISTAKES, 41):
                sheet.write_row(place, 0, row)
        return content.getvalue()
