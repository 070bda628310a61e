from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_redemption_order_points import DealCase


@tagged("post_install", "-at_install")
class TestRedemptionOrderKept(DealCase):
    """What was submitted is what is approved, whatever changed meanwhile; or the approval is refused."""

    def waiting(self, quantity=1):
        self.need_approval()
        redemption = self.redeem(self.deal, quantity)
        return redemption, redemption.sudo().sale_order_id

    def approve(self, redemption):
        redemption.with_user(self.manager).action_approve()

    def test_a_price_in_points_that_fell_leaves_the_money_as_promised(self):
        self.deal.points = 1500
        self.redeem(self.deal)._cancel("Too dear")
        self.deal.points = 400
        self.spend(1000)
        redemption = self.redeem(self.deal)
        self.assertEqual((redemption.sudo().sale_order_id.amount_total, self.points()), (30, 600))

    def test_a_program_that_changed_meanwhile_still_pays_what_it_was_paid_for(self):
        pricelist = self.env["product.pricelist"].create({"name": "Wholesale"})
        yesterday = date.today() - timedelta(days=1)
        for values in ({"sale_ok": False}, {"date_to": yesterday}, {"pricelist_ids": [Command.set(pricelist.ids)]}):
            with self.subTest(values):
                redemption, order = self.waiting()
                before = self.points()
                self.program.write(values)
                self.approve(redemption)
                self.assertEqual((redemption.state, order.amount_total, self.points()), ("approved", 30, before))
                self.program.write({"sale_ok": True, "date_to": False, "pricelist_ids": [Command.clear()]})

    def test_a_product_that_is_not_sold_any_more_is_given_all_the_same(self):
        redemption, order = self.waiting()
        self.mug_product.sale_ok = False
        self.approve(redemption)
        self.assertEqual(order.amount_total, 30)

    def test_a_line_of_points_that_a_seller_took_off_comes_back(self):
        redemption, order = self.waiting()
        order._redemption_line().unlink()
        self.approve(redemption)
        self.assertEqual((order.amount_total, order._redemption_line().price_total), (30, -50))

    def test_an_order_that_lost_its_goods_is_not_approved(self):
        for change in (
            lambda line: line.unlink(),
            lambda line: line.write({"product_uom_qty": 1}),
            lambda line: line.write({"product_id": self.product.id}),
        ):
            redemption, order = self.waiting(2)
            change(order._redeemed_line())
            with self.assertRaisesRegex(UserError, "does not hold 2"), self.env.cr.savepoint():
                self.approve(redemption)
            self.assertEqual((redemption.state, order.state), ("to_approve", "draft"))
            redemption.with_user(self.manager)._reject("No")
        self.assertEqual(self.points(), 2000)
        self.assertBalanced()

    def test_the_line_says_how_many_points_paid(self):
        self.grant(1_998_000)
        self.deal.points = 1_000_000.0
        _redemption, order = self.waiting(2)
        self.assertEqual(order._redemption_line().name, "Mug for 30 and points: paid with 2,000,000 points")
