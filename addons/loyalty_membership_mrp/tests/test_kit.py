from odoo.fields import Command
from odoo.tests import tagged

from .common_kit import KitCase


@tagged("post_install", "-at_install")
class TestKit(KitCase):
    """A gift box of two cups and one plate, sold as one line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_kit(cls.product)

    def delivered(self, quantity):
        order = self.make_order(quantity)
        order.action_confirm()
        return order, self.deliver(order)

    def test_a_returned_kit_takes_its_points_back(self):
        order, picking = self.delivered(3)
        self.assertEqual((order.order_line.qty_delivered, self.points()), (3, 300))
        self.bring_back(picking, cups=2, plates=1)
        self.assertEqual((order.order_line.qty_delivered, self.points()), (2, 200))
        self.bring_back(picking, cups=4, plates=2)
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.purchase_count, 0)
        self.assertBalanced()

    def test_a_missing_component_makes_a_kit_incomplete(self):
        _order, picking = self.delivered(3)
        self.bring_back(picking, cups=0, plates=1)
        self.assertEqual(self.points(), 200)

    def test_components_that_are_sent_again_give_the_points_again(self):
        _order, picking = self.delivered(3)
        back = self.bring_back(picking, cups=2, plates=1)
        self.bring_back(back, cups=2, plates=1)
        self.assertEqual(self.points(), 300)
        self.assertBalanced()

    def test_points_of_deliveries_follow_whole_kits(self):
        self.program.earn_on = "delivery"
        _order, picking = self.delivered(3)
        self.assertEqual(self.points(), 300)
        self.bring_back(picking, cups=2, plates=1)
        self.assertEqual(self.points(), 200)
        self.assertBalanced()

    def test_points_of_a_paid_kit_are_taken_back_once_when_it_is_returned_and_credited(self):
        self.program.earn_on = "payment"
        self.product.invoice_policy = "delivery"
        order, picking = self.delivered(2)
        invoice = self.invoice(order)
        self.pay(invoice)
        self.assertEqual(self.points(), 200)
        self.bring_back(picking, cups=2, plates=1)
        self.assertEqual(self.points(), 100)
        credit = order._create_invoices(final=True)
        credit.action_post()
        self.assertEqual((credit.amount_total, self.points()), (100, 100))
        self.assertBalanced()

    def test_an_ordinary_product_is_counted_by_itself(self):
        order = self.env["sale.order"].create({
            "partner_id": self.member.partner_id.id,
            "order_line": [Command.create({"product_id": self.cup.id, "product_uom_qty": 4, "price_unit": 10, "tax_ids": False})],
        })
        order.action_confirm()
        self.return_goods(self.deliver(order), 1)
        self.assertEqual(self.points(), 30)
