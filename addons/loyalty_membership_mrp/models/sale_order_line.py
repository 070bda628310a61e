from odoo import models
from odoo.addons.loyalty_membership.domain.order_due import ZERO
from odoo.addons.loyalty_membership.models.sale_order_line_due import exact


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _loyalty_moved(self):
        """Whole kits that went to the customer, and those of them that are not whole there any more.

        Odoo counts only kits of which no component is missing, and so do points.
        """
        kit = self._loyalty_kit()
        if not kit:
            return super()._loyalty_moved()
        ordered = self.product_uom_id._compute_quantity(self.product_uom_qty, kit.product_uom_id)
        moves = self.move_ids.filtered(lambda move: move.state == "done" and move.location_dest_usage != "inventory")
        went = {
            "incoming_moves": lambda move: move._is_outgoing() and not move.origin_returned_move_id,
            "outgoing_moves": lambda _move: False,
        }
        sent = moves._compute_kit_quantities(self.product_id, ordered, kit, went)
        delivered = max(exact(self.qty_delivered), ZERO)
        sent = max(exact(kit.product_uom_id._compute_quantity(sent, self.product_uom_id)), delivered)
        return sent, sent - delivered

    def _loyalty_kit(self):
        """The kit that was delivered for this line; none for an ordinary product."""
        kits = self.move_ids.filtered(lambda move: move.state != "cancel").bom_line_id.bom_id
        if self.qty_delivered_method != "stock_move" or not kits:
            return kits.browse()
        own = kits.filtered(
            lambda bom: (
                bom.type == "phantom"
                and (bom.product_id or self.product_id) == self.product_id
                and bom.product_tmpl_id == self.product_id.product_tmpl_id
            )
        )
        found = kits._bom_find(self.product_id, company_id=self.company_id.id, bom_type="phantom")
        return own[:1] or found[self.product_id]
