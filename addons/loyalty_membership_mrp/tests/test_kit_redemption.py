from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.tests import tagged

from .common_kit import KitCase


@tagged("post_install", "-at_install")
class TestKitRedemption(KitCase, RedemptionCase):
    """A gift box of two cups and one plate, redeemed as one gift."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box = cls.env["product.product"].create({
            "name": "Box", "type": "consu", "is_storable": True, "list_price": 80, "taxes_id": False,
        })  # fmt: skip
        cls.make_kit(cls.box)
        for product in (cls.cup, cls.plate):
            cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, 20)
        cls.gift = cls.make_item("Box", 500, product_id=cls.box.id)
        cls.deal = cls.make_item("Box for 30 and points", 400, product_id=cls.box.id, money=30)
        cls.program.earning_rule_ids.action_archive()

    def send(self, redemption, cups, plates):
        """Deliver these components, and give up the rest."""
        picking = redemption.sudo().picking_ids
        for move in picking.move_ids:
            move.write({"quantity": cups if move.product_id == self.cup else plates, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids).button_validate()
        return picking

    def test_a_kit_that_is_handed_over_is_had_once(self):
        redemption = self.redeem(self.gift, 2)
        redemption.action_hand_over()
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 0, 1000))

    def test_kits_that_are_not_delivered_give_their_points_back(self):
        for item, points in ((self.gift, 1500), (self.deal, 1100)):
            with self.subTest(item=item.name):
                redemption = self.redeem(item, 2, delivery="ship")
                self.send(redemption, cups=2, plates=1)
                self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, points))
        self.assertBalanced()

    def test_kits_that_come_back_and_go_out_again_are_paid_for_as_they_are_had(self):
        redemption = self.redeem(self.deal, 3, delivery="ship")
        out = self.send(redemption, cups=6, plates=3)
        back = self.bring_back(out, cups=2, plates=1)
        self.assertEqual((redemption.quantity_back, self.points()), (1, 1200))
        self.assertEqual(redemption.sudo().sale_order_id.amount_total, 60)
        self.bring_back(back, cups=2, plates=1)
        self.assertEqual((redemption.quantity_back, self.points()), (0, 800))
        self.assertBalanced()

    def test_a_kit_of_which_a_component_came_back_is_none(self):
        redemption = self.redeem(self.gift, 2, delivery="ship")
        self.bring_back(self.send(redemption, cups=4, plates=2), cups=0, plates=1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, 1500))

    def test_an_ordinary_gift_is_counted_by_itself(self):
        redemption = self.redeem(self.make_item("Cups", 100, product_id=self.cup.id), 3)
        redemption.action_hand_over()
        self.assertEqual((redemption.state, redemption.quantity_back), ("done", 0))
