"""From an order of the till to the purchase journal."""

from odoo import models
from odoo.addons.loyalty_membership.domain.points import to_decimal


class PosOrderPurchase(models.Model):
    _inherit = "pos.order"

    def _loyalty_record(self, program, member):
        """Record what this order bought and what it returned, each once."""
        journal = self.env["loyalty.transaction"].sudo()
        known = journal._known(program, "pos.order", [f"{self.id}/purchase", f"{self.id}/refund"])
        bought = f"{self.id}/purchase" not in known and self._loyalty_bought(program)
        if bought and member.state == "active":
            journal._book(program, [self._loyalty_row(member, "purchase", bought)], locked=True)
        returned = f"{self.id}/refund" not in known and self._loyalty_given_back(program)
        if returned:
            journal._book_refunds(program, [self._loyalty_row(member, "refund", returned)])

    def _loyalty_row(self, member, kind, lines):
        return {
            "member": member,
            "type": kind,
            "date": self.date_order,
            "team_id": self.crm_team_id.id if "crm_team_id" in self._fields else None,
            "source": "pos.order",
            "reference": f"{self.id}/{kind}",
            "pos_order_id": self.id,
            "lines": lines,
        }

    def _loyalty_bought(self, program):
        """Goods of this order, as lines of the journal."""
        rate = self._loyalty_rate(program)
        return [
            {
                "product_id": line.product_id.id,
                "category_id": line.product_id.categ_id.id,
                "name": line.product_id.display_name,
                "sku": line.product_id.default_code,
                "quantity": line.qty,
                "amount": program.currency_id.round(float(net * rate)),
                "pos_line_id": line.id,
            }
            for line, net in self.lines._loyalty_net_amounts(program).items()
        ]

    def _loyalty_given_back(self, program):
        """Goods that this order takes back, as refund lines: in proportion to their quantity, as they were recorded."""
        recorded = (
            self
            .env["loyalty.transaction.line"]
            .sudo()
            .search([
                ("pos_line_id", "in", self.lines.refunded_orderline_id.ids),
                ("program_id", "=", program.id),
                ("transaction_id.type", "=", "purchase"),
            ])
        )
        left = recorded._left()
        of_line = recorded.grouped("pos_line_id")
        rows = []
        for line in self.lines.filtered("refunded_orderline_id"):
            for origin in of_line.get(line.refunded_orderline_id, ()):
                money, units = left[origin]
                back = min(to_decimal(-line.qty), units)
                if back <= 0:
                    continue
                part = money * back / units
                rows.append({
                    "origin_line_id": origin.id,
                    "product_id": origin.product_id.id,
                    "category_id": origin.category_id.id,
                    "name": origin.name,
                    "sku": origin.sku,
                    "quantity": float(back),
                    "amount": program.currency_id.round(float(part)),
                    "pos_line_id": line.id,
                })
                left[origin] = money - to_decimal(rows[-1]["amount"]), units - back
        return rows
