"""What an order has in the purchase journal, and the difference to what is due."""

from typing import Any, NamedTuple

from odoo import fields, models

from ..domain.points import to_decimal

_NOTHING = (to_decimal(0), to_decimal(0))


class Account(NamedTuple):
    """One order in one program.

    :param rows: what is recorded of the order there, the purchase first
    :param member: whom the journal belongs to or who buys, nobody if it can't earn
    :param payers: members whose points pay for the order, or have paid
    :param spent: what they have spent
    """

    order: Any
    program: Any
    rows: Any
    member: Any
    payers: Any
    spent: Any


class SaleOrderJournal(models.Model):
    _inherit = "sale.order"

    def _loyalty_rows(self):
        """What the journal has of this order as it stands.

        A cancellation ends a purchase: an order that starts again is another one, made by whoever
        buys then, on that day and under the rules of that day.
        """
        journal = self.loyalty_transaction_ids._origin
        rows = journal.browse()
        for of_program in journal.sorted("id").grouped("program_id").values():
            root = of_program.filtered(lambda row: row.type == "purchase")[-1:]
            if self.state == "cancel" or not root.is_cancelled:
                rows |= of_program.filtered(lambda row: row.id >= root.id)  # noqa: B023
        return rows

    def _loyalty_record(self, program, accounts):
        """Record the differences between what is due and what is recorded: refunds, then what is more.

        An order is one purchase: what comes later is added to it, so that rules see the whole.

        :param accounts: (Account, due) of orders of one program; due as dict line -> (amount, quantity)
        """
        journal = self.env["loyalty.transaction"]
        rows = journal.union(*(account.rows for account, _due in accounts))
        left = rows.filtered(lambda row: row.type != "refund").line_ids._left()
        changes = [(account, *account.order._loyalty_change(account, due, left)) for account, due in accounts]
        refunds = [refund for _account, refund, _more in changes if refund]
        if refunds:
            journal._take_back(program, refunds)
        for account, _refund, more in changes:
            if more and account.rows:
                journal._book_addition(program, account.rows[0], more)
        if purchases := [more for account, _refund, more in changes if more and not account.rows]:
            journal._book(program, purchases, locked=True)
        if refunds:
            self.env["loyalty.member"].union(*(refund["member"] for refund in refunds))._withdraw_refunded_tiers()

    def _loyalty_change(self, account, due, left):
        """What is to be recorded of this order: a refund and a purchase or addition, each a row or None."""
        rate = self._loyalty_rate(account.program)
        recorded = account.rows.filtered(lambda row: row.type != "refund").line_ids.grouped("sale_line_id")
        back, more = [], []
        for line, lines in recorded.items():
            amount, quantity = due.get(line, _NOTHING)
            back += self._loyalty_less(account.program, lines, amount * rate, quantity, left)
        for line, (amount, quantity) in due.items():
            more += self._loyalty_more(account.program, line, amount * rate, quantity, recorded.get(line, ()), left)
        number = self._loyalty_number(account.program)
        refund = self._loyalty_row(account, "refund", back, number) if back else None
        member, kind = account.member, "purchase"
        if account.rows:
            member, kind = member.merged_into_id or member, "addition"
        elif member.state != "active":
            more = []
        row = self._loyalty_row(account._replace(member=member), kind, more, number + bool(back)) if more else None
        return refund, row

    def _loyalty_number(self, program):
        """The number of the next row of this order, over all its lives."""
        return len(self.loyalty_transaction_ids.filtered(lambda row: row.program_id == program)) + 1

    def _loyalty_more(self, program, line, amount, quantity, recorded, left):
        """What is due of a line beyond what is recorded and left of it, as journal lines: one or none."""
        more, units = self._loyalty_excess(program, amount, quantity, [left[of_line] for of_line in recorded])
        if more <= 0 and units <= 0:
            return []
        return [{
            "product_id": line.product_id.id,
            "category_id": line.product_id.categ_id.id,
            "name": line.product_id.display_name,
            "sku": line.product_id.default_code,
            "quantity": float(max(units, 0)),
            "amount": float(max(more, 0)),
            "sale_line_id": line.id,
        }]  # fmt: skip

    def _loyalty_excess(self, program, amount, quantity, left):
        """How much more than what is left is due: (money, units), in whole steps of what the journal can hold."""
        more = amount - sum(money for money, _units in left)
        units = quantity - sum(units for _money, units in left)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return to_decimal(program.currency_id.round(float(more))), to_decimal(round(float(units), digits))

    def _loyalty_less(self, program, lines, amount, quantity, left):
        """Refund lines, the latest purchase first, until no more than what is due is left."""
        more, more_units = self._loyalty_excess(program, amount, quantity, [left[line] for line in lines])
        excess, excess_units = max(-more, to_decimal(0)), max(-more_units, to_decimal(0))
        rows = []
        for line in lines.sorted("id", reverse=True):
            has, units = left[line]
            taken, taken_units = min(has, excess), min(units, excess_units)
            if taken > 0 or taken_units > 0:
                rows.append({
                    "origin_line_id": line.id,
                    "product_id": line.product_id.id,
                    "category_id": line.category_id.id,
                    "name": line.name,
                    "sku": line.sku,
                    "quantity": float(taken_units),
                    "amount": float(taken),
                    "sale_line_id": line.sale_line_id.id,
                })
                excess, excess_units = excess - taken, excess_units - taken_units
        return rows

    def _loyalty_row(self, account, kind, lines, number):
        program, new = account.program, kind == "purchase"
        return {
            "member": account.member,
            "type": kind,
            "date": self.date_order if new and program.earn_on == "confirm" else fields.Datetime.now(),
            "team_id": self.team_id.id,
            "source": "sale.order",
            "reference": f"{self.id}/{number}",
            "sale_order_id": self.id,
            "origin_id": account.rows[:1].id,
            "earn_on": new and program.earn_on,
            "amount_basis": new and program.amount_basis,
            "lines": lines,
        }

    def _loyalty_rate(self, program):
        """Rate to the program's currency on the day of the order, so that it never moves again."""
        return to_decimal(self.env["res.currency"]._get_conversion_rate(
            self.currency_id, program.currency_id, self.company_id, (self.date_order or fields.Datetime.now()).date()
        ))  # fmt: skip
