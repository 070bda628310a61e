"""What an item of the catalogue stays, once somebody has redeemed it."""

from odoo import api, models
from odoo.exceptions import UserError

#: What redemptions are of: one that is under way is handed out, and taken back, by what its item says.
WHAT_IT_IS = (
    "program_id", "kind", "product_id", "coupon_program_id", "voucher_program_id", "voucher_amount", "draw_id",
)  # fmt: skip


class LoyaltyCatalogItem(models.Model):
    _inherit = "loyalty.catalog.item"

    def write(self, vals):
        self._check_stays(vals)
        return super().write(vals)

    def _check_stays(self, vals):
        names = [name for name in WHAT_IT_IS if name in vals]
        changed = self.filtered(
            lambda item: any(item._fields[name].convert_to_write(item[name], item) != vals[name] for name in names)
        )
        for item in changed._redeemed()[:1]:
            raise UserError(self.env._(
                "%s has been redeemed: what it is stays as it is. Archive it and add another item.", item.name
            ))  # fmt: skip

    def _redeemed(self):
        """Those of these items that somebody has redeemed, whatever became of it."""
        # sudo: redemptions of all stores count
        redemptions = self.env["loyalty.redemption"].sudo()
        groups = redemptions._read_group([("item_id", "in", self.ids), ("submitted_at", "!=", False)], ["item_id"])
        return self.browse(item.id for (item,) in groups)

    @api.constrains("company_id")
    def _check_companies(self):
        """A program that moves into another company can't take along what belongs to the first one."""
        self._check_company()
