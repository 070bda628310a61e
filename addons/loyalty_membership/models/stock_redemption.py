"""Stock moves of gifts tell their redemption what became of them."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from .in_process import ENDING, says


class CarriedOn(int):
    """The redemption of a move that is split, returned or sent on: no caller from outside can send one."""


class StockMove(models.Model):
    _inherit = "stock.move"

    loyalty_redemption_id = fields.Many2one("loyalty.redemption", index="btree_not_null", ondelete="restrict")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_own_redemption(vals) for vals in vals_list])

    def write(self, vals):
        if "loyalty_redemption_id" in vals and not self.env.su:
            raise self._not_their_redemption()
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            if vals.get("loyalty_redemption_id"):
                vals["loyalty_redemption_id"] = CarriedOn(vals["loyalty_redemption_id"])
        return vals_list

    def _with_own_redemption(self, vals):
        """Whoever could name another's redemption could end it, or have it counted as handed out."""
        number = vals.get("loyalty_redemption_id", False)  # said, so that nobody's defaults say otherwise
        if number and not self.env.su and not isinstance(number, CarriedOn):
            raise self._not_their_redemption()
        return {**vals, "loyalty_redemption_id": number and int(number)}

    def _not_their_redemption(self):
        return AccessError(self.env._("Only a redemption makes its own delivery."))

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

    def _follow_corrections(self):
        result = super()._follow_corrections()
        # sudo: as in _action_done
        self.sudo().filtered(lambda move: move.state == "done").loyalty_redemption_id._follow_delivery()
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


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def copy_data(self, default=None):
        """A delivery that staff duplicate is of no redemption: whoever gets those goods, nobody pays for them with points."""
        vals_list = super().copy_data(default)
        for vals in vals_list:
            for command in vals.get("move_ids") or ():
                if command[0] == Command.CREATE:
                    command[2].pop("loyalty_redemption_id", None)
        return vals_list
