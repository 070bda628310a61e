"""Messages by a chat system as a server action, and as what a step of a journey does."""

from odoo import api, fields, models
from odoo.addons.loyalty_membership.domain.points import plain, to_decimal
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..domain import placeholders

#: What a text may name in double braces.
NAMES = {"name", "number", "points", "tier", "program", "expiring_points", "expires_on"}
#: Parts of a message -> the field of the action that has it.
PARTS = {"title": "loyalty_title", "text": "loyalty_text", "url": "loyalty_url", "button": "loyalty_button"}
SENDING = [("push_message", "=", True), ("state", "!=", "draft")]


class IrActionsServerMessage(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("loyalty_message", "Message by a Chat System")], ondelete={"loyalty_message": "cascade"}
    )
    loyalty_connection_id = fields.Many2one(
        "loyalty.connection", "Chat System", domain=SENDING, index="btree_not_null", ondelete="restrict"
    )
    loyalty_title = fields.Char("Message Title", translate=True)
    loyalty_text = fields.Text(
        "Message Text", translate=True,
        help="Words in double braces stand for the member's own: {{ name }}, {{ number }}, {{ points }}, {{ tier }}, "
        "{{ program }}, {{ expiring_points }}, {{ expires_on }}.",
    )  # fmt: skip
    loyalty_url = fields.Char("Message Link")
    loyalty_button = fields.Char("Message Button", translate=True, help="Up to four characters.")
    loyalty_marketing = fields.Boolean(
        "Message Is Advertising", default=True, help="It is only sent to members who have agreed.",
    )  # fmt: skip

    def _name_depends(self):
        return [*super()._name_depends(), "loyalty_title"]

    def _generate_action_name(self):
        if self.state == "loyalty_message" and self.loyalty_title:
            return self.env._("Message %s", self.loyalty_title)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "loyalty_connection_id", "loyalty_title"]

    def _loyalty_missing(self):
        if self.state == "loyalty_message" and not self.loyalty_connection_id:
            return self.env._("Choose the chat system.")
        if self.state == "loyalty_message" and not self.loyalty_title:
            return self.env._("Give the message a title.")
        return super()._loyalty_missing()

    @api.constrains(*PARTS.values())
    def _check_placeholders(self):
        for action in self:
            unknown = [word for name in PARTS.values() for word in placeholders.unknown(action[name], NAMES)]
            if unknown:
                raise ValidationError(self.env._(
                    "{{ %(word)s }} stands for nothing. These can be used: %(names)s.",
                    word=unknown[0], names=", ".join(sorted(NAMES)),
                ))  # fmt: skip

    @api.model
    def _managed_kinds(self):
        return super()._managed_kinds() | {"loyalty_message"}

    def _run_action_loyalty_message_multi(self, eval_context=None):
        if members := self._members_acted_on(eval_context, lock=False):
            members._message_by(self)
        return False


class LoyaltyMemberMessage(models.Model):
    _inherit = "loyalty.member"

    def _message_by(self, action):
        """Queue the message of this server action to each of these members in their language, as far as they may have it."""
        texts = {part: self._in_languages(action, name) for part, name in PARTS.items()}

        def message(member):
            lang = member.partner_id.lang
            values = member.with_context(lang=lang or self.env.lang)._message_words()
            return {part: placeholders.filled(text[lang], values) for part, text in texts.items() if text[lang]}

        connection, event = action.loyalty_connection_id, self.env["loyalty.journey.event"]
        rows, unknown, unwilling = connection._message_members(self, message, action.loyalty_marketing)
        event._note("outcome", dict.fromkeys(unknown.ids, "unreachable") | dict.fromkeys(unwilling.ids, "no_consent"))
        event._note("message_state", dict.fromkeys((unknown | unwilling).ids))
        event._note("channel", dict.fromkeys(rows.member_id.ids, connection.system))
        event._note("message_state", dict.fromkeys(rows.member_id.ids, "outgoing"))

    def _message_words(self):
        """What placeholders stand for, of one member."""
        return {
            "name": self.partner_id.name,
            "number": self.code,
            "points": plain(to_decimal(self.points)),
            "tier": self.tier_id.name or "",
            "program": self.program_id.name,
            "expiring_points": plain(to_decimal(self.next_expiry_points)),
            "expires_on": format_date(self.env, self.next_expiry_date) if self.next_expiry_date else "",
        }


class LoyaltyJourneyStepMessage(models.Model):
    _inherit = "loyalty.journey.step"

    kind = fields.Selection(selection_add=[("message", "Message by a chat system"), ("coupon",)], ondelete={"message": "cascade"})
    connection_id = fields.Many2one(
        "loyalty.connection", "Chat System", domain=SENDING, index="btree_not_null", ondelete="restrict"
    )
    message_title = fields.Char("Title", translate=True)
    message_text = fields.Text(
        "Text",
        translate=True,
        help="Words in double braces stand for the member's own: {{ name }}, {{ number }}, {{ points }}, {{ tier }}, "
        "{{ program }}, {{ expiring_points }}, {{ expires_on }}.",
    )
    message_url = fields.Char("Link")
    message_button = fields.Char("Button Text", translate=True, help="Up to four characters.")

    @api.constrains("kind", "connection_id", "message_title")
    def _check_message(self):
        self._check_complete()

    @api.model
    def _needed(self):
        return {**super()._needed(), "message": "message_title"}

    def _missing(self):
        if self.kind == "message" and not self.connection_id:
            return self.env._("choose the chat system.")
        if self.kind == "message" and not self.message_title:
            return self.env._("give the message a title.")
        return super()._missing()

    @api.model
    def _forgotten(self):
        return {**super()._forgotten(), "message": "connection_id"}

    def _channel(self):
        # sudo: by what it is sent is no secret of the connection
        return self.sudo().connection_id.system if self.kind == "message" else super()._channel()

    @api.model
    def _states(self):
        return {**super()._states(), "message": "loyalty_message"}

    @api.model
    def _action_texts(self):
        texts = {"message_title": "loyalty_title", "message_text": "loyalty_text", "message_button": "loyalty_button"}
        return {**super()._action_texts(), **texts}

    def _action_values_message(self):
        return {
            "loyalty_connection_id": self.connection_id.id,
            "loyalty_title": self.message_title,
            "loyalty_text": self.message_text,
            "loyalty_url": self.message_url,
            "loyalty_button": self.message_button,
            "loyalty_marketing": self.journey_id.purpose == "marketing",
        }

    @api.depends("message_title", "connection_id.name")
    def _compute_summary(self):
        return super()._compute_summary()

    def _summary_message(self):
        # sudo: only what it is called
        return self.env._("%(title)s, by %(system)s", title=self.message_title, system=self.sudo().connection_id.name)
