from datetime import timedelta

from odoo import fields

from .common import LoyaltyCase


class JourneyCase(LoyaltyCase):
    """Journeys whose steps add tags: what became of a member is read off its tags."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Run = cls.env["loyalty.journey.run"]
        cls.tag, cls.second_tag = cls.env["res.partner.category"].create([{"name": "Told"}, {"name": "Told Again"}])

    def make_step(self, tag=None, code=None, **values):
        """A step that adds a tag, or runs code."""
        action = self.env["ir.actions.server"].create({
            "name": "Test",
            "model_id": self.env["ir.model"]._get_id("loyalty.member"),
            "state": "code",
            "code": code or f"records.partner_id.write({{'category_id': [(4, {(tag or self.tag).id})]}})",
        })
        return {"name": "Step", "kind": "action", "server_action_id": action.id, **values}

    def make_journey(self, trigger, steps=None, start=True, since=None, **values):
        """A journey, running since a while ago (or ``since``: timedelta)."""
        steps = steps if steps is not None else [self.make_step()]
        journey = self.env["loyalty.journey"].create({
            "name": trigger,
            "program_id": self.program.id,
            "trigger": trigger,
            "step_ids": [(0, 0, {"sequence": number, **step}) for number, step in enumerate(steps)],
            **values,
        })
        if start:
            journey.action_start()
            if since:
                self.started_before(journey, since)
        return journey

    def started_before(self, journey, since):
        journey.started_at = fields.Datetime.now() - since

    def look(self, journey):
        """Let the journey look once; the runs it has then."""
        journey._look()
        self.assertFalse(journey.problem)
        return journey.run_ids

    def advance(self):
        """Let everybody take the steps that are due, as the job does."""
        while steps := self.Run._due_steps():
            for step in steps:
                self.Run._claim(step)._take_step()

    def told(self, tag=None):
        """The members who have the tag of the first step."""
        return (self.member | self.other).filtered(lambda member: (tag or self.tag) in member.partner_id.category_id)

    def yesterday(self, days=1):
        return fields.Datetime.now() - timedelta(days=days)
