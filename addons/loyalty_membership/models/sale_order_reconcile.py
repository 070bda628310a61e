"""From a sales order to the purchase journal: record the difference to what is due, whatever happened."""

from odoo import fields, models

from ..domain.points import to_decimal
from .in_process import RECONCILE_LATER, says


class SaleOrderReconcile(models.Model):
    _inherit = "sale.order"

    def _loyalty_reconcile(self):
        """Bring journal and spent points in step with these orders.

        Called after confirmation, delivery, payment, credit note, return, cancellation and edits.
        Calling it again changes nothing.
        """
        for order in self.sudo():
            # Once for all that follows: the locks that are taken then prove that nobody has added to them.
            spent = order._loyalty_spent_entries()
            for program in order._loyalty_programs(spent):
                order._loyalty_reconcile_program(program, spent)

    def _loyalty_reconcile_edit(self):
        """After an edit of lines, unless whoever edits reconciles at the end."""
        if not says(self.env, RECONCILE_LATER):
            self.filtered(lambda order: order.state == "sale")._loyalty_reconcile()

    def _loyalty_programs(self, spent):
        """What this order can earn in, and whatever is booked of it, archived or not."""
        booked = self.loyalty_transaction_ids.program_id | spent.program_id
        if self.state != "sale":
            return booked
        paid = self.order_line.coupon_id.filtered("is_member").program_id
        return booked | paid | self.env["loyalty.program"]._for_company(self.company_id)

    def _loyalty_reconcile_program(self, program, spent):
        member, payers = self._loyalty_member_of(program), self._loyalty_payers(program, spent)
        members = member | payers
        if not members:
            return
        members._lock()
        net = self.order_line._loyalty_net_amounts(program._amount_field())
        if member:
            self._loyalty_record(program, member, {line: line._loyalty_due(program, net[line]) for line in net})
        self._loyalty_reconcile_spending(program, payers, spent, self._loyalty_share_given_back(program, net))

    def _loyalty_share_given_back(self, program, goods):
        """Which part of the goods has come back, 0 to 1: that part of spent points comes back too.

        Measured on their full prices, so that it is known of an order that points paid in full.
        """
        prices = {line: to_decimal(line[program._amount_field()]) for line in goods}
        total = sum(prices.values())
        back = sum(price * line._loyalty_share_back(program) for line, price in prices.items())
        return min(back / total, to_decimal(1)) if total else to_decimal(0)

    def _loyalty_member_of(self, program):
        """The member whom this order's journal belongs to already, or who buys."""
        recorded = self.loyalty_transaction_ids.filtered(lambda t: t.program_id == program)
        if recorded:
            return recorded[0].member_id
        members = self.env["loyalty.member"]._of_partners(self.partner_id)[self.partner_id.id]
        member = members.filtered(lambda m: m.program_id == program)
        if not member and program.auto_enroll and self.state == "sale" and not self.partner_id.is_public:
            [(member, _created)] = members._enroll(program, [self._loyalty_enrolment()])
        return member

    def _loyalty_enrolment(self):
        """An address of a customer joins as that customer."""
        partner = self.partner_id
        while partner.parent_id and partner.type != "contact":
            partner = partner.parent_id
        return {
            "name": partner.name,
            "partner_id": partner.id,
            "team_id": self.team_id.id,
            "source_id": self.source_id.id,
            "medium_id": self.medium_id.id,
            "campaign_id": self.campaign_id.id,
        }

    # ------------------------------------------------------------------
    # What was bought
    # ------------------------------------------------------------------

    def _loyalty_record(self, program, member, due):
        """Record the difference between what is due and what is recorded, as a purchase and refunds."""
        rate = self._loyalty_rate(program)
        recorded = self._loyalty_recorded(program)
        purchases = [
            row
            for line, (amount, quantity) in due.items()
            if (row := self._loyalty_more(program, line, amount * rate, quantity, recorded.get(line.id)))
        ]
        refunds = []
        for line_id, lines in recorded.items():
            line = self.env["sale.order.line"].browse(line_id)
            amount, quantity = due.get(line, (to_decimal(0),) * 2)
            refunds += self._loyalty_less(program, lines, amount * rate, quantity)
        if purchases and member.state == "active":
            self.env["loyalty.transaction"]._book(
                program, [self._loyalty_row(program, member, "purchase", purchases)], locked=True
            )
        if refunds:
            self.env["loyalty.transaction"]._book_refunds(program, [self._loyalty_row(program, member, "refund", refunds)])

    def _loyalty_recorded(self, program):
        """Purchase lines of this order in the journal; dict sale line id (0: deleted) -> lines."""
        lines = self.loyalty_transaction_ids.filtered(lambda t: t.program_id == program and t.type == "purchase").line_ids
        return {sale_line.id or 0: group for sale_line, group in lines.grouped("sale_line_id").items()}

    def _loyalty_left(self, lines):
        """What is left of journal lines after refunds; list of (line, amount, quantity)."""
        refunded = lines._refunded()
        return [
            (
                line,
                to_decimal(line.amount) - to_decimal(round(refunded.get(line, (0, 0))[0], 6)),
                to_decimal(line.quantity) - to_decimal(round(refunded.get(line, (0, 0))[1], 6)),
            )
            for line in lines
        ]

    def _loyalty_more(self, program, line, amount, quantity, recorded):
        left = self._loyalty_left(recorded) if recorded else []
        more = amount - sum(a for _line, a, _q in left)
        more_quantity = quantity - sum(q for _line, _a, q in left)
        more = to_decimal(program.currency_id.round(float(more)))
        if more <= 0 and not (amount == 0 and not recorded and more_quantity > 0):
            return None
        return {
            "product_id": line.product_id.id,
            "category_id": line.product_id.categ_id.id,
            "name": line.product_id.display_name,
            "sku": line.product_id.default_code,
            "quantity": float(max(more_quantity, 0)),
            "amount": float(more),
            "sale_line_id": line.id,
        }

    def _loyalty_less(self, program, lines, amount, quantity):
        """Refund lines, the latest purchase first, until no more than what is due is left."""
        left = self._loyalty_left(lines)
        excess = to_decimal(program.currency_id.round(float(sum(a for _l, a, _q in left) - amount)))
        excess_quantity = sum(q for _line, _a, q in left) - quantity
        if excess <= 0 and not (amount == 0 and excess_quantity > 0):
            return []
        rows = []
        for line, has, units in sorted(left, key=lambda item: item[0].id, reverse=True):
            taken, taken_units = min(has, max(excess, 0)), min(units, max(excess_quantity, 0))
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
                excess, excess_quantity = excess - taken, excess_quantity - taken_units
        return rows

    def _loyalty_row(self, program, member, kind, lines):
        number = len(self.loyalty_transaction_ids.filtered(lambda t: t.program_id == program)) + 1
        return {
            "member": member,
            "type": kind,
            "date": self.date_order if kind == "purchase" and program.earn_on == "confirm" else fields.Datetime.now(),
            "team_id": self.team_id.id,
            "source": "sale.order",
            "reference": f"{self.id}/{number}",
            "sale_order_id": self.id,
            "lines": lines,
        }

    def _loyalty_rate(self, program):
        """Rate to the program's currency on the day of the order, so that it never moves again."""
        return to_decimal(self.env["res.currency"]._get_conversion_rate(
            self.currency_id, program.currency_id, self.company_id, (self.date_order or fields.Datetime.now()).date()
        ))  # fmt: skip
