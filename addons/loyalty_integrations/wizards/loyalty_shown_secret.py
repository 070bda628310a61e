from odoo import fields, models


class LoyaltyShownSecret(models.TransientModel):
    """A window that shows a new secret once. It is never saved: what it shows comes with the window."""

    _name = "loyalty.shown.secret"
    _description = "New Secret"

    secret = fields.Char(readonly=True, store=False)
