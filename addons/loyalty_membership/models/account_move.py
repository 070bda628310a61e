from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _loyalty_counts(self, terms, paid_only=True):
        """Whether this invoice is paid, or this credit note takes back what was counted."""
        self.ensure_one()
        if self.state != "posted":
            return False
        if self.move_type == "out_invoice":
            return not paid_only or self.payment_state in ("paid", "in_payment")
        # An invoice that nobody paid and that was credited in full never counted where payment does.
        return terms.earn_on != "payment" or self.reversed_entry_id.payment_state != "reversed"

    def _loyalty_reconcile_orders(self):
        self.filtered(lambda move: move.is_sale_document()).line_ids.sale_line_ids.order_id._loyalty_reconcile()

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._loyalty_reconcile_orders()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._loyalty_reconcile_orders()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._loyalty_reconcile_orders()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._loyalty_reconcile_orders()
        return result


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _loyalty_amount(self, name, currency):
        """An amount of this line in another currency, at the rate of its own day."""
        day = self.move_id.invoice_date or self.move_id.date
        return self.currency_id._convert(self[name], currency, self.company_id, day)
