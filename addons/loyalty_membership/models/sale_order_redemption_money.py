"""What an order of points and money costs by now, and what of it was invoiced and paid."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _redemption_total(self):
        return 0 if self.state == "cancel" else self.amount_total

    def _redeemed_total(self):
        """What the goods cost that were redeemed, less what points pay of them."""
        return sum((self._redeemed_line() | self._redemption_line()).mapped("price_total"))

    def _redemption_bills(self):
        return self.invoice_ids.filtered(lambda move: move.state == "posted" and move.move_type in ("out_invoice", "out_refund"))

    def _redemption_share(self, bill):
        """What an invoice, which may be of several orders, charges for this one; of a credit note, negative."""
        # Odoo deletes the lines of rewards with the order, not with the invoice: what is of no other order is of this one.
        own = bill.invoice_line_ids.filtered(lambda line: line.sale_line_ids.order_id <= self)
        share = sum(own.mapped("price_total")) * (-1 if bill.move_type == "out_refund" else 1)
        return bill.currency_id._convert(share, self.currency_id, self.company_id, bill.invoice_date or bill.date)

    def _redemption_paid(self):
        """Paid on invoices, less what was paid back, and online before there is one."""
        paid = 0
        for bill in self._redemption_bills().filtered("amount_total"):
            paid += self._redemption_share(bill) * (1 - bill.amount_residual / bill.amount_total)
        online = self.transaction_ids.filtered(lambda tx: tx.state in ("authorized", "done") and not tx.invoice_ids)
        return self.currency_id.round(paid + sum(online.mapped("amount")))

    def _tell_used(self, number):
        """A service that was handed over is delivered."""
        goods = self._redeemed_line()
        if goods.qty_delivered_method == "manual":
            goods.qty_delivered = max(goods.qty_delivered, number)
        self._tell_delivered(number)
