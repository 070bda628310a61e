from odoo import fields, models


class LoyaltyMappingValue(models.Model):
    """A value here and what it is called there, such as the tier GOLD and the choice 2."""

    _name = "loyalty.mapping.value"
    _description = "Pair of Values"
    _inherit = "loyalty.mapping.owned"
    _order = "sequence, id"
    _rec_name = "local"

    local = fields.Char("Our Value", required=True)
    remote = fields.Char("Their Value", required=True)

    _local_unique = models.UniqueIndex("(line_id, local)", "This value of ours has a pair already.")
