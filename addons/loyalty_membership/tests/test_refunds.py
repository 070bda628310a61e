from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestRefunds(LoyaltyCase):
    def test_partial_refunds_never_drift(self):
        purchase = self.buy(10)
        for part, left in ((3.33, 7), (3.33, 4), (3.34, 0)):
            self.refund(purchase, part)
            self.assertEqual(self.points(), left)
        self.assertTrue(purchase.is_refunded)
        self.assertEqual(self.member.purchase_count, 0)
        self.assertBalanced()

    def test_a_refund_takes_the_points_of_its_own_line(self):
        double = self.env["product.product"].create({"name": "Double", "taxes_id": False})
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "x2", "kind": "multiplier", "multiplier": 2,
            "product_domain": [("id", "=", double.id)],
        })  # fmt: skip
        purchase = self.buy(0, lines=[
            {"amount": 100, "quantity": 1, "product_id": double.id},
            {"amount": 100, "quantity": 1, "product_id": self.product.id},
        ])  # fmt: skip
        self.assertEqual(self.points(), 300)
        self.refund(purchase)
        self.assertEqual(self.points(), 100)

    def test_a_rule_for_other_products_keeps_its_points(self):
        other = self.env["product.product"].create({"name": "Tea", "taxes_id": False})
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Tea", "points": 5, "points_mode": "unit",
            "product_domain": [("id", "=", other.id)],
        })  # fmt: skip
        purchase = self.buy(0, lines=[
            {"amount": 100, "quantity": 1, "product_id": self.product.id},
            {"amount": 20, "quantity": 4, "product_id": other.id},
        ])  # fmt: skip
        self.assertEqual(self.points(), 140)
        self.refund(purchase)
        self.assertEqual(self.points(), 40)

    def test_free_goods_come_back_by_quantity(self):
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Sample", "points": 10, "points_mode": "fixed",
        })  # fmt: skip
        purchase = self.buy(0, quantity=2)
        self.assertEqual(self.points(), 10)
        self.refund(purchase, 0, quantity=1)
        self.assertEqual(self.points(), 5)
        self.refund(purchase, 0, quantity=1)
        self.assertEqual(self.points(), 0)

    # ------------------------------------------------------------ points that are spent already

    def test_debt_is_paid_by_the_next_points(self):
        purchase = self.buy(100)
        self.spend(80)
        self.refund(purchase)
        self.assertEqual((self.points(), self.member.points_debt), (-80, 80))
        self.buy(50)
        self.assertEqual(self.member.points_debt, 30)
        self.buy(50)
        self.assertEqual((self.points(), self.member.points_debt), (20, 0))
        self.assertBalanced()

    def test_available_takes_what_is_there_and_forgives_the_rest(self):
        self.program.negative_policy = "available"
        purchase = self.buy(100)
        self.spend(80)
        refund = self.refund(purchase)
        self.assertEqual(self.points(), 0)
        self.assertEqual((refund.entry_ids.points, refund.entry_ids.forgiven), (-20, 80))
        self.buy(30)
        self.assertEqual(self.points(), 30)
        self.assertBalanced()

    def test_pending_only_never_takes_spendable_points(self):
        self.program.negative_policy = "pending_only"
        purchase = self.buy(100)
        refund = self.refund(purchase, 50)
        self.assertEqual((self.points(), refund.entry_ids.forgiven), (100, 50))
        self.refund(purchase, 50)
        self.assertEqual(self.points(), 100, "what is forgiven is not asked for again")
        self.program.hold_days = 7
        pending = self.buy(40)
        self.refund(pending)
        self.assertEqual((self.points(), self.member.points_pending), (100, 0))
        self.assertBalanced()

    def test_a_claw_back_takes_from_its_own_lot_first(self):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 1, "expiry_unit": "month"})
        first = self.buy(100)
        self.program.expiry_number = 2
        second = self.buy(100)
        self.refund(second)
        self.assertEqual(first.entry_ids.remaining, 100)
        self.assertEqual(second.entry_ids.remaining, 0)

    def test_a_closed_member_is_clawed_back_all_the_same(self):
        purchase = self.buy(100)
        self.member._close("Asked for")
        self.refund(purchase)
        self.assertEqual(self.points(), 0)

    # ------------------------------------------------------------ tiers

    def test_a_refunded_purchase_takes_its_tier_back(self):
        low, high = self.make_tiers(0, 500)
        self.member._update_tiers()
        self.assertEqual(self.member.tier_id, low)
        purchase = self.buy(600)
        self.assertEqual(self.member.tier_id, high)
        self.refund(purchase, 50)
        self.assertEqual(self.member.tier_id, high, "550 still reach it")
        self.refund(purchase, 100)
        self.assertEqual(self.member.tier_id, low)
        self.assertEqual(self.member.tier_change_ids.sorted()[0].reason, "refunded")

    def test_a_tier_that_was_guaranteed_stays(self):
        _low, high = self.make_tiers(0, 500)
        purchase = self.buy(600)
        self.member.tier_manual_until = "2099-12-31"
        self.refund(purchase)
        self.assertEqual(self.member.tier_id, high)
