from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmTeam(models.Model):
    _inherit = "crm.team"

    loyalty_warehouse_id = fields.Many2one(
        "stock.warehouse", string="Gifts Come From", ondelete="restrict", domain="[('company_id', '=?', company_id)]",
        help="The warehouse of the gifts that members redeem in this store. Empty: the company's first one.",
    )  # fmt: skip

    @api.constrains("loyalty_warehouse_id", "company_id")
    def _check_loyalty_warehouse(self):
        for team in self:
            if team.company_id and team.loyalty_warehouse_id.company_id not in (team.company_id, team.env["res.company"]):
                raise ValidationError(self.env._(
                    "%(store)s: the gifts come from the warehouse of another company.", store=team.name
                ))  # fmt: skip

    def _loyalty_warehouse(self, company):
        """The warehouse that gifts of this store (or of none) come from."""
        # sudo: staff who redeem need no rights to the stock
        team = self.sudo()
        company = company or team.company_id or self.env.company
        own = team.loyalty_warehouse_id
        if own and own.company_id == company:
            return own
        return self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)], limit=1)
