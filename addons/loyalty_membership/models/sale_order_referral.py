"""Orders of friends: paid when an invoice of their goods or their online payment is."""

from odoo import models

from ..domain import order_due


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _loyalty_reconcile(self):
        result = super()._loyalty_reconcile()
        self._loyalty_touch_referrals()
        return result

    def _loyalty_touch_referrals(self):
        # sudo: whoever sells or pays sees no journal
        self.env["loyalty.referral"]._touch(self.sudo().loyalty_transaction_ids)

    def _loyalty_is_paid(self, program):
        """Whether the customer has paid for goods of this order: an invoice or a till, or all of it online."""
        # sudo: a refund of an online payment is a transaction with a negative amount
        done = sum(self.sudo().transaction_ids.filtered(lambda payment: payment.state == "done").mapped("amount"))
        if done > 0 and self.currency_id.compare_amounts(done, self.amount_total) >= 0:
            return True
        terms = self._loyalty_terms(program, self._loyalty_rows())
        lines = self.order_line._loyalty_priced().filtered(lambda line: not line.reward_id)
        return any(
            bill.paid and bill.amount > 0 and bill.credited < order_due.ONE
            for line in lines
            for bill in line._loyalty_bills(terms)[0]
        )


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        result = super()._post_process()
        self.filtered(lambda payment: payment.state == "done").sale_order_ids._loyalty_touch_referrals()
        return result
