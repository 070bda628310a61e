from odoo import fields, models

from .loyalty_member_insight import RFM_CLASSES


class LoyaltyRfmClass(models.Model):
    """A class of members by recency, frequency and money, as something that several of can be chosen."""

    _name = "loyalty.rfm.class"
    _description = "RFM Class"
    _order = "sequence, id"
    _log_access = False

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    code = fields.Selection(RFM_CLASSES, required=True, readonly=True)

    _code_unique = models.Constraint("UNIQUE (code)", "Each RFM class is there once.")
