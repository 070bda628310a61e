from odoo import models
from odoo.addons.loyalty_membership.domain.points import to_decimal

from .pos_order import PAID


class SaleOrderLine(models.Model):
    """What was paid for and handed over at the till counts like invoices and deliveries, and what came back there too."""

    _inherit = "sale.order.line"

    def _loyalty_invoiced(self, program, move_type, paid_only=True):
        amount, quantity = super()._loyalty_invoiced(program, move_type, paid_only=paid_only)
        sold, returned = self._loyalty_till_lines()
        for line in returned if move_type == "out_refund" else sold:
            order = line.order_id
            worth = order.currency_id._convert(line._loyalty_worth(program), self.currency_id, order.company_id, order.date_order)
            amount += abs(to_decimal(worth))
        return amount, quantity + self._loyalty_till_quantity(returned if move_type == "out_refund" else sold)

    def _loyalty_moved(self):
        sent, back = super()._loyalty_moved()
        if self.product_type == "service":
            return sent, back
        sold, returned = (self._loyalty_handed_over(lines) for lines in self._loyalty_till_lines())
        return sent + self._loyalty_till_quantity(sold), back + self._loyalty_till_quantity(returned)

    def _loyalty_till_lines(self):
        """Paid lines of the till that sold this line, and those that took it back."""
        lines = self.sudo().pos_order_line_ids if "pos_order_line_ids" in self._fields else self.env["pos.order.line"]
        returned = lines.filtered("refunded_orderline_id") | lines.refund_orderline_ids
        return tuple(group.filtered(lambda line: line.order_id.state in PAID) for group in (lines - returned, returned))

    def _loyalty_handed_over(self, lines):
        """These lines if they have left or reached the shelf, by the same rule as Odoo's delivered quantity."""
        done = all(picking.state == "done" for picking in lines.order_id.picking_ids)
        return lines if done else lines.browse()

    def _loyalty_till_quantity(self, lines):
        return sum((abs(to_decimal(self._convert_qty(self, line.qty, "p2s"))) for line in lines), to_decimal(0))
