"""Stock moves of gifts tell their redemption what became of them."""

from odoo import fields, models

from .in_process import ENDING, says


class StockMove(models.Model):
    _inherit = "stock.move"

    loyalty_redemption_id = fields.Many2one("loyalty.redemption", index="btree_not_null", ondelete="restrict")

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: who moves goods need not see redemptions
        (self | moves).sudo().loyalty_redemption_id._follow_delivery()
        return moves

    def _action_cancel(self):
        result = super()._action_cancel()
        if not says(self.env, ENDING):
            self.sudo().loyalty_redemption_id._follow_delivery()  # sudo: as in _action_done
        return result

    def _prepare_procurement_values(self):
        """The steps before a delivery know what it is for."""
        values = super()._prepare_procurement_values()
        if self.loyalty_redemption_id:
            values["loyalty_redemption_id"] = self.loyalty_redemption_id.id
        return values

    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "loyalty_redemption_id"]


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        return [*super()._get_custom_move_fields(), "loyalty_redemption_id"]
