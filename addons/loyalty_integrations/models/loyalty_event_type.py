from odoo import fields, models


class LoyaltyEventType(models.Model):
    """A kind of event that webhooks tell; see docs/integrations/webhooks.md."""

    _name = "loyalty.event.type"
    _description = "Event Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char("Type", required=True, readonly=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.UniqueIndex("(code)")
