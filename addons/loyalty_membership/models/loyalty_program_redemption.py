from odoo import fields, models


class LoyaltyProgram(models.Model):
    """When redemptions wait, and how long gifts do."""

    _inherit = "loyalty.program"

    redemption_rule_ids = fields.One2many(
        "loyalty.redemption.rule", "program_id", string="Redemptions That Wait For Approval",
        help="A redemption that any of these lines names waits until a manager approves it. No line: all go their way at once.",
    )  # fmt: skip
    pickup_days = fields.Integer(
        default=30, help="A gift that is not picked up within these days goes back to stock. 0: it waits for ever."
    )
    pickup_give_back = fields.Boolean(
        "Give Points Back", default=True, help="Whether members get the points of a gift back that they did not pick up in time."
    )

    _pickup_days_positive = models.Constraint("CHECK (pickup_days >= 0)", "The days to pick up can't be negative.")
