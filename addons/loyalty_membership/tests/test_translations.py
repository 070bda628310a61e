from odoo.tests import TransactionCase, tagged

from .translations import TranslationsHold

NEUTRAL = {
    "ID": "as in all of Odoo",
    "id": "a field's name that Odoo's exporter takes for a term; never shown",
    "program_id": "likewise",
    "tier_id": "likewise",
    "member_id": "likewise",
    "state": "likewise",
    "object._statement_file_name()": "likewise, of a mail template",
    "Excel": "the program's own name",
    "PDF": "the format's own name",
}

#: The words of DESIGN, section 4.
WORDS = {
    "Membership Program": "会员计划",
    "Member": "会员",
    "Tier": "等级",
    "Purchase Journal": "消费流水",
    "Points Entry": "积分流水",
    "Points Allocation": "积分核销明细",
    "Qualifying Points": "成长值",
    "Earning Rule": "积分规则",
    "Store": "门店",
    "Stores And Channels": "门店与渠道",
    "Lot": "批次",
}


@tagged("post_install", "-at_install")
class TestTranslations(TranslationsHold, TransactionCase):
    addon = "loyalty_membership"
    neutral = NEUTRAL
    words = WORDS

    def test_what_python_says_is_chinese_for_a_chinese_user(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("base.CNY").active = True
        program = self.env["loyalty.program"].create({
            "name": "会员俱乐部",
            "is_membership": True,
            "program_type": "loyalty",
            "currency_id": self.env.ref("base.CNY").id,
        })
        rule = self.env["loyalty.earning.rule"].create({
            "program_id": program.id,
            "name": "消费得分",
            "min_amount": 100,
            "cap_points": 500,
            "cap_period": "month",
            "tier_ids": [
                (0, 0, {"program_id": program.id, "name": name, "threshold": n}) for n, name in enumerate(["银卡", "金卡"])
            ],
        })
        # The labels of selections are the database's, and loaded with the language.
        self.assertEqual(
            rule.with_context(lang="zh_CN").summary.replace("a month", "每月"),
            "每 1.00 CNY 得 1 积分，限银卡、金卡，满 100.00 CNY，每月最多 500 积分",
        )
        entry = self.env["loyalty.points.entry"].with_context(lang="zh_CN")
        self.assertEqual(entry._explanation_words()["factor"], "{value}（{label}）")
        self.assertEqual(entry._entitled("消费得分", "128.00 × 1"), "消费得分：128.00 × 1")
