"""An order that a redemption makes: the member's points pay all but the money that the item costs."""

import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import formatLang

from .in_process import CONFIRMING, ENDING, says
from .loyalty_redemption_flow import OPEN


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_redemption_id = fields.Many2one(
        "loyalty.redemption", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    # What sellers are told who see no redemption.
    loyalty_redemption_number = fields.Char("Redemption", related="loyalty_redemption_id.name")
    loyalty_redemption_state = fields.Selection(related="loyalty_redemption_id.state", string="State of Redemption")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_redemption_kept(vals)
        # Said, so that nobody's defaults say otherwise.
        return super().create([{"loyalty_redemption_id": False, **vals} for vals in vals_list])

    def write(self, vals):
        self._check_redemption_kept(vals)
        return super().write(vals)

    def _check_redemption_kept(self, vals):
        """Whoever could name another's redemption could cancel it with the order."""
        if "loyalty_redemption_id" in vals and not self.env.su:
            raise AccessError(self.env._("Only a redemption makes its own order."))

    def action_view_loyalty_redemption(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.redemption",
            "view_mode": "form",
            "res_id": self.loyalty_redemption_id.id,
        }

    # ------------------------------------------------------------------
    # Confirming and cancelling
    # ------------------------------------------------------------------

    def action_confirm(self):
        """What waits for approval is not sold meanwhile, by a colleague or by the customer's signature."""
        # sudo: who may confirm orders need not see redemptions
        redemption = self.sudo().loyalty_redemption_id[:1]
        if not redemption or says(self.env, CONFIRMING):
            return super().action_confirm()
        if redemption.state == "to_approve":
            raise UserError(self.env._("%s waits for approval: approving it confirms the order.", redemption.display_name))
        raise UserError(self.env._(
            "%s has ended and pays for nothing any more: redeem anew, or sell the goods on an order of their own.",
            redemption.display_name,
        ))  # fmt: skip

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

    # ------------------------------------------------------------------
    # What points pay
    # ------------------------------------------------------------------

    def _redeemed_line(self):
        """The line of what was redeemed."""
        product = self.loyalty_redemption_id.product_id
        return self.order_line.filtered(lambda line: line.product_id == product and not line.reward_id)[:1]

    def _has_only_redeemed(self):
        """Whether nobody has put anything else on the order."""
        others = self.order_line - self._redeemed_line() - self._redemption_line()
        return not any(others.mapped("product_uom_qty"))

    def _redemption_line(self):
        """The line of what points pay of it."""
        reward = self.loyalty_redemption_id.item_id.reward_id
        return self.order_line.filtered(lambda line: line.reward_id and line.reward_id == reward)

    def _pay_redemption(self):
        """Let points pay all but the money that the item costs: the redemption has taken them, whatever else changes."""
        redemption = self.loyalty_redemption_id
        card, reward = redemption.member_id.card_id, redemption.item_id._order_reward()
        line, others = self._redemption_line()[:1], self._redemption_line()[1:]
        [values] = self._get_reward_line_values(reward, card)
        self.write({
            "applied_coupon_ids": [Command.link(card.id)],
            "order_line": [
                Command.update(line.id, values) if line else Command.create(values),
                *(Command.delete(other.id) for other in others),
            ],
        })

    def _update_programs_and_rewards(self):
        """Native conditions of the program (dates, price lists, points left) say nothing of what was redeemed already."""
        result = super()._update_programs_and_rewards()
        own = self.sudo()  # sudo: the redemption says what was paid for, whoever works on the order
        if own.loyalty_redemption_id.state in ("draft", "to_approve") and self.state in ("draft", "sent"):
            own._pay_redemption()
        return result

    @api.depends("loyalty_redemption_id.state", "loyalty_redemption_id.quantity_back")
    def _compute_loyalty_cards(self):
        result = super()._compute_loyalty_cards()
        for order in self.filtered("loyalty_redemption_id"):
            order.loyalty_points_spent += float(order.loyalty_redemption_id._points_due())
        return result

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        redemption = self.sudo().loyalty_redemption_id  # sudo: as in _update_programs_and_rewards
        if not redemption or redemption.item_id.reward_id != reward:
            return super()._get_reward_values_discount(reward, coupon, **kwargs)
        return [self._redemption_line_values(redemption, reward, coupon)]

    def _redemption_line_values(self, redemption, reward, coupon):
        line, item = self._redeemed_line(), redemption.with_env(self.env).item_id
        rest = redemption.currency_id._convert(redemption.money, self.currency_id, self.company_id, self.date_order)
        price = line.price_unit * (1 - line.discount / 100)
        points = formatLang(self.env, redemption.points, digits=0 if redemption.points == int(redemption.points) else 2)
        return {
            "name": self.env._("%(item)s: paid with %(points)s points", item=item.name, points=points),
            "product_id": reward.discount_line_product_id.id,
            # Whatever else is put on the line of the goods is paid for as on any order.
            "product_uom_qty": min(line.product_uom_qty, redemption.quantity),
            "product_uom_id": reward.discount_line_product_id.uom_id.id,
            "price_unit": -max(price - self._before_taxes(rest / redemption.quantity, line.tax_ids), 0),
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "points_cost": 0,  # the redemption takes them
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

    # ------------------------------------------------------------------
    # What became of the goods
    # ------------------------------------------------------------------

    def _tell_delivered(self, number):
        """The points of this many have paid: it is invoiced as the goods are."""
        self._redemption_line().qty_delivered = number

    def _order_what_is_kept(self, before, number):
        """Order as many as the member keeps, no longer ``before``: money follows goods, as points do."""
        goods, paid = self._redeemed_line(), self._redemption_line()
        if self.state != "sale" or not goods:
            return
        locked, self.locked = self.locked, False
        # Nothing is to be delivered for it: it was, or it came back.
        goods, paid = goods.with_context(skip_procurement=True), paid.with_context(skip_procurement=True)
        wanted = max(goods.product_uom_qty + number - before, goods.qty_delivered)
        if wanted != goods.product_uom_qty:
            goods.product_uom_qty = wanted
            paid.product_uom_qty = number
        self.locked = locked
