from fractions import Fraction

from odoo import models

from ..domain import order_due
from ..domain.points import to_decimal


class AccountMove(models.Model):
    _inherit = "account.move"

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

    def _loyalty_bill(self, terms, sale_line, credits):
        """These lines of one invoice, which all invoice ``sale_line``, less the lines of credit notes that reverse it.

        The share is taken in the currency of the invoice at the rate of its day, so that no rate of another day,
        at which a credit note was made, leaves something over.
        """
        move = self.move_id
        day = move.invoice_date or move.date
        name, currency, unit = terms.amount_field, move.currency_id, sale_line.product_uom_id
        units, asked = self._loyalty_units(unit), self._loyalty_amount(name, currency, day)
        if asked:
            share = -sum(own._loyalty_amount(name, currency, day) for own in credits) / asked
        else:
            share = -sum(own._loyalty_units(unit) for own in credits) / units
        return order_due.Bill(
            units=units,
            amount=self._loyalty_amount(name, sale_line.currency_id, day),
            credited=(credited := min(max(Fraction(share), order_due.ZERO), order_due.ONE)),
            # Settled by a credit note of another invoice it is "reversed" too, but the customer has paid with their credit.
            paid=move.payment_state in ("paid", "in_payment") or (move.payment_state == "reversed" and credited < 1),
        )

    def _reconcile_post_hook(self, data):
        """Odoo tells of invoices that are paid, but not of those that are settled by a credit note."""
        result = super()._reconcile_post_hook(data)
        settled = data["not_paid_invoices"].filtered(lambda move: move.payment_state == "reversed")
        settled._loyalty_reconcile_orders()
        return result

    def _loyalty_units(self, unit):
        """Units that these lines ask for, less those that they credit."""
        return sum((line._loyalty_sign() * line._loyalty_quantity(unit) for line in self), order_due.ZERO)

    def _loyalty_quantity(self, unit):
        own = self.product_uom_id or unit
        quantity = Fraction(to_decimal(self.quantity))
        if own == unit:
            return quantity
        return quantity * Fraction(to_decimal(own.factor)) / Fraction(to_decimal(unit.factor))

    def _loyalty_amount(self, name, currency, day):
        """Money that these lines ask for, less what they credit, in another currency at the rate of a day."""
        return sum(
            (
                line._loyalty_sign() * Fraction(to_decimal(line.currency_id._convert(line[name], currency, line.company_id, day)))
                for line in self
            ),
            order_due.ZERO,
        )

    def _loyalty_sign(self):
        return -1 if self.move_id.move_type == "out_refund" else 1
