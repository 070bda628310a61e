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
        todo = []
        for order in self.sudo():
            # Once for all that follows: the locks that are taken then prove that nobody has added to them.
            spent = order._loyalty_spent_entries()
            for program in order._loyalty_programs(spent):
                todo.append((order, program, order._loyalty_member_of(program), order._loyalty_payers(program, spent), spent))
        # All at once, in one order: two calls that share members wait for each other instead of locking crosswise.
        members = self.env["loyalty.member"].sudo().union(*(member | payers for _o, _p, member, payers, _s in todo))
        (members | members.merged_into_id)._lock()
        for order, program, member, payers, spent in todo:
            order._loyalty_reconcile_program(program, member, payers, spent)

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
        return booked | (paid | self.env["loyalty.program"]._for_company(self.company_id)).filtered(self._loyalty_concerns)

    def _loyalty_concerns(self, program):
        """Whether this order was made in the program's time; what an ordinary loyalty program had
        given and taken before it became a membership stays with native code."""
        return not program.membership_since or self.date_order >= program.membership_since

    def _loyalty_reconcile_program(self, program, member, payers, spent):
        if not member and not payers:
            return
        terms = self._loyalty_terms(program)
        net = self.order_line._loyalty_net_amounts(terms.amount_field)
        if member:
            self._loyalty_record(program, member, {line: line._loyalty_due(terms, net[line]) for line in net})
        self._loyalty_reconcile_spending(program, payers, spent, terms)

    def _loyalty_terms(self, program):
        """What this order is settled by: see ``domain.order_due.Terms``."""
        return program._terms()

    def _loyalty_member_of(self, program):
        """The member whom this order's journal belongs to already, or who buys."""
        if recorded := self._loyalty_journal(program):
            return recorded[0].member_id
        members = self.env["loyalty.member"]._of_partners(self.partner_id)[self.partner_id.id]
        member = members.filtered(lambda m: m.program_id == program)
        if not member and program.auto_enroll and self.state == "sale" and not self.partner_id.is_public:
            [(member, _created)] = members._enroll(program, [self._loyalty_enrolment()])
        return member.filtered(lambda m: m._could_earn_at(self.date_order))

    def _loyalty_journal(self, program):
        return self.loyalty_transaction_ids.filtered(lambda t: t.program_id == program).sorted("id")

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
        """Record the difference between what is due and what is recorded: refunds, then what is more.

        The order is one purchase: what comes later is added to it, so that rules see the whole.
        """
        journal, rate = self.env["loyalty.transaction"], self._loyalty_rate(program)
        recorded = self._loyalty_recorded(program)
        refunds, more = [], []
        for line_id, lines in recorded.items():
            amount, quantity = due.get(self.order_line.browse(line_id), (to_decimal(0),) * 2)
            refunds += self._loyalty_less(program, lines, amount * rate, quantity)
        for line, (amount, quantity) in due.items():
            more += self._loyalty_more(program, line, amount * rate, quantity, recorded.get(line.id))
        root = self._loyalty_journal(program)[:1]
        if refunds:
            journal._take_back(program, [self._loyalty_row(program, member, "refund", refunds) | {"origin_id": root.id}])
        if more and root:
            survivor = member.merged_into_id or member
            journal._book_addition(program, root, self._loyalty_row(program, survivor, "addition", more))
        elif more and member.state == "active":
            journal._book(program, [self._loyalty_row(program, member, "purchase", more)], locked=True)
        if refunds:
            member._withdraw_refunded_tiers()

    def _loyalty_recorded(self, program):
        """What this order has in the journal; dict sale line id (0: deleted) -> journal lines."""
        lines = self._loyalty_journal(program).filtered(lambda t: t.type != "refund").line_ids
        return {sale_line.id or 0: group for sale_line, group in lines.grouped("sale_line_id").items()}

    def _loyalty_more(self, program, line, amount, quantity, recorded):
        """What is due of a line beyond what is recorded and left of it, as journal lines: one or none."""
        left = recorded._left().values() if recorded else ()
        more, units = self._loyalty_excess(program, amount, quantity, left)
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

    def _loyalty_less(self, program, lines, amount, quantity):
        """Refund lines, the latest purchase first, until no more than what is due is left."""
        left = lines._left()
        more, more_units = self._loyalty_excess(program, amount, quantity, left.values())
        excess, excess_units = max(-more, to_decimal(0)), max(-more_units, to_decimal(0))
        rows = []
        for line, (has, units) in sorted(left.items(), key=lambda item: item[0].id, reverse=True):
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

    def _loyalty_row(self, program, member, kind, lines):
        return {
            "member": member,
            "type": kind,
            "date": self.date_order if kind == "purchase" and program.earn_on == "confirm" else fields.Datetime.now(),
            "team_id": self.team_id.id,
            "source": "sale.order",
            "reference": f"{self.id}/{len(self._loyalty_journal(program)) + 1}",
            "sale_order_id": self.id,
            "lines": lines,
        }

    def _loyalty_rate(self, program):
        """Rate to the program's currency on the day of the order, so that it never moves again."""
        return to_decimal(self.env["res.currency"]._get_conversion_rate(
            self.currency_id, program.currency_id, self.company_id, (self.date_order or fields.Datetime.now()).date()
        ))  # fmt: skip
