from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.schedule import next_turn


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

    _hour_valid = models.Constraint("CHECK (hour >= 0 AND hour < 24)", "An hour lies between 0:00 and 23:59.")
    _wait_positive = models.Constraint("CHECK (wait_number >= 0)", "A step can't come before the step before it.")

    @api.constrains("member_domain")
    def _check_member_domain(self):
        for step in self:
            self.env["loyalty.journey"]._eval_domain(step.member_domain)

    def _following(self):
        """The step after this one; none: it is the last."""
        self.ensure_one()
        steps = self.journey_id.step_ids.sorted(lambda step: (step.sequence, step.id))
        return steps.filtered(lambda step: (step.sequence, step.id) > (self.sequence, self.id))[:1]

    def _due_after(self, moment):
        """When this step comes for whoever came to the end of the step before at ``moment``; both UTC."""
        self.ensure_one()
        program = self.program_id
        hour = self.hour if self.at_hour else None
        return program._utc(next_turn(program._local(moment), self.wait_number, self.wait_unit, hour))

    def unlink(self):
        """Whoever waits for a step that is taken out goes on with the one after it."""
        for step in self:
            step._let_go()
        return super().unlink()

    def _let_go(self):
        following = self._following()
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_journey_run
                  SET step_id = %(next)s,
                      state = CASE WHEN %(next)s IS NULL AND state = 'waiting' THEN 'done' ELSE state END,
                      ended_at = CASE WHEN %(next)s IS NULL AND state = 'waiting' THEN %(now)s ELSE ended_at END,
                      due_at = CASE WHEN %(next)s IS NOT NULL THEN due_at END
                WHERE step_id = %(step)s""",
            next=following.id or None, step=self.id, now=fields.Datetime.now(),
        ))  # fmt: skip
        self.env["loyalty.journey.run"].invalidate_model()
