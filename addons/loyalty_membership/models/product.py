from odoo import api, fields, models
from odoo.tools import ormcache


class ProductCategory(models.Model):
    _inherit = "product.category"

    loyalty_excluded = fields.Boolean(
        string="Earns No Points",
        help="Members earn no points on the products of this category and of those below it.",
    )

    @api.model
    @ormcache()
    def _loyalty_excluded_ids(self):
        """The categories marked so: few, and every order asks for them."""
        # sudo: the same for whoever asks
        return frozenset(self.sudo()._search([("loyalty_excluded", "=", True)]))

    @api.model_create_multi
    def create(self, vals_list):
        categories = super().create(vals_list)
        if any(vals.get("loyalty_excluded") for vals in vals_list):
            self.env.registry.clear_cache()
        return categories

    def write(self, vals):
        result = super().write(vals)
        if "loyalty_excluded" in vals:
            self.env.registry.clear_cache()
        return result


class ProductTemplate(models.Model):
    _inherit = "product.template"

    loyalty_excluded = fields.Boolean(string="Earns No Points", help="Members earn no points on this product.")


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _loyalty_excluded(self):
        """Return the products among these that earn no points: marked so themselves or by a category above them, and
        what only turns money into a gift card or an e-wallet.
        """
        if not self:
            return self
        # sudo: whether a product earns doesn't depend on what the buyer or the seller may see of its category
        products = self.sudo()
        flagged = products.env["product.category"]._loyalty_excluded_ids()
        top_ups = products._loyalty_top_ups()
        excluded = products.filtered(
            lambda product: (
                product.loyalty_excluded
                or product in top_ups
                or (flagged and not flagged.isdisjoint(map(int, (product.categ_id.parent_path or "").split("/")[:-1])))
            )
        )
        return excluded.with_env(self.env)

    def _loyalty_top_ups(self):
        top_ups = self.env["loyalty.rule"]._top_up_product_ids()
        return self.filtered(lambda product: product.id in top_ups)
