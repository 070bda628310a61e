from odoo import models
from odoo.addons.loyalty_membership.domain.points import to_decimal
from odoo.addons.loyalty_membership.models.sale_order_line_due import exact

from .pos_order import PAID


class SaleOrderLine(models.Model):
    """What was paid for and handed over at the till counts like invoices and deliveries, and what came back there too."""

    _inherit = "sale.order.line"

    def _loyalty_bills(self, terms):
        bills, loose = super()._loyalty_bills(terms)
        if self._loyalty_is_sent_gift():
            return bills, loose
        sold, returned = self._loyalty_till_lines()
        return (*bills, *(line._loyalty_bill(terms, self, returned & line.refund_orderline_ids) for line in sold)), loose

    def _loyalty_moved(self):
        """Of the till, Odoo's delivered quantity tells only what was handed over less what came back."""
        sent, back = super()._loyalty_moved()
        if self.product_type == "service":
            return sent, back
        sold, returned = (
            exact(self._loyalty_till_quantity(self._loyalty_handed_over(lines))) for lines in self._loyalty_till_lines()
        )
        return sent + min(sold, returned), back + returned

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
