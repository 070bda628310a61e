from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Goods handed over at a till, at once or when its session is closed, deliver sales orders."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        pickings = moves.picking_id
        orders = pickings.pos_order_id | pickings.filtered(lambda p: not p.pos_order_id).pos_session_id.order_ids
        orders._loyalty_settled_orders()._loyalty_reconcile()
        return moves
