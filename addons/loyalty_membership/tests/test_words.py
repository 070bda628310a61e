"""What screens say: names in the user's language, never the codes of systems."""

from .common import LoyaltyCase


class TestWords(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chinese = cls.env["res.lang"]._activate_lang("zh_CN")

    def in_chinese(self, record):
        return record.with_context(lang="zh_CN")

    def test_a_system_is_named_and_not_coded(self):
        purchase = self.buy(10, source="sale.order") + self.buy(10, source="Kiosk 7")
        self.assertEqual(purchase.mapped("source_name"), ["Sales Orders", "Kiosk 7"])
        self.assertEqual(self.in_chinese(purchase).mapped("source_name"), ["销售订单", "Kiosk 7"])

    def test_groups_of_systems_are_named_and_open(self):
        for source in ("pos", "sale.order", "Kiosk 7"):
            self.buy(10, source=source)
        domain = [("program_id", "=", self.program.id)]
        groups = self.Transaction.formatted_read_group(domain, ["source"], ["__count"])
        self.assertEqual({group["source"] for group in groups}, {"Till", "Sales Orders", "Kiosk 7"})
        for group in groups:
            self.assertEqual(self.Transaction.search_count(domain + list(group["__extra_domain"])), 1)

    def test_an_activity_is_called_what_it_is(self):
        row = self.row(0, type="activity", activity_code="review", lines=[])
        row.pop("lines")
        activity = self.Transaction._book(self.program, [row])
        self.assertEqual((activity.display_name, activity.activity_name), ("Review written", "Review written"))
        self.assertEqual(self.in_chinese(activity).display_name, "发表评价")
        self.assertEqual(self.buy(10, reference="P1").display_name, "Purchase P1")

    def test_a_consent_says_channel_purpose_and_system_in_words(self):
        consent = self.env["loyalty.consent"].create({"member_id": self.member.id, "channel": "wechat", "source": "pos"})
        self.assertEqual((consent.channel_name, consent.purpose_name, consent.source_name), ("WeChat", "Marketing", "Till"))
        consent = self.in_chinese(consent)
        self.assertEqual((consent.channel_name, consent.purpose_name, consent.source_name), ("微信", "营销", "收银"))

    def test_the_way_to_the_next_tier_is_a_sentence_of_the_language(self):
        self.make_tiers(0, 2000)
        self.buy(750)
        for metric, english, chinese in (
            ("qualifying_points", "1,250 points more to reach Tier 1", "还需 1,250 成长值升至Tier 1"),
            ("purchases", "1,999 purchases more to reach Tier 1", "再消费 1,999 次升至Tier 1"),
        ):
            self.program.tier_metric = metric
            self.member.invalidate_recordset()
            self.assertEqual(self.member.next_tier_told, english)
            self.assertEqual(self.in_chinese(self.member).next_tier_told, chinese)
        self.program.tier_metric = "amount"
        self.member.invalidate_recordset()
        self.assertRegex(self.member.next_tier_told, r"1,250\.00.* more to spend to reach Tier 1")

    def test_who_is_on_the_highest_tier_is_told_of_no_way_up(self):
        [tier] = self.make_tiers(0)
        self.member._update_tiers()
        self.assertEqual(self.member.tier_id, tier)
        self.assertIs(self.member.next_tier_told, False)


class TestNewLanguage(LoyaltyCase):
    """Points as money, named in a language that came after the program."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chinese = cls.env["res.lang"].with_context(active_test=False).search([("code", "=", "zh_CN")])
        cls.env["res.users"].with_context(active_test=False).search([("lang", "=", "zh_CN")]).lang = "en_US"
        cls.chinese.active = False
        cls.late = cls.env["loyalty.program"].create({"name": "Late", "is_membership": True, "point_value": 0.01})
        cls.reward = cls.late.reward_ids

    def test_the_reward_and_its_order_line_get_the_name(self):
        self.chinese.active = True
        reward = self.reward.with_context(lang="zh_CN")
        self.assertEqual((reward.description, reward.discount_line_product_id.name), ("积分抵现", "积分抵现"))
        self.assertEqual((self.reward.description, self.reward.discount_line_product_id.name), ("Points as money",) * 2)

    def test_a_database_without_english_names_it_in_its_own_language(self):
        self.chinese.active = True
        for model in ("res.users", "res.partner"):
            self.env[model].with_context(active_test=False).search([("lang", "=", "en_US")]).lang = "zh_CN"
        self.env.ref("base.lang_en").active = False
        program = self.env["loyalty.program"].create({"name": "Club", "is_membership": True, "point_value": 0.01})
        self.assertEqual(program.reward_ids.with_context(lang="zh_CN").description, "积分抵现")

    def test_a_name_that_somebody_gave_stays(self):
        self.reward.description = "Club money"
        self.chinese.active = True
        self.assertEqual(self.reward.with_context(lang="zh_CN").description, "Club money")


class TestOrderWords(LoyaltyCase):
    def test_points_of_an_order_are_told_in_full(self):
        order = self.make_order(1, price=1234567)
        self.assertEqual(order.loyalty_explanation, "+1,234,567  Purchase: 1234567.00 × 1")
        told = order._loyalty_told([(12345.678, "a"), (-20, "b"), (0.001, "c")])
        self.assertEqual(told, "+12,345.68  a\n-20  b")
