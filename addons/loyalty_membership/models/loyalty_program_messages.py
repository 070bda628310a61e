from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.quiet import next_allowed


class LoyaltyProgram(models.Model):
    """When and how often journeys may write to members."""

    _inherit = "loyalty.program"

    quiet_from = fields.Float(default=21.0, help="In the program's time zone; what is due in quiet hours is sent at their end.")
    quiet_to = fields.Float("Quiet Until", default=9.0, help="The same hour twice: no quiet hours.")
    message_cap = fields.Integer(
        "Messages A Week", default=3, help="Over all journeys; more than these are not sent to a member. 0: no limit."
    )

    _message_cap_positive = models.Constraint("CHECK (message_cap >= 0)", "The number of messages a week can't be negative.")

    @api.constrains("quiet_from", "quiet_to")
    def _check_quiet(self):
        for program in self:
            if not all(0 <= hour < 24 for hour in (program.quiet_from, program.quiet_to)):
                raise ValidationError(self.env._("Quiet hours begin and end between 00:00 and 23:59."))

    def _next_telling(self, moment):
        """The moment, or the end of the quiet hours that it falls into; both naive, in the program's time zone."""
        self.ensure_one()
        local = moment.replace(tzinfo=ZoneInfo(self.tz or "UTC"))
        return next_allowed(local, self.quiet_from, self.quiet_to).replace(tzinfo=None)
