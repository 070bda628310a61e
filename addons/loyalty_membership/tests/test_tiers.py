from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestTiers(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.low, self.middle, self.high = self.make_tiers(0, 500, 1000)
        self.member._update_tiers(reason="joined")

    def at(self, day):
        return freeze_time(f"{day} 04:00:00")

    def test_up_at_once_on_posting(self):
        purchase = self.buy(1200)
        self.assertEqual(self.member.tier_id, self.high)
        change = self.member.tier_change_ids.sorted()[0]
        self.assertEqual((change.reason, change.value, change.transaction_id), ("earned", 1200, purchase))
        self.assertEqual((change.tier_from_id, change.tier_id), (self.low, self.high))

    def test_pending_points_count_when_they_are_posted(self):
        self.program.hold_days = 7
        with self.at("2026-01-01"):
            self.buy(600)
            self.assertEqual(self.member.tier_id, self.low)
        with self.at("2026-01-08"):
            self.Entry._release_of(self.member)
            self.assertEqual(self.member.tier_id, self.middle)

    def test_spending_points_does_not_cost_the_tier(self):
        self.buy(600)
        self.spend(600)
        self.assertEqual(self.member.tier_value, 600)

    def test_a_rule_that_does_not_qualify_gives_points_without_tier(self):
        self.rule.qualifying = False
        self.buy(600)
        self.assertEqual((self.points(), self.member.tier_id), (600, self.low))

    def test_metrics(self):
        for metric, thresholds in (("amount", (0, 500, 1000)), ("purchases", (0, 2, 3))):
            with self.subTest(metric):
                self.program.tier_metric = metric
                member = self.make_member(f"By {metric}")
                for tier, threshold in zip((self.low, self.middle, self.high), thresholds, strict=True):
                    tier.threshold = threshold
                self.buy(400, member)
                self.assertEqual(member.tier_id, self.low)
                second = self.buy(300, member)
                self.assertEqual(member.tier_id, self.middle)
                self.refund(second)
                self.assertEqual(member.tier_id, self.low)

    def test_rolling_window_forgets(self):
        self.program.write({"tier_window": "rolling", "tier_window_months": 12})
        with self.at("2025-01-15"):
            self.buy(600)
        with self.at("2026-01-14"):
            self.assertEqual(self._value(), 600)
        with self.at("2026-01-15"):
            self.assertEqual(self._value(), 0)

    def _value(self):
        self.member.invalidate_recordset()
        return self.member.tier_value

    def test_a_refund_counts_where_its_purchase_counts(self):
        self.program.write({"tier_window": "calendar_year"})
        with self.at("2025-12-15"):
            old = self.buy(600)
        with self.at("2026-01-10"):
            self.buy(300)
            self.refund(old)
            self.assertEqual(self._value(), 300)

    def test_validity_grace_and_downgrade(self):
        self.program.write({"tier_validity_months": 12, "tier_grace_days": 10, "tier_window": "rolling"})
        for policy, left in (("never", self.high), ("one_level", self.middle), ("requalify", self.low)):
            with self.subTest(policy):
                self.program.tier_downgrade = policy
                member = self.make_member(policy)
                with self.at("2025-01-01"):
                    self.buy(1500, member)
                    self.assertEqual((member.tier_id, member.tier_until), (self.high, date(2025, 12, 31)))
                with self.at("2026-01-10"):
                    self.assertNotIn(member.id, self.env["loyalty.member"]._members_with_lapsed_tier())
                with self.at("2026-01-11"):
                    self.assertIn(member.id, self.env["loyalty.member"]._members_with_lapsed_tier())
                    member._review_tiers()
                    self.assertEqual(member.tier_id, left)
                    self.assertGreater(member.tier_until, date(2026, 12, 1))

    def test_requalified_keeps_the_tier(self):
        with self.at("2025-01-01"):
            self.buy(1500)
        with self.at("2025-11-01"):
            self.buy(1100)
        with self.at("2026-02-01"):
            self.member._review_tiers()
            self.assertEqual(self.member.tier_id, self.high)
            self.assertEqual(self.member.tier_since, date(2025, 1, 1))

    def test_a_manual_tier_is_a_floor_until_its_date(self):
        with self.at("2026-01-01"):
            self.member.write({"tier_id": self.high.id, "tier_manual_until": "2027-06-30"})
            self.assertEqual(self.member.tier_change_ids.sorted("id")[-1].reason, "manual")
        with self.at("2027-06-30"):
            self.assertNotIn(self.member.id, self.env["loyalty.member"]._members_with_lapsed_tier())
        with self.at("2027-07-02"):
            self.assertIn(self.member.id, self.env["loyalty.member"]._members_with_lapsed_tier())
            self.member._review_tiers()
            self.assertEqual(self.member.tier_id, self.low)

    def test_store_staff_may_not_set_tiers(self):
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        with self.assertRaises(AccessError):
            self.member.with_user(clerk).tier_id = self.high
        self.member.with_user(clerk).birthdate = "1990-05-05"

    def test_multiplier_of_the_tier_holds_from_the_next_purchase(self):
        self.high.earn_multiplier = 2
        first, second = self.Transaction._book(self.program, [self.row(1000), self.row(100)])
        self.assertEqual((first.points, second.points), (1000, 200))
        self.assertIn("× 2 (Tier 2)", second.entry_ids.explanation)

    def test_an_explanation_speaks_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.high.earn_multiplier = 2
        self.high.with_context(lang="zh_CN").name = "钻石"
        _first, second = self.Transaction._book(self.program, [self.row(1000), self.row(100)])
        self.assertIn("钻石", second.entry_ids.with_context(lang="zh_CN").explanation)

    def test_birthday_multiplier(self):
        self.low.birthday_multiplier = 3
        self.member.birthdate = "1990-02-28"
        with self.at("2026-02-28"):
            self.assertEqual(self.buy(10).points, 30)
        with self.at("2026-03-01"):
            self.assertEqual(self.buy(10).points, 10)

    def test_an_archived_tier_keeps_its_members(self):
        self.buy(1200)
        self.high.active = False
        self.buy(10)
        self.assertEqual(self.member.tier_id, self.high)

    def test_entry_coupon_is_given_once(self):
        coupons = self.env["loyalty.program"].create({"name": "Welcome", "program_type": "coupons"})
        self.env["loyalty.tier.benefit"].create({
            "tier_id": self.middle.id, "kind": "coupon_entry", "name": "A coupon", "coupon_program_id": coupons.id,
        })  # fmt: skip
        self.buy(600)
        self.buy(10)
        cards = self.env["loyalty.card"].search([("program_id", "=", coupons.id)])
        self.assertEqual((cards.partner_id, cards.points), (self.member.partner_id, 1))

    def test_pricelist_of_the_tier_comes_with_the_tier(self):
        self.env.user.group_ids |= self.env.ref("product.group_product_pricelist")
        pricelist = self.env["product.pricelist"].create({"name": "Gold prices"})
        self.middle.pricelist_id = pricelist
        self.buy(600)
        self.member.partner_id.invalidate_recordset()
        self.assertEqual(self.make_order(1).pricelist_id, pricelist)
        child = self.env["res.partner"].create({"name": "Child", "parent_id": self.member.partner_id.id})
        self.assertEqual(child.property_product_pricelist, pricelist)
