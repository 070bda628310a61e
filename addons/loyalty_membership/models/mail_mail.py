"""Mails of journeys: they carry the link to unsubscribe, and tell the event of their step what becomes of them."""

from ast import literal_eval

from markupsafe import Markup
from odoo import api, models
from odoo.tools import email_normalize, is_html_empty
from odoo.tools.mail import append_content_to_html

from .in_process import journey_events


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        to = self._to_members(vals_list) if journey_events(self.env) else {}
        if to:
            vals_list = self._with_unsubscribe(vals_list, to)
        mails = super().create(vals_list)
        if to:
            mails._note_on_journey({mails[place]: member for place, member in to.items()})
        return mails

    @api.model
    def _to_members(self, vals_list):
        """{place: member} of those that are for a member whom a journey step acts on; colleagues get mails, too."""
        events = journey_events(self.env)
        messages = self.env["mail.message"].sudo().browse(vals.get("mail_message_id") for vals in vals_list).exists()
        known = {message.id: (message.model, message.res_id) for message in messages}
        about = {}
        for place, vals in enumerate(vals_list):
            model, number = known.get(vals.get("mail_message_id")) or (vals.get("model"), vals.get("res_id"))
            if model == "loyalty.member" and number in events:
                about[place] = number
        # sudo: whom a mail is for is looked up by whatever user sends it
        members = self.env["loyalty.member"].sudo().browse(set(about.values()))
        members = {member.id: member for member in members}
        return {
            place: members[number]
            for place, number in about.items()
            if self._is_for(vals_list[place], members[number].partner_id)
        }

    @api.model
    def _is_for(self, vals, partner):
        """Whether a mail that is to be created is for this contact."""
        for command in vals.get("recipient_ids") or ():
            ids = command[2] if command[0] == 6 else [command[1]] if command[0] == 4 else []
            if partner.id in ids:
                return True
        address = email_normalize(vals.get("email_to") or "", strict=False)
        return bool(address) and address == partner.email_normalized

    # ------------------------------------------------------------------
    # Unsubscribing
    # ------------------------------------------------------------------

    @api.model
    def _with_unsubscribe(self, vals_list, to):
        """The same mails, each with its own link at its end and, for the button of the mailbox, in its headers."""
        members = self.env["loyalty.member"].sudo().union(*to.values())
        members.partner_id.fetch(["lang"])
        links = members._unsubscribe_links("email", self._journey_purpose())
        vals_list = list(vals_list)
        for place, member in to.items():
            link, vals = links[member.id], dict(vals_list[place])
            footer = self._unsubscribe_footer(member, link)
            for name in ("body_html", "body"):
                if not is_html_empty(vals.get(name)) and link not in vals[name]:
                    vals[name] = append_content_to_html(vals[name], footer, plaintext=False)
            vals["headers"] = repr({
                **self._headers_of(vals),
                "List-Unsubscribe": f"<{link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            })
            vals_list[place] = vals
        return vals_list

    @api.model
    def _headers_of(self, vals):
        headers = vals.get("headers") or {}
        return literal_eval(headers) if isinstance(headers, str) else headers

    @api.model
    def _journey_purpose(self):
        """What the journey that acts now writes about: one journey acts at a time."""
        number = next(iter(journey_events(self.env).values()))
        return self.env["loyalty.journey.event"].sudo().browse(number).journey_id.purpose

    @api.model
    def _unsubscribe_footer(self, member, link):
        told = self.with_context(lang=member._own_language()).env
        return Markup(
            '<p style="margin-top:24px;font-size:12px;color:#6b7280">%s <a href="%s" style="color:#6b7280">%s</a></p>'
        ) % (
            told._("You get this as a member of %s.", member.program_id.with_env(told).name),
            link,
            told._("Choose what we send you, or unsubscribe"),
        )

    # ------------------------------------------------------------------
    # What becomes of them
    # ------------------------------------------------------------------

    def _note_on_journey(self, to):
        """Note these mails on the events of their members: {mail: member}."""
        events = journey_events(self.env)
        self.env["loyalty.journey.event"]._note_queued([
            (events[member.id], "email", mail.id, None, "outgoing", None) for mail, member in to.items()
        ])

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Before what was sent is deleted."""
        ours = self.filtered(lambda mail: mail.model == "loyalty.member")
        if ours:
            rows = [ours._outcome(mail, failure_reason, failure_type) for mail in ours]
            self.env["loyalty.journey.event"].sudo()._note_outcome("mail_id", rows)  # sudo: as the mail itself is
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    @api.model
    def _outcome(self, mail, reason, kind):
        """How the sending of one mail went, as ``_note_outcome`` takes it."""
        if mail.state == "sent":
            return mail.id, "sent", None, mail.message_id
        return mail.id, "failed", self._failure_told(kind or mail.failure_type, reason or mail.failure_reason), None

    @api.model
    def _failure_told(self, kind, reason):
        names = dict(self._fields["failure_type"]._description_selection(self.env))
        told = names.get(kind, "") if kind != "unknown" else ""
        parts = [part for part in (told, (reason or "").strip()) if part]
        return ": ".join(parts) or self.env._("It was not sent, and nothing says why.")

    def write(self, vals):
        """Cancelled, or queued once more; what sending itself writes is told when it is over."""
        result = super().write(vals)
        state = {"cancel": "failed", "outgoing": "outgoing"}.get(vals.get("state"))
        if state:
            self._note_state(state, self.env._("The mail was cancelled."))
        return result

    def unlink(self):
        waiting = self.filtered(lambda mail: mail.state == "outgoing")
        if waiting:
            waiting._note_state("failed", self.env._("The mail was deleted before it was sent."))
        return super().unlink()

    def _note_state(self, state, problem):
        ours = self.sudo().filtered(lambda mail: mail.model == "loyalty.member")  # sudo: as the mail itself is
        rows = [(number, state, problem if state == "failed" else None, None) for number in ours.ids]
        self.env["loyalty.journey.event"].sudo()._note_outcome("mail_id", rows)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """A mail that comes back was not delivered."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        problem = self.env._("It came back: the mailbox can't be reached.")
        rows = [(number, "failed", problem, None) for number in message_dict.get("bounced_msg_ids") or ()]
        self.env["loyalty.journey.event"].sudo()._note_outcome("message_id", rows)  # sudo: the mail gateway is nobody's
        return result
