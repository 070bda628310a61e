from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Deliveries and returns change what an order is due for."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves.sale_line_id.order_id._loyalty_reconcile()
        return moves
