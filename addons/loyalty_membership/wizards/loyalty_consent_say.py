from odoo import api, fields, models
from odoo.exceptions import UserError

#: Where staff hear it; see ``loyalty.consent._source_names``.
SOURCES = ("counter", "paper", "call", "chat")


class LoyaltyConsentSay(models.TransientModel):
    """What a member told staff: by which channel, about what, yes or no, where and in which words."""

    _name = "loyalty.consent.say"
    _description = "Give or Withdraw Consent"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True)
    given = fields.Selection([("yes", "Agrees"), ("no", "Withdraws")], "What The Member Says", required=True, default="yes")
    channel = fields.Selection("_channels", required=True, default="all")
    purpose = fields.Selection("_purposes", required=True, default="marketing")
    source = fields.Selection("_sources", "Said", required=True, default="counter")
    date = fields.Datetime("When", required=True, default=fields.Datetime.now)
    wording = fields.Text("Words", help="The text that the member agreed to, or what the member said. It stands in the log.")
    present = fields.Html(related="member_id.consent_told", related_sudo=False)

    @api.model
    def _channels(self):
        names = self.env["loyalty.consent"]._channel_names()
        more = {code: names.get(code, code) for code in self.env["loyalty.member"]._message_channels()}
        return list((names | more).items())

    @api.model
    def _purposes(self):
        return list(self.env["loyalty.consent"]._purpose_names().items())

    @api.model
    def _sources(self):
        names = self.env["loyalty.consent"]._source_names()
        return [(source, names[source]) for source in SOURCES]

    def action_say(self):
        self.ensure_one()
        self.member_id.check_access("write")
        self.member_id._check_may_consent()
        if self.date > fields.Datetime.now():
            raise UserError(self.env._("Nobody agrees in the future: enter when the member said so."))
        if self.given == "yes" and not (self.wording or "").strip():
            raise UserError(self.env._("Enter the words that the member agreed to: a consent without them proves nothing."))
        self.member_id._say_consent(
            [{
                "channel": self.channel,
                "purpose": self.purpose,
                "given": self.given == "yes",
                "wording": (self.wording or "").strip() or False,
            }],
            self.source,
            self.date,
        )  # fmt: skip
        return {"type": "ir.actions.act_window_close"}
