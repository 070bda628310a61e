"""Points and money: a sales order on which the member's points pay their part as a native reward."""

from odoo import fields, models
from odoo.fields import Command

from .in_process import CONFIRMING, ENDING


class LoyaltyCatalogItem(models.Model):
    _inherit = "loyalty.catalog.item"

    # Archived: it is for redemptions alone, and not offered on other orders.
    reward_id = fields.Many2one("loyalty.reward", readonly=True, copy=False, ondelete="restrict", index="btree_not_null")

    def _order_reward(self):
        """The native reward whose line on the order says what the points paid."""
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
                    "required_points": self.points or 1,
                    "description": self.name,
                    "active": False,
                })
            )
        return self.reward_id


class LoyaltyRedemptionOrder(models.Model):
    _inherit = "loyalty.redemption"

    sale_order_id = fields.Many2one("sale.order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")

    def _order_rest(self):
        """Make the order of what costs money, too; its points are booked as the order's own."""
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
        if self.sale_order_id:
            self.sale_order_id.with_context(**CONFIRMING).action_confirm()

    def _cancel_order(self):
        if self.sale_order_id.state in ("draft", "sent", "sale"):
            self.sale_order_id.with_context(**ENDING)._action_cancel()

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "view_mode": "form",
            "res_id": self.sale_order_id.id,
        }
