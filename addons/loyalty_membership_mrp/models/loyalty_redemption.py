from odoo import models


class LoyaltyRedemption(models.Model):
    _inherit = "loyalty.redemption"

    def _count_out(self):
        """Whole kits that the customer has: a kit of which a component is missing is none."""
        kit = self._redeemed_kit()
        if not kit:
            return super()._count_out()
        ways = {
            "incoming_moves": lambda move: move.location_dest_id.usage == "customer",
            "outgoing_moves": self._came_back,
        }
        unit = self.product_id.uom_id
        wanted = unit._compute_quantity(self.quantity, kit.product_uom_id)
        moves = self.move_ids.filtered(lambda move: move.state == "done")
        number = moves._compute_kit_quantities(self.product_id, wanted, kit, ways)
        return int(kit.product_uom_id._compute_quantity(number, unit))

    def _redeemed_kit(self):
        """The kit that was delivered; none for an ordinary product."""
        kits = self.move_ids.bom_line_id.bom_id
        if not kits:
            return kits
        own = kits.filtered(
            lambda bom: bom.type == "phantom" and self.product_id in (bom.product_id or bom.product_tmpl_id.product_variant_ids)
        )
        # A kit of kits is delivered as what is in those.
        return own[:1] or kits._bom_find(self.product_id, company_id=self.company_id.id, bom_type="phantom")[self.product_id]
