"""From a sales order to the purchase journal: record the difference to what is due, whatever happened."""

from odoo import models
from odoo.tools import groupby

from .in_process import RECONCILE_LATER, says
from .sale_order_journal import Account


class SaleOrderReconcile(models.Model):
    _inherit = "sale.order"

    def _loyalty_reconcile(self):
        """Bring journal and spent points in step with these orders.

        Called after confirmation, delivery, payment, credit note, return, cancellation and edits.
        Calling it again changes nothing.
        """
        orders = self.sudo()
        # Once for all that follows: the locks that are taken then prove that nobody has added to them.
        accounts = orders._loyalty_accounts()
        # All at once, in one order: two calls that share members wait for each other instead of locking crosswise.
        members = orders.env["loyalty.member"].union(*(account.member | account.payers for account in accounts))
        (members | members.merged_into_id)._lock()
        top_ups = orders.order_line.product_id._loyalty_top_ups() if accounts else None
        for program, group in groupby(accounts, key=lambda account: account.program):
            orders._loyalty_reconcile_program(program, group, top_ups)
        orders.filtered(lambda order: order.state != "sale")._loyalty_end_purchases()

    def _loyalty_reconcile_edit(self):
        """After an edit of lines, unless whoever edits reconciles at the end."""
        if not says(self.env, RECONCILE_LATER):
            self.filtered(lambda order: order.state == "sale")._loyalty_reconcile()

    def _loyalty_reconcile_program(self, program, accounts, top_ups):
        """Reconcile several orders in one program."""
        todo = []
        for account in accounts:
            order, terms = account.order, account.order._loyalty_terms(program, account.rows)
            net = order.order_line._loyalty_net_amounts(terms.amount_field, top_ups)
            todo.append((account, terms, net))
        self._loyalty_record(program, [
            # By the order's own lines: what is read of one of them is read of those of all orders.
            (account, {line: line._loyalty_due(terms, net[line]) for line in account.order.order_line if line in net})
            for account, terms, net in todo
            if account.member
        ])  # fmt: skip
        for (order, _program, _rows, _member, payers, spent), terms, _net in todo:
            order._loyalty_reconcile_spending(program, payers, spent, terms)

    def _loyalty_terms(self, program, rows):
        """What this order is settled by, see ``domain.order_due.Terms``: what was set when it first earned,
        or else is set today.

        :param rows: what is recorded of the order
        """
        return program._terms(rows[:1].filtered("earn_on"))

    def _loyalty_end_purchases(self):
        """What these orders have in the journal is over: see ``_loyalty_rows``."""
        over = self.loyalty_transaction_ids.filtered(lambda row: row.type == "purchase" and not row.is_cancelled)
        if over:
            over.is_cancelled = True

    # ------------------------------------------------------------------
    # Who, and in what
    # ------------------------------------------------------------------

    def _loyalty_accounts(self):
        """These orders in the programs that they concern, where there is anybody to earn or to pay."""
        entries = self._loyalty_spent_entries()
        spent = entries.grouped("origin_id")
        rows = {order: order._loyalty_rows() for order in self}
        nothing, nobody = self.env["loyalty.program"], self.env["loyalty.member"]
        earning = self.filtered(lambda order: order.state == "sale")._loyalty_earning_programs()
        buyers = self._loyalty_buyers({order: programs - rows[order].program_id for order, programs in earning.items()})
        cards = self.order_line.coupon_id.filtered("is_member")
        holders = nobody.with_context(active_test=False).search([("card_id", "in", cards.ids)])
        accounts = []
        for order in self:
            mine = spent.get(order.id, entries.browse())
            for program in rows[order].program_id | mine.program_id | earning.get(order, nothing):
                booked = rows[order].filtered(lambda row: row.program_id == program)  # noqa: B023
                member = booked[:1].member_id or buyers.get((order, program), nobody)
                payers = order._loyalty_payers(program, mine, holders)
                if member or payers:
                    accounts.append(Account(order, program, booked, member, payers, mine))
        return accounts

    def _loyalty_earning_programs(self):
        """What each of these orders can earn in: programs of its company, and whose points pay for it."""
        usable = self.env["loyalty.program"]._for_companies(self.company_id) if self else {}
        return {
            order: (order.order_line.coupon_id.filtered("is_member").program_id | usable[order.company_id]).filtered(
                order._loyalty_concerns
            )
            for order in self
        }

    def _loyalty_concerns(self, program):
        """Whether this order was made in the program's time; what an ordinary loyalty program had
        given and taken before it became a membership stays with native code."""
        return not program.membership_since or self.date_order >= program.membership_since

    def _loyalty_buyers(self, wanted):
        """Who buys and may earn; members join here where the program says so.

        :param wanted: dict order -> programs
        :return: dict (order, program) -> member, or nobody
        """
        wanted = {order: programs for order, programs in wanted.items() if programs}
        known = self.env["loyalty.member"]._of_partners(self.union(*wanted).partner_id) if wanted else {}
        buyers, joining = {}, {}
        for order, programs in wanted.items():
            for program in programs:
                members = known[order.partner_id.id].filtered(lambda member: member.program_id == program)  # noqa: B023
                buyers[order, program] = members
                if not members and program.auto_enroll and not order.partner_id.is_public:
                    joining.setdefault(program, []).append(order)
        for program, orders in joining.items():
            joined = self.env["loyalty.member"]._enroll(program, [order._loyalty_enrolment() for order in orders])
            buyers.update({(order, program): member for order, (member, _new) in zip(orders, joined, strict=True)})
        return {key: member.filtered(lambda m: m._could_earn_at(key[0].date_order)) for key, member in buyers.items()}  # noqa: B023

    def _loyalty_enrolment(self):
        partner = self.partner_id._loyalty_customer()
        return {
            "name": partner.name,
            "partner_id": partner.id,
            "team_id": self.team_id.id,
            "source_id": self.source_id.id,
            "medium_id": self.medium_id.id,
            "campaign_id": self.campaign_id.id,
        }
