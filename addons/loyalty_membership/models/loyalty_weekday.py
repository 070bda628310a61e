from odoo import fields, models


class LoyaltyWeekday(models.Model):
    _name = "loyalty.weekday"
    _description = "Weekday"
    _order = "number"

    name = fields.Char(required=True, translate=True)
    number = fields.Integer(required=True, help="0 is Monday, 6 is Sunday.")

    _number_unique = models.Constraint("UNIQUE (number)", "Each weekday is there once.")
    _number_valid = models.Constraint("CHECK (number BETWEEN 0 AND 6)", "A weekday is a number from 0 to 6.")
