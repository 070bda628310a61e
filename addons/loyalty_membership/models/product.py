from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    loyalty_excluded = fields.Boolean(
        string="Earns No Points",
        help="Members earn no points on the products of this category and of those below it.",
    )


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
        flagged = set(products.env["product.category"]._search([("loyalty_excluded", "=", True)]))
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
        # A gift card stays one when its program has been archived meanwhile.
        rules = self.env["loyalty.rule"].with_context(active_test=False)
        rules = rules.search([("program_id.program_type", "in", ("gift_card", "ewallet")), ("product_ids", "in", self.ids)])
        return rules.with_context(active_test=False).product_ids
