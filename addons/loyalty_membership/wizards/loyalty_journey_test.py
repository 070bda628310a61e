from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html_sanitize


class LoyaltyJourneyTest(models.TransientModel):
    """What a journey would do with one member, with everything rendered; nothing is sent, given or written."""

    _name = "loyalty.journey.test"
    _description = "Test of a Journey"

    journey_id = fields.Many2one("loyalty.journey", required=True, readonly=True, ondelete="cascade")
    program_id = fields.Many2one(related="journey_id.program_id")
    member_id = fields.Many2one("loyalty.member", required=True, domain="[('program_id', '=', program_id)]")
    verdict = fields.Char(compute="_compute_line_ids")
    line_ids = fields.One2many("loyalty.journey.test.line", "test_id", compute="_compute_line_ids")

    @api.depends("journey_id", "member_id")
    def _compute_line_ids(self):
        for test in self:
            test.verdict = test.member_id and test._tell_audience()
            lines, moment = test.line_ids.browse(), fields.Datetime.now()
            for step in test.journey_id.step_ids.sorted(lambda step: (step.sequence, step.id)) if test.member_id else ():
                moment = step._due_after(moment)
                lines |= lines.new(test._line(step, moment))
            test.line_ids = lines

    def _member(self):
        return self.member_id._origin or self.member_id

    def _is_in(self, domain):
        # sudo: as the job asks
        return bool(
            self.env["loyalty.member"].sudo().search_count(Domain(domain) & Domain("id", "=", self._member().id), limit=1)
        )

    def _tell_audience(self):
        journey = self.journey_id._origin or self.journey_id
        try:
            if not self._is_in(journey._audience_domain()):
                return self.env._("This member is not among those it is for; shown as if.")
        except UserError as error:
            return str(error)
        # sudo: whoever may test it may know
        if journey.sudo()._is_control(self._member()):
            return self.env._("This member is in the control group: nothing would happen; shown as if.")
        return self.env._("This member would go through it:")

    def _line(self, step, moment):
        title, text = self._rendered(step)
        return {
            "name": step.name,
            "due_at": moment,
            "verdict": self._tell_step(step),
            "title": title,
            "text": text and html_sanitize(text, sanitize_attributes=True),
        }

    def _tell_step(self, step):
        """What would become of a step now, in words."""
        member, channel = self._member().sudo(), step._channel()  # sudo: consent is asked of members, not of users
        if step.member_domain not in (False, "[]") and not self._is_in(step.journey_id._eval_domain(step.member_domain)):
            return (
                self.env._("Condition not met: the journey ends.")
                if step.otherwise == "end"
                else self.env._("Condition not met: left out.")
            )
        if not channel:
            return self.env._("Would be done.")
        if not member._reached_by(channel):
            return self.env._("Not sent: no address.")
        if not member._may_be_told(channel, step.journey_id.purpose):
            return self.env._("Not sent: no consent.")
        if not member._message_room():
            return self.env._("Not sent: too many messages in the last days.")
        return self.env._("Would be sent.")

    def _rendered(self, step):
        """(title, text) of what would be sent or done, in the member's language."""
        action = step.sudo().action_id  # sudo: server actions are read by nobody else
        # Rendered as the user, whom a template tells no contact data that they may not read.
        example = self._member().with_context(lang=self._member()._own_language(), loyalty_journey_example=True)
        try:
            with self.env.cr.savepoint():
                return action._journey_preview(example)
        except AccessError:
            return self.env._(
                "It may tell contact data, which you may not read: use fields of the member alone, or let a manager test it."
            ), False
        except Exception as error:  # a template may hold anything
            return self.env._("It can't be rendered: %s", str(error).partition("\n\nTraceback")[0]), False


class LoyaltyJourneyTestLine(models.TransientModel):
    _name = "loyalty.journey.test.line"
    _description = "Step in a Test of a Journey"

    test_id = fields.Many2one("loyalty.journey.test", ondelete="cascade")
    name = fields.Char("Step")
    due_at = fields.Datetime("When", help="If it began now.")
    verdict = fields.Char("What Would Happen")
    title = fields.Char("Subject")
    text = fields.Html(sanitize=True)
