from odoo import fields, models


class LoyaltyJourneyStep(models.Model):
    """One thing that a journey does with a member, after a wait and under a condition: a server action on the member."""

    _name = "loyalty.journey.step"
    _description = "Journey Step"
    _order = "journey_id, sequence, id"

    journey_id = fields.Many2one("loyalty.journey", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="journey_id.program_id")
    company_id = fields.Many2one(related="journey_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    wait_number = fields.Integer("Wait", help="After the step before; 0: at once.")
    wait_unit = fields.Selection([("hour", "Hours"), ("day", "Days"), ("week", "Weeks")], required=True, default="day")
    at_hour = fields.Boolean("At A Fixed Hour")
    hour = fields.Float(default=10.0, help="In the program's time zone.")
    member_domain = fields.Char("Condition", default="[]", required=True)
    otherwise = fields.Selection(
        [("skip", "Leave out this step"), ("end", "End the journey")], required=True, default="skip",
        help="What happens with members who don't meet the condition when their turn comes.",
    )  # fmt: skip
    action_id = fields.Many2one("ir.actions.server", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
