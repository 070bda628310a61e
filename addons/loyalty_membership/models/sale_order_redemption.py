"""An order that a redemption makes: the member's points pay all but the money that the item costs."""

import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .in_process import CONFIRMING, ENDING, says
from .loyalty_redemption_flow import OPEN


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_redemption_id = fields.Many2one(
        "loyalty.redemption", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_redemption_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_redemption_kept(vals)
        return super().write(vals)

    def _check_redemption_kept(self, vals):
        """Whoever could name another's redemption could cancel it with the order."""
        if "loyalty_redemption_id" in vals and not self.env.su:
            raise AccessError(self.env._("Only a redemption makes its own order."))

    def _pay_redemption(self):
        """Let points pay all but the money that the item costs."""
        redemption = self.loyalty_redemption_id
        card, reward = redemption.member_id.card_id, redemption.item_id._order_reward()
        self.applied_coupon_ids |= card
        self.order_line = [Command.create(values) for values in self._get_reward_line_values(reward, card)]

    def action_confirm(self):
        """What waits for approval is not sold meanwhile, by a colleague or by the customer's signature."""
        # sudo: who may confirm orders need not see redemptions
        waiting = self.sudo().loyalty_redemption_id.filtered(lambda redemption: redemption.state == "to_approve")
        if waiting and not says(self.env, CONFIRMING):
            raise UserError(self.env._("%s waits for approval: approving it confirms the order.", waiting[0].display_name))
        return super().action_confirm()

    def _action_cancel(self):
        """An order that is cancelled takes its redemption with it."""
        if says(self.env, ENDING):
            return super()._action_cancel()
        # sudo: who may cancel orders need not see redemptions
        redemptions = self.sudo().loyalty_redemption_id
        for redemption in redemptions.filtered(lambda redemption: redemption._number_out() > 0)[:1]:
            raise UserError(self.env._(
                "%s has been handed out, in part at least: return the goods instead of cancelling their order.",
                redemption.display_name,
            ))  # fmt: skip
        result = super(SaleOrder, self.with_context(**ENDING))._action_cancel()
        open_ones = redemptions.filtered(lambda redemption: redemption.state in OPEN)
        open_ones._end("cancelled", self.env._("The order was cancelled."))
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
        price = line.price_unit * (1 - line.discount / 100)
        # Whatever else is put on the line is paid for as on any order.
        paid = price * min(line.product_uom_qty, redemption.quantity) - self._before_taxes(rest, line.tax_ids)
        return {
            "name": self.env._("Paid with points: %s", redemption.item_id.name),
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
