from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain.points import split, to_decimal
from .in_process import ORDER_SPENDING

#: What changes the amount that a confirmed line is due for.
WATCHED = {
    "product_uom_qty", "product_uom_id", "price_unit", "discount", "tax_ids", "qty_delivered", "product_id", "points_cost",
    "coupon_id",
}  # fmt: skip

DELIVERED = "loyalty_membership.delivered"


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    loyalty_transaction_line_ids = fields.One2many("loyalty.transaction.line", "sale_line_id", readonly=True)

    # ------------------------------------------------------------------
    # What a line is worth to the journal
    # ------------------------------------------------------------------

    def _loyalty_net_amounts(self, basis, top_ups=None):
        """Worth of the goods of one order, less their share of every discount line.

        Negative lines (promotions, points, manual discounts) lower the lines that they apply to in
        proportion; what falls on a top-up or on delivery lowers no goods.  Gift cards and e-wallets
        are ways to pay and lower nothing.

        :param basis: ``price_total`` or ``price_subtotal``
        :param top_ups: ``_loyalty_top_ups`` of more products, if known
        :return: dict line -> Decimal, in the currency of the order, never negative
        """
        lines = self._loyalty_priced()
        if top_ups is None:
            top_ups = lines.product_id._loyalty_top_ups()
        net = {line: to_decimal(line[basis]) for line in lines if line[basis] >= 0}
        bearers = lines.browse().concat(*net)
        step = to_decimal(self.currency_id.rounding or 0.01)
        for discount in lines.filtered(lambda line: line[basis] < 0 and line._loyalty_lowers_prices()):
            if targets := discount._loyalty_lowered(bearers):
                shares = split(to_decimal(discount[basis]), [net[line] for line in targets], step)
                for line, share in zip(targets, shares, strict=True):
                    net[line] = max(net[line] + share, to_decimal(0))
        return {line: amount for line, amount in net.items() if line._loyalty_is_goods(top_ups)}

    def _loyalty_priced(self):
        return self.filtered(lambda line: not line.display_type and not line.is_downpayment)

    def _loyalty_is_goods(self, top_ups):
        """Not delivery, not a reward, not the heading of a combo, and not money turned into a gift card, an e-wallet or a tip."""
        return (
            bool(self.product_id)
            and self.product_type != "combo"  # what was chosen has lines of its own, with quantities and prices
            and not self.reward_id
            and not getattr(self, "is_delivery", False)
            and self.product_id not in top_ups
        )

    def _loyalty_lowers_prices(self):
        program = self.reward_id.program_id
        return not program.is_payment_program and self.reward_id.reward_type != "shipping"

    def _loyalty_lowered(self, bearers):
        """Those of ``bearers`` that this discount line was given on, found as native code finds them.

        Whoever lowers the whole order by hand lowers all of it, delivery and top-ups too.
        """
        order, reward = self.order_id, self.reward_id
        if not reward:
            return bearers
        if reward.discount_applicability == "specific":
            return bearers & order._get_specific_discountable_lines(reward)
        if reward.discount_applicability == "cheapest":
            return bearers & (order._cheapest_line(reward) or bearers.browse())
        return bearers - order._get_no_effect_on_threshold_lines()

    def _loyalty_share_unused(self, terms):
        """Which share of this reward line came back, 0 to 1, and with it the points that paid for it.

        A gift comes back itself; a discount comes back with the goods that it lowered, by their full
        prices, so that it is known of goods that points paid in full.
        """
        if self.reward_id.reward_type == "product":
            return self._loyalty_share_back(terms)
        bearers = self.order_id.order_line._loyalty_priced().filtered(lambda line: line[terms.amount_field] > 0)
        lowered = self._loyalty_lowered(bearers) or bearers
        prices = {line: Fraction(to_decimal(line[terms.amount_field])) for line in lowered}
        total = sum(prices.values())
        return sum(price * line._loyalty_share_back(terms) for line, price in prices.items()) / total if total else Fraction(0)

    # ------------------------------------------------------------------
    # Edits of confirmed orders
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super(SaleOrderLine, self.with_context(**ORDER_SPENDING)).create(vals_list).with_env(self.env)
        if old := lines.filtered(lambda line: line.points_cost and line._loyalty_is_native()):
            raise UserError(self.env._(
                "The order %(order)s is older than the membership %(program)s: its points can't pay for it. "
                "Use them on a new order.",
                order=old[0].order_id.name, program=old[0].coupon_id.program_id.name,
            ))  # fmt: skip
        lines._loyalty_reconcile_orders()
        return lines

    def write(self, vals):
        if not WATCHED & vals.keys():
            return super().write(vals)
        result = super(SaleOrderLine, self._loyalty_own_spending()).write(vals)
        self._loyalty_reconcile_orders()
        return result

    def unlink(self):
        orders = self.order_id
        result = super(SaleOrderLine, self._loyalty_own_spending()).unlink()
        orders._loyalty_reconcile_edit()
        return result

    def _compute_qty_delivered(self):
        """What is worked out of timesheets, expenses or milestones is written by nobody: look again before the commit."""
        computed = self._origin.filtered(
            lambda line: line.state == "sale" and line.qty_delivered_method not in ("manual", "stock_move")
        )
        if computed:
            self.env.cr.precommit.add(self.browse()._loyalty_reconcile_delivered)
            self.env.cr.precommit.data.setdefault(DELIVERED, set()).update(computed.ids)
        return super()._compute_qty_delivered()

    def _loyalty_reconcile_delivered(self):
        lines = self.browse(self.env.cr.precommit.data.pop(DELIVERED, ()))
        lines.exists()._loyalty_reconcile_orders()

    def _loyalty_own_spending(self):
        """Native code books the points of a reward line on the card; orders of members do it by
        what is due (see ``sale.order._loyalty_reconcile_spending``)."""
        return self if any(line._loyalty_is_native() for line in self) else self.with_context(**ORDER_SPENDING)

    def _loyalty_is_native(self):
        """Whether native code keeps the points that this line costs, and not the ledger of a membership."""
        card = self.coupon_id
        return card.is_member and self.state == "sale" and not self.order_id._loyalty_concerns(card.program_id)

    def _loyalty_reconcile_orders(self):
        self.order_id._loyalty_reconcile_edit()
