from odoo import models
from odoo.addons.loyalty_membership.domain.points import to_decimal


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _loyalty_moved(self):
        """Whole kits that went to the customer, and those that are not whole there any more.

        Odoo counts only kits of which no component is missing, and so do points.
        """
        kit = self._loyalty_kit()
        if not kit:
            return super()._loyalty_moved()
        ordered = self.product_uom_id._compute_quantity(self.product_uom_qty, kit.product_uom_id)
        moves = self.move_ids.filtered(lambda move: move.state == "done" and move.location_dest_usage != "inventory")
        went = {
            "incoming_moves": lambda move: move._is_outgoing() and (not move.origin_returned_move_id or move.to_refund),
            "outgoing_moves": lambda _move: False,
        }
        sent = moves._compute_kit_quantities(self.product_id, ordered, kit, went)
        sent = to_decimal(kit.product_uom_id._compute_quantity(sent, self.product_uom_id))
        return sent, max(sent - max(to_decimal(self.qty_delivered), to_decimal(0)), to_decimal(0))

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
