from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.fields import Command


class KitCase(LoyaltyCase):
    """A gift box of two cups and one plate."""

    @classmethod
    def make_kit(cls, box):
        cls.cup, cls.plate = cls.env["product.product"].create([
            {"name": name, "type": "consu", "is_storable": True} for name in ("Cup", "Plate")
        ])
        cls.env["mrp.bom"].create({
            "product_tmpl_id": box.product_tmpl_id.id,
            "type": "phantom",
            "bom_line_ids": [
                Command.create({"product_id": cls.cup.id, "product_qty": 2}),
                Command.create({"product_id": cls.plate.id, "product_qty": 1}),
            ],
        })

    def bring_back(self, picking, cups, plates):
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model=picking._name).create({})
        for line in wizard.product_return_moves:
            line.write({"quantity": cups if line.product_id == self.cup else plates, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        for move in back.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        back.button_validate()
        return back
