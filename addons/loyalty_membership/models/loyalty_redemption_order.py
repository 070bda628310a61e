"""Points and money: a sales order on which the member's points pay their part as a native reward."""

import secrets

from odoo import fields, models
from odoo.fields import Command

from .in_process import ENDING, says
from .loyalty_redemption_flow import OPEN


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
            self.sale_order_id.action_confirm()

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


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_redemption_id = fields.Many2one(
        "loyalty.redemption", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    def _pay_redemption(self):
        """Let points pay all but the money that the item costs."""
        redemption = self.loyalty_redemption_id
        card, reward = redemption.member_id.card_id, redemption.item_id._order_reward()
        self.applied_coupon_ids |= card
        self.order_line = [Command.create(values) for values in self._get_reward_line_values(reward, card)]

    def _action_cancel(self):
        """An order that is cancelled takes its redemption with it."""
        if says(self.env, ENDING):
            return super()._action_cancel()
        result = super(SaleOrder, self.with_context(**ENDING))._action_cancel()
        # sudo: who may cancel orders need not see redemptions
        redemptions = self.sudo().loyalty_redemption_id.filtered(lambda redemption: redemption.state in OPEN)
        redemptions._end("cancelled", self.env._("The order was cancelled."))
        return result

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        # sudo: the redemption says what was paid for, whoever works on the order
        redemption = self.sudo().loyalty_redemption_id
        if not redemption or redemption.item_id.reward_id != reward:
            return super()._get_reward_values_discount(reward, coupon, **kwargs)
        return [self._redemption_line_values(redemption, reward, coupon)]

    def _redemption_line_values(self, redemption, reward, coupon):
        line = self.order_line.filtered(lambda line: line.product_id == redemption.product_id and not line.reward_id)[:1]
        rest = redemption.currency_id._convert(redemption.money, self.currency_id, self.company_id, self.date_order)
        paid = line.price_unit * line.product_uom_qty - self._before_taxes(rest, line.tax_ids)
        return {
            "name": reward.description,
            "product_id": reward.discount_line_product_id.id,
            "product_uom_qty": 1,
            "product_uom_id": reward.discount_line_product_id.uom_id.id,
            "price_unit": -max(paid, 0),
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "points_cost": redemption.points,
            "reward_id": reward.id,
            "coupon_id": coupon.id,
            "reward_identifier_code": secrets.token_hex(8),
            "sequence": max(self.order_line.filtered(lambda line: not line.is_reward_line).mapped("sequence"), default=10) + 1,
        }

    def _before_taxes(self, amount, taxes):
        """The price whose total with these taxes is ``amount``, as prices with these taxes are written."""
        added = taxes.filtered(lambda tax: not tax.price_include)
        if not added:
            return amount
        told = taxes.with_context(force_price_include=True, round=False, round_base=False).compute_all(
            amount, currency=self.currency_id
        )
        included = sum(tax["amount"] for tax in told["taxes"] if tax["id"] not in added.ids)
        return told["total_excluded"] + included

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """What a redemption has taken for this order already is not needed once more."""
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        redemption = self.sudo().loyalty_redemption_id  # sudo: as in _get_reward_values_discount
        if redemption and self.state not in ("sale", "cancel") and coupon == redemption.member_id.card_id:
            points -= sum(self.env["loyalty.points.entry"]._spent_by(self).mapped("points"))
        return points
