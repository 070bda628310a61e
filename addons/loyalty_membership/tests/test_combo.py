from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestCombo(LoyaltyCase):
    """A set of products at one price: Odoo sells it as a heading without price, and lines of what was chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        goods = {"type": "consu", "is_storable": True, "taxes_id": False}
        cls.burger, cls.cola = cls.env["product.product"].create([
            {"name": "Burger", "list_price": 30, **goods},
            {"name": "Cola", "list_price": 10, **goods},
        ])
        cls.choices = cls.env["product.combo"].create([
            {"name": product.name, "combo_item_ids": [Command.create({"product_id": product.id})]}
            for product in (cls.burger, cls.cola)
        ])
        cls.combo = cls.env["product.product"].create({
            "name": "Menu",
            "type": "combo",
            "list_price": 35,
            "taxes_id": False,
            "combo_ids": [Command.set(cls.choices.ids)],
        })

    def order_combo(self, quantity):
        order = self.env["sale.order"].create({
            "partner_id": self.member.partner_id.id,
            "order_line": [Command.create({"product_id": self.combo.id, "product_uom_qty": quantity})],
        })
        order.order_line = [
            Command.create({
                "product_id": item.product_id.id,
                "product_uom_qty": quantity,
                "combo_item_id": item.id,
                "linked_line_id": order.order_line.id,
            })
            for item in self.choices.combo_item_ids
        ]
        order.action_confirm()
        return order

    def test_points_come_from_what_was_chosen(self):
        order = self.order_combo(2)
        self.assertEqual(self.points(), 70)
        self.assertEqual(order.loyalty_transaction_ids.line_ids.product_id, self.burger | self.cola)
        self.assertBalanced()

    def test_the_heading_is_no_unit_of_its_own(self):
        self.rule.write({"points_mode": "unit", "points": 10})
        self.order_combo(2)
        self.assertEqual(self.points(), 40, "two burgers and two colas")

    def test_a_returned_combo_is_no_purchase_any_more(self):
        self.rule.write({"points_mode": "unit", "points": 10})
        order = self.order_combo(2)
        picking = self.deliver(order)
        self.assertEqual(self.member.purchase_count, 1)
        self.return_goods(picking, 2)
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.purchase_count, 0)
        self.assertBalanced()
