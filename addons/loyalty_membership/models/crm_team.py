from odoo import fields, models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    loyalty_warehouse_id = fields.Many2one(
        "stock.warehouse", string="Gifts Come From", ondelete="restrict", domain="[('company_id', '=?', company_id)]",
        help="The warehouse of the gifts that members redeem in this store. Empty: the company's first one.",
    )  # fmt: skip

    def _loyalty_warehouse(self, company):
        """The warehouse that gifts of this store (or of none) come from."""
        # sudo: staff who redeem need no rights to the stock
        team = self.sudo()
        company = company or team.company_id or self.env.company
        own = team.loyalty_warehouse_id
        if own and own.company_id == company:
            return own
        return self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)], limit=1)
