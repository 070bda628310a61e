from odoo import fields, models


class LoyaltyJourneyRun(models.Model):
    """A member's way through a journey for one occasion: the unique key is what makes it happen once."""

    _name = "loyalty.journey.run"
    _inherit = ["loyalty.sums"]
    _description = "Member in a Journey"
    _order = "id desc"
    _rec_name = "member_id"

    journey_id = fields.Many2one("loyalty.journey", required=True, readonly=True, ondelete="cascade")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    occasion = fields.Char(required=True, readonly=True, help="What it happens for, once: e.g. birthday:2026, purchase:1234.")
    occasion_at = fields.Datetime("Happened", required=True, readonly=True)
    is_control = fields.Boolean("Control Group", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Under way"),
            ("done", "Done"),
            ("ended", "Ended by a condition"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
            ("control", "Control group"),
        ],
        required=True,
        readonly=True,
    )
    step_id = fields.Many2one("loyalty.journey.step", "Next Step", readonly=True, index="btree_not_null", ondelete="set null")
    due_at = fields.Datetime("Due", readonly=True)
    tries = fields.Integer(readonly=True)
    problem = fields.Char(readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    event_ids = fields.One2many("loyalty.journey.event", "run_id", readonly=True)

    # What the member bought within the journey's days after the occasion was acted on (or, of the control group, would have been)
    purchases = fields.Integer(readonly=True)
    revenue = fields.Monetary(readonly=True)

    _occasion_unique = models.UniqueIndex("(journey_id, member_id, occasion)")
    _due_idx = models.Index("(due_at, id) WHERE state = 'waiting'")
