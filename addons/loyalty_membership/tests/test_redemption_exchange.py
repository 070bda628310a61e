from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .test_redemption_order_points import DealCase


@tagged("post_install", "-at_install")
class TestRedemptionExchange(DealCase):
    """Goods of a redemption that stock staff exchange, split and return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.make_user("redeem_keeper", "stock.group_stock_user")

    def exchange(self, redemption):
        """Return one and send another: the pickings back and out again."""
        out = redemption.sudo().picking_ids.with_user(self.keeper)
        wizard = self.env["stock.return.picking"].with_user(self.keeper)
        wizard = wizard.with_context(active_id=out.id, active_model=out._name).create({})
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = out.browse(wizard.action_create_exchanges()["res_id"])
        return back, redemption.sudo().picking_ids.with_user(self.keeper) - out - back

    def process(self, picking):
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.button_validate()

    def test_what_is_exchanged_is_had_once_and_paid_for_once(self):
        for item in (self.mug, self.deal):
            with self.subTest(item=item.name):
                redemption = self.redeem(item, delivery="ship")
                points = self.points()
                self.process(redemption.sudo().picking_ids.with_user(self.keeper))
                back, again = self.exchange(redemption)
                self.process(back)
                self.assertEqual((redemption.state, self.points()), ("done", points))
                self.process(again)
                self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 0, points))
        self.assertBalanced()

    def test_an_exchange_that_never_goes_out_gives_the_points_back(self):
        redemption = self.redeem(self.mug, delivery="ship")
        self.process(redemption.sudo().picking_ids)
        back, again = self.exchange(redemption)
        self.process(back)
        again.action_cancel()
        self.assertEqual((redemption.state, self.points()), ("cancelled", 2000))

    def test_a_delivery_that_staff_duplicate_is_of_no_redemption(self):
        given, up = self.redeem(self.mug, delivery="ship"), self.redeem(self.mug, delivery="ship")
        self.process(given.sudo().picking_ids)
        cancelled = up.sudo().picking_ids
        cancelled.action_cancel()
        for redemption, picking in ((given, given.sudo().picking_ids), (up, cancelled)):
            before = redemption.state, self.points()
            twin = picking.with_user(self.keeper).copy({"partner_id": self.other.partner_id.id})
            self.assertTrue(twin.sudo().move_ids)
            twin.action_confirm()
            self.process(twin)
            self.assertEqual((redemption.state, self.points()), before)
            self.assertNotIn(twin, redemption.sudo().picking_ids)

    def test_stock_staff_split_and_return_what_stays_the_redemption_s(self):
        redemption = self.redeem(self.mug, 3, delivery="ship")
        picking = redemption.sudo().picking_ids.with_user(self.keeper)
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(len(redemption.sudo().picking_ids), 2)
        self.process((redemption.sudo().picking_ids - picking).with_user(self.keeper))
        self.return_goods(picking, 1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, 1000))

    def test_a_delivery_that_is_corrected_afterwards_counts_as_corrected(self):
        for item, price in ((self.mug, 500), (self.deal, 400)):
            with self.subTest(item=item.name):
                had = self.points()
                redemption = self.redeem(item, 2, delivery="ship")
                picking = redemption.sudo().picking_ids.with_user(self.keeper)
                self.process(picking)
                picking.move_ids.move_line_ids.quantity = 1
                self.assertEqual((redemption.quantity_back, self.points()), (1, had - price))
                picking.move_ids.move_line_ids.quantity = 2
                self.assertEqual((redemption.quantity_back, self.points()), (0, had - 2 * price))
                picking.move_ids.move_line_ids.quantity = 0
                self.assertEqual((redemption.state, self.points()), ("cancelled", had))
        self.assertBalanced()

    def test_nobody_names_a_redemption_on_a_move_from_outside(self):
        redemption = self.redeem(self.mug)
        moves = self.env["stock.move"].with_user(self.keeper)
        values = {
            "product_id": self.mug_product.id, "product_uom_qty": 1, "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
        }  # fmt: skip
        with self.assertRaises(AccessError):
            moves.create({**values, "loyalty_redemption_id": redemption.id})
        own = moves.with_context(default_loyalty_redemption_id=redemption.id).create(values)
        self.assertFalse(own.loyalty_redemption_id)
        for change in (redemption.id, False):
            with self.assertRaises(AccessError):
                (own if change else redemption.sudo().move_ids.with_user(self.keeper)).write({"loyalty_redemption_id": change})
        with self.assertRaises(AccessError):
            self.env["stock.picking"].with_user(self.keeper).create({
                "picking_type_id": self.warehouse.out_type_id.id,
                "move_ids": [Command.create({**values, "loyalty_redemption_id": redemption.id})],
            })

    def test_nobody_s_defaults_name_a_redemption_on_an_order(self):
        redemption = self.redeem(self.mug)
        seller = self.make_user("redeem_seller", "sales_team.group_sale_salesman_all_leads")
        orders = self.env["sale.order"].with_user(seller).with_context(default_loyalty_redemption_id=redemption.id)
        self.assertFalse(orders.create({"partner_id": self.member.partner_id.id}).loyalty_redemption_id)
