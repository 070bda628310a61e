from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain.points import split, to_decimal
from .in_process import ORDER_SPENDING

#: What changes the amount that a confirmed line is due for.
WATCHED = {
    "product_uom_qty", "price_unit", "discount", "tax_ids", "qty_delivered", "product_id", "points_cost", "coupon_id",
}  # fmt: skip


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    loyalty_transaction_line_ids = fields.One2many("loyalty.transaction.line", "sale_line_id", readonly=True)

    # ------------------------------------------------------------------
    # What a line is worth to the journal
    # ------------------------------------------------------------------

    def _loyalty_net_amounts(self, basis):
        """Worth of each ordinary line of one order, less its share of every discount line.

        Negative lines (promotions, points, manual discounts) lower the lines that they apply to in
        proportion.  Gift cards and e-wallets are ways to pay and lower nothing.

        :param basis: ``price_total`` or ``price_subtotal``
        :return: dict line -> Decimal, in the currency of the order, never negative
        """
        lines = self.filtered(lambda line: not line.display_type and not line.is_downpayment)
        top_ups = lines.product_id._loyalty_top_ups()
        goods = lines.filtered(lambda line: line._loyalty_is_goods(top_ups) and line[basis] >= 0)
        net = {line: to_decimal(line[basis]) for line in goods}
        step = to_decimal(self.currency_id.rounding or 0.01)
        for discount in lines.filtered(lambda line: line[basis] < 0 and line._loyalty_lowers_goods()):
            targets = discount._loyalty_discounted(goods)
            if not targets:
                continue
            shares = split(to_decimal(discount[basis]), [net[line] for line in targets], step)
            for line, share in zip(targets, shares, strict=True):
                net[line] = max(net[line] + share, to_decimal(0))
        return net

    def _loyalty_is_goods(self, top_ups):
        """Not delivery, not a reward, not the heading of a combo, and not money turned into a gift card, an e-wallet or a tip."""
        return (
            bool(self.product_id)
            and self.product_type != "combo"  # what was chosen has lines of its own, with quantities and prices
            and not self.reward_id
            and not getattr(self, "is_delivery", False)
            and self.product_id not in top_ups
        )

    def _loyalty_lowers_goods(self):
        program = self.reward_id.program_id
        return not program.is_payment_program and self.reward_id.reward_type != "shipping"

    def _loyalty_discounted(self, goods):
        """The lines that this discount line applies to."""
        reward = self.reward_id
        if reward.discount_applicability == "specific":
            return goods.filtered(lambda line: line.product_id in reward.all_discount_product_ids) or goods
        return goods

    def _loyalty_due(self, terms, net):
        """What this line is due for now: (amount, quantity), in the order's currency.

        :param terms: what the order is settled by, see ``domain.order_due.Terms``
        :param net: worth of the whole line as ordered
        """
        ordered, zero = to_decimal(self.product_uom_qty), to_decimal(0)
        if self.state != "sale" or not ordered:
            return zero, zero
        share = self._loyalty_share_back(terms)
        if terms.earn_on == "payment":
            gross = to_decimal(self[terms.amount_field])
            paid, quantity = self._loyalty_invoiced(terms, "out_invoice")
            amount = paid * net / gross if gross else zero
        elif terms.earn_on == "delivery":
            quantity = to_decimal(self.qty_delivered) + self._loyalty_returned()
            amount = net if quantity == ordered else net / ordered * quantity
        else:
            amount, quantity = net, ordered
        return max(amount - net * share, zero), max(quantity - ordered * share, zero)

    def _loyalty_share_back(self, terms):
        """Which part of this line has come back, 0 to 1, as goods or as money, whichever is more."""
        ordered = to_decimal(self.product_uom_qty)
        if not ordered or self.state != "sale":
            return to_decimal(0)
        share = max(self._loyalty_returned() / ordered, self._loyalty_credited_share(terms, ordered))
        return min(share, to_decimal(1))

    def _loyalty_returned(self):
        """Units that came back, less those that were sent again."""
        sent, back = self._loyalty_moved()
        return max(back - max(sent - to_decimal(self.product_uom_qty), to_decimal(0)), to_decimal(0))

    def _loyalty_moved(self):
        """Units that went to the customer, and units that came back: (sent, back)."""
        return tuple(
            sum(
                (
                    to_decimal(move.product_uom._compute_quantity(move.quantity, self.product_uom_id, rounding_method="HALF-UP"))
                    for move in moves
                    if move.state == "done"
                ),
                to_decimal(0),
            )
            for moves in self._get_outgoing_incoming_moves()
        )

    def _loyalty_credited_share(self, terms, ordered):
        """Which part of what was invoiced has been credited; an invoice made anew makes up for a credit note."""
        credited, _quantity = self._loyalty_invoiced(terms, "out_refund")
        if not credited:
            return credited
        invoiced, units = self._loyalty_invoiced(terms, "out_invoice", paid_only=False)
        twice = invoiced * max(units - ordered, to_decimal(0)) / units if units else to_decimal(0)
        basis = (invoiced - twice) or to_decimal(self[terms.amount_field])
        covered = min(units / ordered, to_decimal(1)) if invoiced else to_decimal(1)
        return max(credited - twice, to_decimal(0)) / basis * covered if basis else to_decimal(0)

    def _loyalty_invoiced(self, terms, move_type, paid_only=True):
        """Amount, in the order's currency, and quantity of this line on invoices or credit notes that count."""
        lines = self.invoice_lines.filtered(
            lambda line: line.move_id.move_type == move_type and line.move_id._loyalty_counts(terms, paid_only)
        )
        return (
            sum((to_decimal(line._loyalty_amount(terms.amount_field, self.currency_id)) for line in lines), to_decimal(0)),
            sum(
                (to_decimal(line.product_uom_id._compute_quantity(line.quantity, self.product_uom_id)) for line in lines),
                to_decimal(0),
            ),
        )

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
