"""SMS of journeys: they carry the link to unsubscribe, and tell the event of their step what becomes of them."""

from odoo import api, models

from .in_process import journey_events

#: What the state of an SMS means for its event; "pending" is what a provider has taken, "sent" what it has delivered.
STATES = {
    "outgoing": "outgoing",
    "process": "outgoing",
    "pending": "sent",
    "sent": "sent",
    "error": "failed",
    "canceled": "failed",
}


class SmsSms(models.Model):
    _inherit = "sms.sms"

    @api.model_create_multi
    def create(self, vals_list):
        to = self._to_members(vals_list) if journey_events(self.env) else {}
        if to:
            vals_list = self._with_unsubscribe(vals_list, to)
        rows = super().create(vals_list)
        if to:
            rows._note_on_journey({rows[place]: member for place, member in to.items()})
        return rows

    @api.model
    def _to_members(self, vals_list):
        """{place: member} of those that are for a member whom a journey step acts on."""
        # sudo: whom an SMS is for is looked up by whatever user sends it
        members = self.env["loyalty.member"].sudo().browse(journey_events(self.env))
        partners = {member.partner_id.id: member for member in members}
        return {place: partners[vals["partner_id"]] for place, vals in enumerate(vals_list) if vals.get("partner_id") in partners}

    @api.model
    def _with_unsubscribe(self, vals_list, to):
        members = self.env["loyalty.member"].sudo().union(*to.values())
        members.partner_id.fetch(["lang"])
        links = members._unsubscribe_links("sms", self.env["mail.mail"]._journey_purpose())
        vals_list = list(vals_list)
        for place, member in to.items():
            link, body = links[member.id], vals_list[place].get("body") or ""
            if body and link not in body:
                told = self.with_context(lang=member._own_language()).env._("Unsubscribe: %s", link)
                vals_list[place] = dict(vals_list[place], body=f"{body}\n{told}")
        return vals_list

    def _note_on_journey(self, to):
        """Note these SMS on the events of their members, {SMS: member}; some are known to be in vain already."""
        events = journey_events(self.env)
        self.env["loyalty.journey.event"]._note_queued([
            (events[member.id], "sms", None, sms.uuid, STATES[sms.state], sms._problem()) for sms, member in to.items()
        ])

    def _problem(self):
        """Why it is not sent, in words; None while it may be, and where its tracker knows more."""
        if STATES.get(self.state) != "failed" or self.failure_type == "unknown":
            return None
        names = dict(self._fields["failure_type"]._description_selection(self.env))
        return names.get(self.failure_type) or self.env._("The SMS was cancelled.")

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["loyalty.journey.event"].sudo()._note_outcome(  # sudo: as the SMS itself is
                "sms_uuid", [(sms.uuid, STATES[sms.state], sms._problem(), None) for sms in self if sms.uuid]
            )
        return result

    def unlink(self):
        waiting = self.filtered(lambda sms: sms.state == "outgoing" and sms.uuid)
        problem = self.env._("The SMS was deleted before it was sent.")
        self.env["loyalty.journey.event"].sudo()._note_outcome(  # sudo: as the SMS itself is
            "sms_uuid", [(sms.uuid, "failed", problem, None) for sms in waiting]
        )
        return super().unlink()


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _action_update_from_provider_error(self, provider_error):
        status, kind, reason = super()._action_update_from_provider_error(provider_error)
        self._note_failure(kind, reason)
        return status, kind, reason

    def _action_update_from_sms_state(self, sms_state, failure_type=False, failure_reason=False):
        result = super()._action_update_from_sms_state(sms_state, failure_type=failure_type, failure_reason=failure_reason)
        if STATES[sms_state] == "sent":  # what has failed or was cancelled is told by the SMS, which says why
            self._note("sent", None)
        return result

    def _note_failure(self, kind, reason):
        """Failure types of a delivery report have no name of their own on an SMS: those of notifications have."""
        names = dict(self.env["mail.notification"]._fields["failure_type"]._description_selection(self.env))
        told = names.get(kind) if kind and kind != "unknown" else ""
        problem = ": ".join(part for part in (told, reason) if part) or self.env._("The SMS could not be delivered.")
        self._note("failed", problem)

    def _note(self, state, problem):
        self.env["loyalty.journey.event"].sudo()._note_outcome(  # sudo: reports come from outside
            "sms_uuid", [(uuid, state, problem, None) for uuid in self.mapped("sms_uuid")]
        )
