"""A tier lasts as long as the purchases that brought it."""

from freezegun import freeze_time
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestTierRefunds(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.low, self.silver, self.gold = self.make_tiers(0, 500, 1000)
        self.member._update_tiers(reason="joined")
        self.coupons = self.env["loyalty.program"].create({"name": "Welcome", "program_type": "coupons"})
        self.env["loyalty.tier.benefit"].create([
            {"tier_id": tier.id, "kind": "coupon_entry", "name": "A coupon", "coupon_program_id": self.coupons.id}
            for tier in (self.silver, self.gold)
        ])

    def at(self, day):
        return freeze_time(f"{day} 04:00:00")

    def cards(self):
        return self.env["loyalty.card"].search([("program_id", "=", self.coupons.id)])

    def test_the_big_purchase_before_the_tipping_one(self):
        big = self.buy(999)
        self.buy(1)
        self.assertEqual(self.member.tier_id, self.gold)
        self.refund(big)
        self.assertEqual(self.member.tier_id, self.low)
        self.assertEqual(self.member.tier_change_ids.sorted()[0].reason, "refunded")

    def test_two_steps_refunded_in_their_order(self):
        first, second = self.buy(600), self.buy(600)
        self.refund(first)
        self.assertEqual(self.member.tier_id, self.silver)
        self.refund(second)
        self.assertEqual(self.member.tier_id, self.low)

    def test_raised_on_release(self):
        with self.at("2026-03-01"):
            self.program.hold_days = 7
            purchase = self.buy(1000)
            self.assertEqual(self.member.tier_id, self.low)
        with self.at("2026-03-08"):
            self.env["loyalty.points.entry"]._catch_up(self.member)
            self.assertEqual(self.member.tier_id, self.gold)
            self.refund(purchase)
        self.assertEqual(self.member.tier_id, self.low)

    def test_by_money_and_by_purchases(self):
        for metric, thresholds, amounts in (("amount", (500, 1000), (990, 10)), ("purchases", (2, 3), (1, 1, 1))):
            self.program.tier_metric = metric
            self.silver.threshold, self.gold.threshold = thresholds
            member = self.make_member(f"By {metric}")
            purchases = [self.buy(amount, member) for amount in amounts]
            self.assertEqual(member.tier_id, self.gold, metric)
            self.refund(purchases[0])
            self.assertEqual(member.tier_id, self.low if metric == "amount" else self.silver, metric)

    def test_what_other_purchases_had_earned_stays(self):
        with self.at("2027-01-10"):
            self.buy(1000)
        with self.at("2026-12-20"):
            self.program.write({"tier_window": "calendar_year"})
            other = self.buy(50)
        with self.at("2027-01-05"):
            self.refund(other)
        self.assertEqual(self.member.tier_id, self.gold)

    def test_a_tier_set_by_hand_stays(self):
        purchase = self.buy(600)
        self.member.tier_id = self.gold
        self.refund(purchase)
        self.assertEqual(self.member.tier_id, self.gold)

    def test_a_small_refund_that_leaves_enough_changes_nothing(self):
        purchase = self.buy(1200)
        self.refund(purchase, 100)
        self.assertEqual(self.member.tier_id, self.gold)

    # ------------------------------------------------------------ coupons of the tier

    def test_its_coupons_go_with_it_and_come_back_with_it(self):
        purchase = self.buy(600)
        coupon = self.cards()
        self.refund(purchase)
        self.assertFalse(self.cards())
        self.assertEqual(coupon.points, 0)
        with self.at("2030-01-01"):
            self.buy(600)
        self.assertEqual(self.cards(), coupon)
        self.assertEqual(coupon.points, 1)

    def test_a_used_coupon_is_not_given_again(self):
        purchase = self.buy(600)
        self.cards().points = 0
        self.refund(purchase)
        for day in ("2030-01-01", "2030-01-02"):
            with self.at(day):
                self.refund(self.buy(600))
        self.assertEqual(self.cards().mapped("points"), [0])

    def test_a_tier_reached_again_after_it_lapsed_brings_another(self):
        with self.at("2027-01-10"):
            self.buy(600)
        with self.at("2028-01-10"):
            self.member._review_tiers()
            self.assertEqual(self.member.tier_id, self.low)
            self.buy(600)
        self.assertEqual(len(self.cards()), 2)

    def test_falling_brings_no_coupon(self):
        with self.at("2027-01-10"):
            self.buy(1200)
        gold = self.cards()
        with self.at("2028-01-10"):
            self.program.tier_downgrade = "one_level"
            self.member._review_tiers()
        self.assertEqual(self.member.tier_id, self.silver)
        self.assertEqual(self.cards(), gold)

    def test_an_exchange_that_raised_a_tier_is_not_taken_off_it_twice(self):
        self.program.write({
            "tier_window": "rolling", "tier_window_months": 12, "tier_validity_months": 36, "tier_downgrade": "requalify",
        })  # fmt: skip
        for metric in ("qualifying_points", "amount"):
            self.program.tier_metric = metric
            member = self.make_member(f"Exchanges by {metric}")
            with self.at("2027-01-10"):
                order = self.make_order(9, partner=member.partner_id)
                order.action_confirm()
            with self.at("2027-01-11"):
                order.write({"order_line": [
                    Command.update(order.order_line.id, {"product_uom_qty": 0}),
                    Command.create({"product_id": self.product.id, "price_unit": 1500}),
                ]})  # fmt: skip
                self.assertEqual(member.tier_id, self.gold)
            with self.at("2028-06-11"):
                order.order_line[1].price_unit = 1490
                self.assertEqual(member.tier_id, self.gold, f"1490 by {metric} still reach it")
                order.order_line[1].price_unit = 990
                self.assertEqual(member.tier_id, self.silver, f"990 by {metric} don't")
