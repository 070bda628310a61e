from odoo import fields, models

from ..domain.points import to_decimal


class LoyaltyTransactionLine(models.Model):
    """A line of the purchase journal; what many rows are sliced by stands in the row itself."""

    _name = "loyalty.transaction.line"
    _inherit = ["loyalty.sums"]
    _description = "Purchase Line"
    _order = "transaction_id desc, id"

    transaction_id = fields.Many2one(
        "loyalty.transaction", "Purchase", required=True, readonly=True, index=True, ondelete="cascade"
    )
    member_id = fields.Many2one("loyalty.member", readonly=True, index=True, ondelete="restrict")
    program_id = fields.Many2one("loyalty.program", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("crm.team", "Store", readonly=True, ondelete="restrict")
    date = fields.Datetime(readonly=True, index=True)
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null", ondelete="restrict")
    category_id = fields.Many2one("product.category", readonly=True, ondelete="set null")
    name = fields.Char("Description", readonly=True)
    sku = fields.Char("SKU", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount = fields.Monetary(readonly=True, help="What counts for points; negative for refunds.")
    origin_line_id = fields.Many2one(
        "loyalty.transaction.line", "Refund Of", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    sale_line_id = fields.Many2one("sale.order.line", readonly=True, index="btree_not_null", ondelete="set null")

    def _worth(self):
        """(amount, quantity), before any refund."""
        return to_decimal(round(self.amount, 6)), to_decimal(round(self.quantity, 6))

    def _refunded(self):
        """What has been refunded of these lines so far; dict line -> (amount, quantity), positive."""
        return {
            line: (-amount, -quantity)
            for line, amount, quantity in self._read_group(
                [("origin_line_id", "in", self.ids)], ["origin_line_id"], ["amount:sum", "quantity:sum"]
            )
        }

    def _left(self):
        """What is left of these lines after refunds; dict line -> (amount, quantity)."""
        refunded = self._refunded()
        return {
            line: tuple(
                to_decimal(round(had - gone, 6))
                for had, gone in zip((line.amount, line.quantity), refunded.get(line, (0, 0)), strict=True)
            )
            for line in self
        }
