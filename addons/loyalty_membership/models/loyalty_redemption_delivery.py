"""Gifts: a native delivery from the store's warehouse, which moves the redemption."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .in_process import ENDING


class LoyaltyRedemptionDelivery(models.Model):
    _inherit = "loyalty.redemption"

    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    move_ids = fields.One2many("stock.move", "loyalty_redemption_id", string="Stock Moves", readonly=True)
    picking_ids = fields.Many2many("stock.picking", string="Deliveries", compute="_compute_picking_ids")
    delivery_count = fields.Integer(compute="_compute_picking_ids")

    @api.depends("move_ids.picking_id")
    def _compute_picking_ids(self):
        for redemption in self:
            # sudo: that there is a delivery is told to whoever sees the redemption; opening it needs rights to the stock
            redemption.picking_ids = redemption.sudo().move_ids.picking_id
            redemption.delivery_count = len(redemption.sudo().move_ids.picking_id)

    def _fulfil_gift(self):
        """Reserve the gift: what is approved can't be given to anybody else."""
        if self.sale_order_id:
            self._confirm_order()
            self.sale_order_id._redeemed_line().move_ids.loyalty_redemption_id = self
        else:
            self._launch_delivery()
        self.move_ids._action_assign()
        # What comes from another step of the way is reserved there.
        if any(move.state != "assigned" for move in self.move_ids if move.procure_method == "make_to_stock"):
            raise UserError(self.env._(
                "%(item)s can't be reserved for %(redemption)s: there are not enough in %(warehouse)s. "
                "Receive some first, or reject the redemption.",
                item=self.item_id.name, redemption=self.name, warehouse=self.warehouse_id.name,
            ))  # fmt: skip
        if self.delivery == "ship":
            self.state = "delivering"
            return
        days = self.program_id.pickup_days
        self.write({
            "state": "approved",
            "code": self._new_code(),
            "pickup_until": self.program_id._today() + timedelta(days=days) if days else False,
        })

    def _launch_delivery(self):
        """Let Odoo's own rules of the warehouse make the delivery, in as many steps as it has."""
        product, company = self.product_id, self.warehouse_id.company_id
        reference = self.env["stock.reference"].create({"name": self.name})
        values = {
            "warehouse_id": self.warehouse_id,
            "partner_id": self.shipping_partner_id.id or self.member_id.partner_id.id,
            "date_planned": fields.Datetime.now(),
            "reference_ids": reference,
            "company_id": company,
            "loyalty_redemption_id": self.id,
        }
        # The customers of this company's own goods: stock of a partner's own location never comes from here.
        destination = self.member_id.partner_id.with_company(company).property_stock_customer
        rules = self.env["stock.rule"].with_company(company)
        rules.run([
            rules.Procurement(
                product, self.quantity, product.uom_id, destination, product.display_name, self.name, company, values
            )
        ])

    def _recall_gift(self):
        """Cancel the delivery; nothing of it has left the house, or the redemption would be done."""
        moves = self._open_moves()
        if self.sale_order_id:
            self._cancel_order()
        moves.with_context(**ENDING)._action_cancel()

    def _open_moves(self):
        return self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))

    def _ship_out(self):
        """Validate the delivery of a gift that the member takes home, and of nothing else that goes the same way."""
        moves = self._moves_to_hand_over()
        pickings = moves.picking_id
        (pickings.move_ids - moves).picked = False
        for move in moves:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
        # It may answer with a question, and it may answer with what to print.
        if any(picking.state != "done" for picking in pickings):
            raise UserError(self.env._("The delivery of %s asks for more: validate it in the app Inventory.", self.display_name))

    def _moves_to_hand_over(self):
        """What is left to hand over, all of it in the store and reserved."""
        moves = self._open_moves()
        if not moves or any(move.state == "waiting" or move.location_dest_id.usage != "customer" for move in moves):
            raise UserError(self.env._(
                "%s is not ready yet: its transfers within the warehouse come first.", self.display_name
            ))  # fmt: skip
        # Somebody may have taken the reservation away.
        moves.filtered(lambda move: move.state != "assigned")._action_assign()
        if any(move.state != "assigned" for move in moves):
            raise UserError(self.env._(
                "%(item)s is not reserved for %(redemption)s any more, and there are not enough in %(warehouse)s. "
                "Receive some first, or cancel the redemption.",
                item=self.item_id.name, redemption=self.name, warehouse=self.warehouse_id.name,
            ))  # fmt: skip
        return moves

    def action_view_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        pickings = self.picking_ids
        if len(pickings) == 1:
            return dict(action, views=[(False, "form")], res_id=pickings.id, context={})
        return dict(action, domain=[("id", "in", pickings.ids)], context={})
