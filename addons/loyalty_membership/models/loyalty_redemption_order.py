"""Points and money: a sales order on which the member's points pay their part as a native reward."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .in_process import CONFIRMING, ENDING


class LoyaltyCatalogItem(models.Model):
    _inherit = "loyalty.catalog.item"

    # Archived: it is for redemptions alone, and not offered on other orders.
    reward_id = fields.Many2one("loyalty.reward", readonly=True, copy=False, ondelete="restrict", index="btree_not_null")

    def _order_reward(self):
        """The native reward whose line on the order says what the points paid; what it costs the redemption says."""
        self.ensure_one()
        if not self.reward_id:
            # sudo: made when it is first needed, by whoever redeems
            self.sudo().reward_id = (
                self
                .env["loyalty.reward"]
                .sudo()
                .create({
                    "program_id": self.program_id.id,
                    "reward_type": "discount",
                    "discount_mode": "per_order",
                    "discount": 1,
                    "discount_applicability": "order",
                    "required_points": 1,
                    "description": self.name,
                    "active": False,
                })
            )
        # Invoiced as the goods are: what is not delivered is neither charged nor paid for with points.
        paid, policy = self.reward_id.discount_line_product_id, self.product_id.invoice_policy
        if paid.invoice_policy != policy:
            paid.sudo().invoice_policy = policy  # sudo: as above
        return self.reward_id


class LoyaltyRedemptionOrder(models.Model):
    _inherit = "loyalty.redemption"

    sale_order_id = fields.Many2one("sale.order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")

    def _order_rest(self):
        """Make the order of what costs money, too."""
        if not self.money:
            return
        partner = self.member_id.partner_id
        self.sale_order_id = (
            self
            .env["sale.order"]
            .with_company(self.company_id or self.env.company)
            .create({
                "partner_id": partner.id,
                "partner_shipping_id": self.shipping_partner_id.id or partner.id,
                "team_id": self.team_id.id,
                "warehouse_id": self.warehouse_id.id,
                "origin": self.name,
                "loyalty_redemption_id": self.id,
                "order_line": [Command.create({"product_id": self.product_id.id, "product_uom_qty": self.quantity})],
            })
        )
        self.sale_order_id._pay_redemption()

    def _confirm_order(self):
        """Confirm what was redeemed, and nothing less."""
        order = self.sale_order_id
        if not order:
            return
        order._pay_redemption()
        order.with_context(**CONFIRMING).action_confirm()
        goods = order._redeemed_line()
        ordered = goods.product_uom_id._compute_quantity(goods.product_uom_qty, self.product_id.uom_id) if goods else 0
        if ordered < self.quantity or not order._redemption_line():
            raise UserError(self.env._(
                "The order %(order)s does not hold %(quantity)s × %(item)s, paid with points, any more. "
                "Put it back on the order, or reject the redemption: the points come back.",
                order=order.name, quantity=self.quantity, item=self.item_id.name,
            ))  # fmt: skip

    def _cancel_order(self):
        """Cancel the order; one whose goods have left, or that has others, too, orders none of them any more."""
        order = self.sale_order_id
        if order.state in ("draft", "sent") or (order.state == "sale" and not self._has_left() and order._has_only_redeemed()):
            order.with_context(**ENDING)._action_cancel()
        elif order:
            order._order_what_is_kept(self.quantity - self.quantity_back, 0)

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "view_mode": "form",
            "res_id": self.sale_order_id.id,
        }
