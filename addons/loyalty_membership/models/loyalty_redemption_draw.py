"""Draw tickets: what a redemption of this kind gives, as long as nobody has drawn with them."""

from odoo import api, fields, models


class LoyaltyCatalogItem(models.Model):
    _inherit = "loyalty.catalog.item"

    kind = fields.Selection(selection_add=[("draw", "Draw ticket")], ondelete={"draw": "cascade"})
    draw_id = fields.Many2one(
        "loyalty.draw", index="btree_not_null", ondelete="restrict", domain="[('program_id', '=', program_id)]",
        help="The lucky draw that members get tickets for.",
    )  # fmt: skip

    def _problem(self):
        if self.kind == "draw" and self.draw_id.program_id != self.program_id:
            return self.env._("choose a lucky draw of the same program.")
        return super()._problem()

    @api.constrains("draw_id")
    def _check_draw(self):
        self._check_kind()

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "draw":
            self.draw_id = False
        return super()._onchange_kind()


class LoyaltyRedemption(models.Model):
    _inherit = "loyalty.redemption"

    def _tickets(self):
        return self.env["loyalty.draw.ticket"].search([("origin_model", "=", self._name), ("origin_id", "in", self.ids)])

    def _fulfil_draw(self):
        tickets = self.env["loyalty.draw.ticket"]
        tickets._give(self.member_id, self.item_id.draw_id, self.quantity, origin=self, note=self._note_for_member())
        self._done()

    def _is_returnable_draw(self):
        tickets = self._tickets()
        return bool(tickets) and not tickets.result_id

    def _recall_draw(self):
        self._tickets().filtered(lambda ticket: not ticket.result_id).unlink()
