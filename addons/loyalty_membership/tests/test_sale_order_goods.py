"""Goods of an order that are sent, corrected, returned and sent again."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestSaleOrderGoods(LoyaltyCase):
    def confirmed(self, quantity, **values):
        order = self.make_order()
        order.order_line = [
            Command.create({"product_id": self.product.id, "product_uom_qty": quantity, "price_unit": 100, **values})
        ]
        order.action_confirm()
        return order

    def test_units_that_come_back_one_by_one_take_all_points(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        for earn_on in ("confirm", "delivery"):
            self.program.earn_on = earn_on
            out = self.deliver(self.confirmed(1, product_uom_id=dozen.id, price_unit=1200))
            self.assertEqual(self.points(), 1200)
            for _unit in range(5):
                self.return_goods(out, 1)
            self.assertEqual(self.points(), 700)
            for _unit in range(7):
                self.return_goods(out, 1)
            self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_goods_sent_by_another_measure_come_back_whole(self):
        pound = self.env.ref("uom.product_uom_lb")
        self.product.uom_id = self.env.ref("uom.product_uom_kgm")
        out = self.deliver(self.confirmed(1, product_uom_id=pound.id, price_unit=1000))
        self.return_goods(out, out.move_ids.quantity)
        self.assertEqual(self.points(), 0)

    def test_goods_sent_again_count_before_the_rest_is_sent(self):
        order = self.confirmed(5)
        back = self.return_goods(self.deliver(order, 2), 1)
        self.assertEqual(self.points(), 400)
        self.return_goods(back, 1)
        self.assertEqual((order.order_line.qty_delivered, self.points()), (2, 500))

    def test_what_is_sent_beyond_the_order_makes_up_for_what_comes_back(self):
        order = self.confirmed(5)
        out = self.deliver(order, 7)
        self.return_goods(out, 2)
        self.assertEqual((order.order_line.qty_delivered, self.points()), (5, 500))
        self.return_goods(out, 1)
        self.assertEqual(self.points(), 400)

    def test_goods_that_are_never_sent_earn_until_the_order_is_lowered(self):
        order = self.confirmed(5)
        self.deliver(order, 3)
        order.picking_ids.filtered(lambda picking: picking.state != "done").action_cancel()
        self.assertEqual(self.points(), 500)
        order.order_line.product_uom_qty = 3
        self.assertEqual(self.points(), 300)

    # ------------------------------------------------------------ changes that nobody announces

    def test_a_corrected_delivery_corrects_the_points(self):
        self.program.earn_on = "delivery"
        order = self.confirmed(3)
        out = self.deliver(order)
        out.action_toggle_is_locked()
        out.move_ids.quantity = 1
        self.assertEqual((order.order_line.qty_delivered, self.points()), (1, 100))
        out.move_ids.move_line_ids.quantity = 2
        self.assertEqual(self.points(), 200)
        out.move_ids.quantity = 3
        self.assertEqual(self.points(), 300)

    def test_a_stock_clerk_corrects_a_delivery_without_seeing_members(self):
        self.program.earn_on = "delivery"
        clerk = self.make_user("clerk", "stock.group_stock_user")
        order = self.confirmed(3)
        out = self.deliver(order)
        out.with_user(clerk).action_toggle_is_locked()
        out.with_user(clerk).move_ids.quantity = 1
        self.assertEqual(self.points(), 100)

    def test_a_return_that_turns_out_to_be_refunded_takes_its_points(self):
        order = self.confirmed(3)
        back = self.return_goods(self.deliver(order), 1)
        back.move_ids.to_refund = False
        self.assertEqual(self.points(), 300)
        back.move_ids.to_refund = True
        self.assertEqual(self.points(), 200)

    def test_another_unit_of_measure_is_seen(self):
        order = self.confirmed(1)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual((order.order_line.price_total, self.points()), (1200, 1200))

    def test_hours_of_a_service_are_seen_once_they_are_booked(self):
        self.program.earn_on = "delivery"
        service = self.env["product.product"].create({"name": "Hour", "type": "service", "taxes_id": False})
        order = self.confirmed(2, product_id=service.id, is_expense=True)
        account = self.env["account.analytic.account"].create({
            "name": "A", "plan_id": self.env["account.analytic.plan"].create({"name": "P"}).id,
        })  # fmt: skip
        self.env["account.analytic.line"].create({
            "name": "Work", "account_id": account.id, "so_line": order.order_line.id, "unit_amount": 2,
            "product_id": service.id, "product_uom_id": service.uom_id.id,
        })  # fmt: skip
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual((order.order_line.qty_delivered, self.points()), (2, 200))
