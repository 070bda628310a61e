from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemptionDelivery(RedemptionCase):
    """Gifts leave the right warehouse, in as many steps as it has."""

    def test_a_gift_leaves_the_warehouse_of_its_store(self):
        harbour = self.env["stock.warehouse"].create({"name": "Harbour", "code": "HARB"})
        self.env["stock.quant"]._update_available_quantity(self.mug_product, harbour.lot_stock_id, 1)
        store = self.env["crm.team"].create({"name": "Harbour", "loyalty_warehouse_id": harbour.id})
        redemption = self.redeem(self.mug, team_id=store.id)
        self.assertEqual(redemption.sudo().move_ids.location_id, harbour.lot_stock_id)
        self.assertEqual(self.free(), 10)
        with self.assertRaisesRegex(UserError, "sold out"):
            self.redeem(self.mug, team_id=store.id)
        self.redeem(self.mug)

    def test_where_gifts_come_from_is_asked_as_soon_as_there_are_two_warehouses(self):
        """Whether or not anybody keeps track of locations within a warehouse."""
        boss = self.make_user("redeem_boss", "sales_team.group_sale_manager")
        locations = self.env.ref("stock.group_stock_multi_locations")
        self.env["stock.warehouse"].create({"name": "Harbour", "code": "HARB"})
        self.env.ref("base.group_user").implied_ids -= locations
        self.env.ref("stock.group_stock_multi_warehouses").implied_ids -= locations
        boss.group_ids -= locations
        self.assertFalse(boss.has_group("stock.group_stock_multi_locations"))
        self.assertIn("loyalty_warehouse_id", self.env["crm.team"].with_user(boss).get_view(view_type="form")["arch"])

    def test_a_delivery_in_two_steps_is_done_after_the_second(self):
        self.warehouse.delivery_steps = "pick_ship"
        redemption = self.redeem(self.mug, delivery="ship")
        [pick] = redemption.sudo().picking_ids
        self.assertEqual(self.free(), 9)
        pick.move_ids.write({"quantity": 1, "picked": True})
        pick.button_validate()
        self.assertEqual(redemption.state, "delivering")
        ship = redemption.sudo().picking_ids - pick
        ship.move_ids.write({"quantity": 1, "picked": True})
        ship.button_validate()
        self.assertEqual(redemption.state, "done")

    def test_what_is_still_being_picked_cant_be_handed_over(self):
        self.warehouse.delivery_steps = "pick_ship"
        redemption = self.redeem(self.mug)
        with self.assertRaisesRegex(UserError, "not ready yet"):
            redemption.action_hand_over()
        pick = redemption.sudo().picking_ids
        pick.move_ids.write({"quantity": 1, "picked": True})
        pick.button_validate()
        redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")

    def test_a_first_step_that_is_cancelled_gives_the_points_back(self):
        self.warehouse.delivery_steps = "pick_ship"
        redemption = self.redeem(self.mug, delivery="ship")
        redemption.sudo().picking_ids.action_cancel()
        self.assertEqual((redemption.state, self.points(), self.free()), ("cancelled", 2000, 10))

    def test_two_redemptions_have_a_delivery_each(self):
        first, second = self.redeem(self.mug, delivery="ship"), self.redeem(self.mug, delivery="ship")
        self.assertFalse(first.sudo().picking_ids & second.sudo().picking_ids)
        first.sudo().picking_ids.action_cancel()
        self.assertEqual((first.state, second.state), ("cancelled", "delivering"))

    def test_goods_without_stock_keeping_can_always_be_given(self):
        flyer = self.env["product.product"].create({"name": "Flyer", "type": "consu", "is_storable": False})
        redemption = self.redeem(self.make_item("Flyer", 1, product_id=flyer.id), 50)
        redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")

    def deliver_part(self, redemption, number):
        picking = redemption.sudo().picking_ids
        picking.move_ids.write({"quantity": number, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()

    def test_what_has_left_in_part_is_not_cancelled_as_a_whole(self):
        redemption = self.redeem(self.mug, 3, delivery="ship")
        self.deliver_part(redemption, 1)
        with self.assertRaisesRegex(UserError, "A part of"):
            redemption._cancel("Too late")
        redemption.sudo().picking_ids.filtered(lambda picking: picking.state != "done").action_cancel()
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 2, 1500))
        self.assertBalanced()

    def test_an_order_is_not_cancelled_once_a_part_has_left(self):
        deal = self.make_item("Mug for 30 and points", 400, product_id=self.mug_product.id, money=30)
        redemption = self.redeem(deal, 2, delivery="ship")
        self.deliver_part(redemption, 1)
        points = self.points()
        with self.assertRaisesRegex(UserError, "return the goods"):
            redemption.sudo().sale_order_id._action_cancel()
        self.assertEqual((redemption.state, self.points()), ("delivering", points))

    def test_what_was_picked_up_in_part_keeps_its_share_of_the_points_when_the_rest_expires(self):
        redemption = self.redeem(self.mug, 3)
        self.deliver_part(redemption, 1)
        redemption.sudo().pickup_until = "2020-01-01"
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_expire_redemptions").method_direct_trigger()
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 2, 1500))
        self.assertBalanced()

    def test_handing_over_leaves_what_else_the_customer_ordered_in_the_store(self):
        deal = self.make_item("Mug for 30 and points", 400, product_id=self.mug_product.id, money=30)
        redemption = self.redeem(deal)
        order = redemption.sudo().sale_order_id
        order.order_line = [Command.create({"product_id": self.product.id, "product_uom_qty": 5})]
        other = order.order_line.filtered(lambda line: line.product_id == self.product)
        other.move_ids.picked = True  # as whoever prepares the parcel does
        redemption.action_collect_and_hand_over()
        self.assertEqual(
            (redemption.state, other.qty_delivered, sum(redemption.sudo().move_ids.mapped("quantity"))), ("done", 0, 1)
        )
        self.assertNotIn(other.move_ids.state, ("done", "cancel"))
        self.assertNotEqual(other.move_ids.picking_id, redemption.sudo().picking_ids)

    def test_handing_over_leaves_other_redemptions_in_the_store(self):
        first, second = self.redeem(self.mug), self.redeem(self.mug)
        shared = first.sudo().picking_ids
        second.sudo().move_ids.picking_id = shared
        first.action_hand_over()
        self.assertEqual((first.state, second.state, self.mug_product.qty_available), ("done", "approved", 9))
        second.action_hand_over()
        self.assertEqual((second.state, self.mug_product.qty_available), ("done", 8))

    def test_what_is_not_reserved_any_more_is_reserved_again_when_it_is_handed_over(self):
        redemption = self.redeem(self.mug)
        redemption.sudo().move_ids._do_unreserve()
        redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")

    def test_what_is_gone_is_not_handed_over_and_staff_are_told_what_to_do(self):
        redemption = self.redeem(self.mug)
        redemption.sudo().move_ids._do_unreserve()
        self.env["stock.quant"]._update_available_quantity(self.mug_product, self.warehouse.lot_stock_id, -10)
        with self.assertRaisesRegex(UserError, "not enough in .* Receive some first, or cancel"):
            redemption.action_hand_over()
