from odoo import api, models

#: What changes the amount that has been delivered, of a move that is done already.
WATCHED = {"product_uom", "sale_line_id", "to_refund"}
WATCHED_LINE = {"quantity", "product_uom_id", "move_id"}


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Deliveries and returns change what an order is due for."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._loyalty_reconcile_orders()
        return moves

    def write(self, vals):
        orders = self._loyalty_done_orders() if WATCHED & vals.keys() else self.env["sale.order"]
        result = super().write(vals)
        if orders:
            (orders | self._loyalty_done_orders())._loyalty_reconcile()
        return result

    def _loyalty_reconcile_orders(self):
        self._loyalty_done_orders()._loyalty_reconcile()

    def _loyalty_done_orders(self):
        # sudo: who moves goods need not see the order
        return self.sudo().filtered(lambda move: move.state == "done").sale_line_id.order_id


class StockMoveLine(models.Model):
    """A delivery that is corrected after it was done."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._loyalty_reconcile_orders()
        return lines

    def write(self, vals):
        moves = self.move_id if WATCHED_LINE & vals.keys() else self.env["stock.move"]
        orders = moves._loyalty_done_orders()
        result = super().write(vals)
        if orders:
            orders._loyalty_reconcile()
        return result

    def unlink(self):
        orders = self.move_id._loyalty_done_orders()
        result = super().unlink()
        orders._loyalty_reconcile()
        return result
