from odoo import models


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    def _get_proc_values(self, line):
        """What is exchanged is out again: the member keeps the redemption, and the points stay spent."""
        return {**super()._get_proc_values(line), "loyalty_redemption_id": line.move_id.loyalty_redemption_id.id}
