from odoo import api, fields, models


class LoyaltyMappingOwned(models.AbstractModel):
    """What belongs to a line, and stays with it once it is published."""

    _name = "loyalty.mapping.owned"
    _description = "Part of a Mapped Field"

    line_id = fields.Many2one("loyalty.mapping.line", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="line_id.company_id", store=True, precompute=True, index="btree_not_null")
    sequence = fields.Integer(default=100)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records.line_id.mapping_id._check_draft()
        return records

    def write(self, vals):
        self.line_id.mapping_id._check_draft()
        result = super().write(vals)
        self.line_id.mapping_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_draft(self):
        if self.line_id.exists():
            self.line_id.mapping_id._check_draft()
