from odoo import api, models

#: What changes the amount that has been delivered, of a move that is done already.
WATCHED = {"product_uom", "sale_line_id", "to_refund"}
WATCHED_LINE = {"quantity", "product_uom_id", "move_id"}


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Deliveries and returns change what an order is due for."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._loyalty_done_orders()._loyalty_reconcile()
        return moves

    def write(self, vals):
        orders = self._loyalty_done_orders() if WATCHED & vals.keys() else self.env["sale.order"]
        result = super().write(vals)
        if orders:
            (orders | self._loyalty_done_orders())._loyalty_reconcile()
        return result

    def _follow_corrections(self):
        """What is corrected of moves that are done counts as if it had been done so."""
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
        lines.move_id._follow_corrections()
        return lines

    def write(self, vals):
        if not WATCHED_LINE & vals.keys():
            return super().write(vals)
        before = self.move_id
        result = super().write(vals)
        (before | self.move_id)._follow_corrections()
        return result

    def unlink(self):
        moves = self.move_id
        result = super().unlink()
        moves._follow_corrections()
        return result
