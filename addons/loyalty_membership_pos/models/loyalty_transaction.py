from odoo import api, fields, models


class LoyaltyTransaction(models.Model):
    _inherit = "loyalty.transaction"

    pos_order_id = fields.Many2one("pos.order", "Till Order", readonly=True, index="btree_not_null", ondelete="set null")

    @api.model
    def _row_values(self, row, sign, points):
        return super()._row_values(row, sign, points) | {"pos_order_id": row.get("pos_order_id")}

    @api.depends("pos_order_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        types = dict(self._fields["type"]._description_selection(self.env))
        for transaction in self.filtered("pos_order_id"):
            transaction.display_name = f"{types[transaction.type]} {transaction.pos_order_id.sudo().name}"
        return result


class LoyaltyTransactionLine(models.Model):
    _inherit = "loyalty.transaction.line"

    pos_line_id = fields.Many2one("pos.order.line", "Till Order Line", readonly=True, index="btree_not_null", ondelete="set null")
