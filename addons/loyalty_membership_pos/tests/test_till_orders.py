from odoo.tests import tagged

from .common import TillCase


@tagged("post_install", "-at_install")
class TestTillOrders(TillCase):
    """Sales orders that are paid for at the till (pos_sale)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier.group_ids |= cls.env.ref("sales_team.group_sale_salesman_all_leads")

    def settle(self, order, quantity=None):
        line = order.order_line
        return self.sell(self.line(
            self.product, quantity or line.product_uom_qty, line.price_unit,
            sale_order_origin_id=order.id, sale_order_line_id=line.id,
        ))  # fmt: skip

    def test_it_earns_once_however_the_program_earns(self):
        for earn_on in ("confirm", "delivery", "payment"):
            with self.subTest(earn_on):
                self.program.earn_on = earn_on
                before = self.points()
                order = self.make_order(2)
                settled = self.settle(order)
                self.assertEqual(order.state, "sale")
                self.assertEqual(self.points() - before, 200)
                self.assertFalse(settled._loyalty_journal(self.program), "the sales order is the purchase")
                self.assertBalanced()

    def test_what_is_returned_at_the_till_takes_its_points_back(self):
        for earn_on in ("confirm", "delivery", "payment"):
            with self.subTest(earn_on):
                self.program.earn_on = earn_on
                before = self.points()
                settled = self.settle(self.make_order(2))
                self.give_back(settled, (settled.lines, 1))
                self.assertEqual(self.points() - before, 100)
                self.assertBalanced()
