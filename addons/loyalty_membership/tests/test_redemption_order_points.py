from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_redemption import RedemptionCase


class DealCase(RedemptionCase):
    """A mug of 80 that costs 400 points and 30 in money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls.make_item("Mug for 30 and points", 400, product_id=cls.mug_product.id, money=30)
        # What the order itself earns is not what these tests are about.
        cls.program.earning_rule_ids.action_archive()

    def deliver_part(self, redemption, number, **context):
        picking = redemption.sudo().picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        picking.move_ids.write({"quantity": number, "picked": True})
        picking.with_context(skip_backorder=True, **context).button_validate()
        return picking

    def deliver_last(self, redemption, number):
        """Deliver this many, and give up the rest."""
        picking = redemption.sudo().picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        return self.deliver_part(redemption, number, picking_ids_not_to_backorder=picking.ids)


@tagged("post_install", "-at_install")
class TestRedemptionOrderPoints(DealCase):
    """Points of points and money are due for the goods that the member has."""

    def test_the_rest_that_is_not_delivered_gives_its_points_back_once(self):
        redemption = self.redeem(self.deal, 2, delivery="ship")
        self.deliver_last(redemption, 1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, 1600))
        redemption.sudo().sale_order_id._loyalty_reconcile()
        redemption.sudo()._settle_points()
        self.assertEqual(self.points(), 1600)
        self.assertBalanced()

    def order_with_plates(self, delivery):
        """Approved after a seller put five plates of 100 on the order that waited."""
        plate = self.env["product.product"].create({
            "name": "Plate", "type": "consu", "is_storable": True, "list_price": 100, "taxes_id": False,
        })  # fmt: skip
        self.env["stock.quant"]._update_available_quantity(plate, self.warehouse.lot_stock_id, 5)
        self.need_approval()
        redemption = self.redeem(self.deal, delivery=delivery)
        order = redemption.sudo().sale_order_id
        order.order_line = [Command.create({"product_id": plate.id, "product_uom_qty": 5})]
        redemption.with_user(self.manager).action_approve()
        return redemption, order.order_line.filtered(lambda line: line.product_id == plate)

    def test_what_else_was_ordered_before_the_approval_is_not_handed_over(self):
        redemption, plates = self.order_with_plates("pickup")
        redemption.action_collect_and_hand_over()
        self.assertEqual((redemption.state, redemption.money_collected, plates.qty_delivered), ("done", 30, 0))
        self.return_goods(redemption.sudo().picking_ids, 1)
        self.assertEqual((redemption.state, self.points()), ("cancelled", 2000))

    def test_what_else_was_ordered_is_not_taken_for_the_gift(self):
        redemption, plates = self.order_with_plates("ship")
        picking = redemption.sudo().picking_ids
        plates.move_ids.write({"quantity": 5, "picked": True})
        (picking.move_ids - plates.move_ids).write({"quantity": 0, "picked": False})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids).button_validate()
        self.assertEqual((redemption.state, plates.qty_delivered, self.points()), ("cancelled", 5, 2000))
        self.assertBalanced()

    def test_goods_that_come_back_without_a_refund_stay_paid_for(self):
        redemption = self.redeem(self.deal, delivery="ship")
        picking = self.deliver_part(redemption, 1)
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model=picking._name).create({})
        wizard.product_return_moves.write({"quantity": 1, "to_refund": False})
        back = picking.browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 1, "picked": True})
        back.button_validate()
        self.assertEqual((redemption.state, redemption.sudo().sale_order_id.amount_total, self.points()), ("done", 30, 1600))

    def test_a_backorder_that_is_cancelled_gives_its_points_back(self):
        redemption = self.redeem(self.deal, 3, delivery="ship")
        self.deliver_part(redemption, 1)
        self.assertEqual((redemption.state, self.points()), ("delivering", 800))
        redemption.sudo().picking_ids.filtered(lambda picking: picking.state != "done").action_cancel()
        self.assertEqual((redemption.state, self.points()), ("done", 1600))
        self.assertBalanced()

    def test_points_go_back_to_their_own_lots(self):
        self.Entry._post([{"member_id": self.other.id, "kind": "adjust", "points": 800, "expires_on": "2099-01-31"}])
        redemption = self.redeem(self.deal, 2, member=self.other, delivery="ship")
        self.deliver_last(redemption, 1)
        lot = self.Entry.search([("member_id", "=", self.other.id), ("remaining", ">", 0)])
        self.assertEqual((str(lot.expires_on), lot.remaining), ("2099-01-31", 400))

    def test_what_came_back_and_goes_out_again_is_paid_for_again(self):
        redemption = self.redeem(self.deal, 2, delivery="ship")
        out = self.deliver_last(redemption, 2)
        back = self.return_goods(out, 1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, 1600))
        self.return_goods(back, 1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 0, 1200))
        self.assertBalanced()

    def test_all_that_came_back_and_goes_out_again_is_redeemed_again(self):
        for item, points in ((self.deal, 1600), (self.mug, 1100)):
            with self.subTest(item=item.name):
                item.limit_total = 5
                redemption = self.redeem(item, delivery="ship")
                had = self.points()
                back = self.return_goods(self.deliver_last(redemption, 1), 1)
                self.assertEqual((redemption.state, item.taken), ("cancelled", 0))
                self.return_goods(back, 1)
                self.assertEqual((redemption.state, redemption.end_reason, item.taken), ("done", False, 1))
                self.assertEqual((self.points(), had), (points, points))
        self.assertBalanced()

    def test_what_goes_out_again_without_points_for_it_is_refused(self):
        redemption = self.redeem(self.deal, 2, delivery="ship")
        back = self.return_goods(self.deliver_last(redemption, 2), 1)
        self.spend(1600)
        with self.assertRaisesRegex(UserError, "not enough points"):
            self.return_goods(back, 1)

    def test_a_program_may_keep_the_points_of_a_deal_that_is_not_picked_up(self):
        for give_back, points in ((False, 1600), (True, 1600)):
            with self.subTest(give_back=give_back):
                self.program.pickup_give_back = give_back
                redemption = self.redeem(self.deal)
                redemption.sudo().pickup_until = "2020-01-01"
                with self.enter_registry_test_mode():
                    self.env.ref("loyalty_membership.cron_expire_redemptions").method_direct_trigger()
                order = redemption.sudo().sale_order_id
                self.assertEqual((redemption.state, order.state, self.points()), ("expired", "cancel", points))
        self.assertBalanced()

    def test_more_on_the_line_than_was_redeemed_keeps_no_points_of_it(self):
        self.need_approval()
        redemption = self.redeem(self.deal, 1, delivery="ship")
        redemption.sudo().sale_order_id._redeemed_line().product_uom_qty = 3
        redemption.with_user(self.manager).action_approve()
        out = self.deliver_last(redemption, 3)
        self.return_goods(out, 2)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 0, 1600))

    def test_an_order_that_was_cancelled_is_not_confirmed_anew(self):
        redemption = self.redeem(self.deal)
        redemption._cancel("No")
        order = redemption.sudo().sale_order_id
        order.action_draft()
        with self.assertRaisesRegex(UserError, "redeem anew"):
            order.action_confirm()
        self.assertEqual(self.points(), 2000)


@tagged("post_install", "-at_install")
class TestRedemptionOrderMoney(DealCase):
    """Money of points and money follows the goods, as points do."""

    def invoiced(self, order):
        order._create_invoices(final=True).action_post()
        return sum(order.invoice_ids.mapped("amount_total_signed"))

    def test_what_is_not_delivered_costs_no_money(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.mug_product.invoice_policy = policy
                redemption = self.redeem(self.deal, 2, delivery="ship")
                order = redemption.sudo().sale_order_id
                self.deliver_last(redemption, 1)
                self.assertEqual(order.amount_total, 30)
                self.assertEqual(self.invoiced(order), 30)

    def test_a_part_that_is_delivered_is_invoiced_as_a_part(self):
        self.mug_product.invoice_policy = "delivery"
        redemption = self.redeem(self.deal, 2, delivery="ship")
        order = redemption.sudo().sale_order_id
        self.deliver_part(redemption, 1)
        self.assertEqual(self.invoiced(order), 30)
        self.deliver_last(redemption, 1)
        self.assertEqual((self.invoiced(order), order.amount_total), (60, 60))

    def test_what_came_back_is_credited_by_what_was_paid_for_it(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy=policy):
                self.mug_product.invoice_policy = policy
                redemption = self.redeem(self.deal, 2, delivery="ship")
                order = redemption.sudo().sale_order_id
                out = self.deliver_last(redemption, 2)
                self.assertEqual(self.invoiced(order), 60)
                self.return_goods(out, 1)
                self.assertEqual((self.invoiced(order), order.amount_total), (30, 30))
                self.return_goods(out, 1)
                self.assertEqual((redemption.state, self.invoiced(order), order.amount_total), ("cancelled", 0, 0))

    def test_nothing_is_delivered_anew_for_what_came_back_and_went_out_again(self):
        redemption = self.redeem(self.deal, 2, delivery="ship")
        order = redemption.sudo().sale_order_id
        self.return_goods(self.return_goods(self.deliver_last(redemption, 2), 2), 2)
        self.assertEqual((redemption.state, order.amount_total), ("done", 60))
        self.assertEqual(order.picking_ids.mapped("state"), ["done"] * 3)

    def test_a_locked_order_follows_and_stays_locked(self):
        redemption = self.redeem(self.deal, 2, delivery="ship")
        order = redemption.sudo().sale_order_id
        order.action_lock()
        self.deliver_last(redemption, 1)
        self.assertEqual((order.amount_total, order.locked), (30, True))

    def test_many_with_taxes_cost_what_was_promised(self):
        self.mug_product.taxes_id = self.env["account.tax"].create({
            "name": "13 %", "amount": 13, "price_include_override": "tax_excluded",
        })  # fmt: skip
        self.Entry._post([{"member_id": self.member.id, "kind": "adjust", "points": 5000}])
        self.assertAlmostEqual(self.redeem(self.deal, 9).sudo().sale_order_id.amount_total, 270, places=2)
