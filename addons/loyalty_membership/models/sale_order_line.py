from odoo import api, fields, models

from ..domain.points import split, to_decimal

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
            shares = split(to_decimal(discount[basis]), [net[line] for line in targets], step)
            for line, share in zip(targets, shares, strict=True):
                net[line] = max(net[line] + share, to_decimal(0))
        return net

    def _loyalty_is_goods(self, top_ups):
        """Not delivery, not a reward, and not money turned into a gift card, an e-wallet or a tip."""
        return (
            bool(self.product_id)
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

    def _loyalty_due(self, program, net):
        """What this line is due for now: (amount, quantity, given back), in the order's currency.

        :param net: worth of the whole line as ordered
        """
        ordered = to_decimal(self.product_uom_qty)
        if self.state != "sale" or not ordered:
            return to_decimal(0), to_decimal(0), to_decimal(0)
        unit, gross = net / ordered, to_decimal(self._loyalty_gross(program.amount_basis))
        returned = to_decimal(self._loyalty_returned_quantity())
        credited_amount, credited = self._loyalty_invoiced(program, "out_refund")
        worth = credited_amount * net / gross if gross else to_decimal(0)
        back = min(max(returned * unit, worth), net)
        back_quantity = max(returned, credited)
        if program.earn_on == "payment":
            paid, quantity = self._loyalty_invoiced(program, "out_invoice")
            amount = paid * net / gross if gross else to_decimal(0)
        else:
            quantity = ordered if program.earn_on == "confirm" else to_decimal(self.qty_delivered) + returned
            amount = net if quantity == ordered else unit * quantity
        zero = to_decimal(0)
        return max(amount - back, zero), max(quantity - back_quantity, zero), back

    def _loyalty_gross(self, amount_basis):
        return self.price_total if amount_basis == "tax_included" else self.price_subtotal

    def _loyalty_returned_quantity(self):
        _outgoing, incoming = self._get_outgoing_incoming_moves()
        return sum(
            move.product_uom._compute_quantity(move.quantity, self.product_uom_id, rounding_method="HALF-UP")
            for move in incoming
            if move.state == "done"
        )

    def _loyalty_invoiced(self, program, move_type):
        """Amount and quantity of this line on paid invoices, or on posted credit notes."""
        basis = "price_total" if program.amount_basis == "tax_included" else "price_subtotal"
        lines = self.invoice_lines.filtered(
            lambda line: line.move_id.move_type == move_type and line.move_id._loyalty_counts(program)
        )
        return (
            to_decimal(round(sum(lines.mapped(basis)), 6)),
            to_decimal(sum(
                line.product_uom_id._compute_quantity(line.quantity, self.product_uom_id) for line in lines
            )),
        )  # fmt: skip

    # ------------------------------------------------------------------
    # Edits of confirmed orders
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super(SaleOrderLine, self._loyalty_own_spending()).create(vals_list).with_env(self.env)
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
        return self.with_context(loyalty_order_spending=True)

    def _loyalty_reconcile_orders(self):
        self.order_id._loyalty_reconcile_edit()
