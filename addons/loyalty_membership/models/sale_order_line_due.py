"""The facts of an order line, as ``domain.order_due`` wants them; what they mean is said there."""

from fractions import Fraction

from odoo import models

from ..domain import order_due
from ..domain.points import from_fraction, to_decimal


def exact(number):
    return Fraction(to_decimal(number))


def in_unit(quantity, unit, target):
    """A quantity in another unit, unrounded: twelve single pieces are one dozen, however they came."""
    return exact(quantity) * exact(unit.factor) / exact(target.factor) if unit != target else exact(quantity)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _loyalty_due(self, terms, net):
        """What this line is due for now: (amount, quantity), in the order's currency.

        :param terms: what the order is settled by, see ``domain.order_due.Terms``
        :param net: worth of the whole line as ordered, less its share of the discount lines
        """
        settled = self._loyalty_settled(terms, net)
        return from_fraction(settled.amount), from_fraction(settled.quantity)

    def _loyalty_share_back(self, terms):
        """Which share of this line has come back, 0 to 1, as goods or as money."""
        return self._loyalty_settled(terms, to_decimal(self[terms.amount_field])).share_back

    def _loyalty_settled(self, terms, net):
        if self.state != "sale":
            return order_due.Settled(order_due.ZERO, order_due.ZERO, order_due.ZERO)
        return order_due.settle(terms.earn_on, self._loyalty_facts(terms, net))

    def _loyalty_facts(self, terms, net):
        ordered = exact(self.product_uom_qty)
        if ordered:
            price, full_price = Fraction(net) / ordered, exact(self[terms.amount_field]) / ordered
        else:  # delivered beyond the order: nothing is ordered, but a unit has its price
            price = full_price = exact(self._loyalty_unit_price(terms)) if self.qty_delivered else order_due.ZERO
        sent, back = self._loyalty_moved()
        bills, loose = self._loyalty_bills(terms)
        return order_due.Line(ordered, price, full_price, Fraction(sent), Fraction(back), bills, loose)

    def _loyalty_unit_price(self, terms):
        taxes = self.tax_ids.compute_all(
            self.price_unit * (1 - (self.discount or 0) / 100), self.currency_id, 1, self.product_id, self.order_partner_id
        )
        return taxes["total_included" if terms.amount_field == "price_total" else "total_excluded"]

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------

    def _loyalty_moved(self):
        """Units that went to the customer, and those of them that came back and were not sent again: (sent, back).

        What Odoo counts as delivered without a move of this product (a till, an expense, a kit) was sent.
        """
        moves = self.move_ids.filtered(lambda move: move.state == "done")
        if not moves or self.qty_delivered_method != "stock_move":
            return max(exact(self.qty_delivered), order_due.ZERO), order_due.ZERO
        out, back = ((moves & some) for some in self._get_outgoing_incoming_moves())
        again = out.filtered("origin_returned_move_id")
        sent, returned = self._loyalty_units(out - again), self._loyalty_units(back) - self._loyalty_units(again)
        step = in_unit(self.product_id.uom_id.rounding, self.product_id.uom_id, self.product_uom_id)
        elsewhere = exact(self.qty_delivered) - (sent - returned)
        if elsewhere > max(step, exact(self.product_uom_id.rounding)) * len(moves):  # more than what Odoo rounds a move by
            sent += elsewhere
        ordered = exact(self.product_uom_qty)
        if sent and 0 < abs(sent - ordered) < step:  # a pound is sent as 0.45 kg: all that was ordered
            sent, returned = ordered, returned * ordered / sent
        return sent, max(returned, order_due.ZERO)

    def _loyalty_units(self, moves):
        return sum((in_unit(move.quantity, move.product_uom, self.product_uom_id) for move in moves), order_due.ZERO)

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------

    def _loyalty_bills(self, terms):
        """Posted invoices of this line, and the money of credit notes that reverse none of them."""
        lines = self.invoice_lines.filtered(lambda line: line.move_id.state == "posted")
        if not lines or self._loyalty_is_sent_gift():
            return (), order_due.ZERO
        moves = lines.grouped("move_id")
        bills = [move for move, own in moves.items() if sum(line._loyalty_units(self.product_uom_id) for line in own) > 0]
        credits = {move: moves[move] for move in moves if move not in bills}
        day = self.order_id.date_order.date()
        loose = sum(
            own._loyalty_amount(terms.amount_field, self.currency_id, day)
            for move, own in credits.items()
            if move.reversed_entry_id not in bills
        )
        return tuple(
            moves[move]._loyalty_bill(terms, self, [own for c, own in credits.items() if c.reversed_entry_id == move])
            for move in bills
        ), max(-loose, order_due.ZERO)

    def _loyalty_is_sent_gift(self):
        """A gift costs no money, so invoices say nothing of it where its goods do: who keeps it has used the points."""
        return self.reward_id.reward_type == "product" and self.qty_delivered_method == "stock_move"
