from odoo import models
from odoo.addons.loyalty_membership.models.in_process import journey_events
from odoo.addons.loyalty_membership.models.set_wise import insert
from odoo.tools import mail


class MailMail(models.Model):
    """Mails of journeys are traced without a mailing: nothing of Email Marketing's own applies to them but the picture."""

    _inherit = "mail.mail"

    def _note_on_journey(self, to):
        result = super()._note_on_journey(to)
        events = journey_events(self.env)
        # sudo: whoever sends needs no right to Email Marketing
        insert(self.env["mailing.trace"].sudo(), [
            {
                "trace_type": "mail", "trace_status": "outgoing", "mail_mail_id": one.id, "mail_mail_id_int": one.id,
                "model": "loyalty.member", "res_id": member.id, "loyalty_event_id": events[member.id],
            }
            for one, member in to.items()
        ])  # fmt: skip
        return result

    def _prepare_outgoing_body(self):
        body = super()._prepare_outgoing_body()
        # sudo: as above; mails of mailings have their picture already
        if not body or self.mailing_id or self.model != "loyalty.member" or not self.sudo().mailing_trace_ids.loyalty_event_id:
            return body
        return mail.append_content_to_html(body, f'<img src="{self._get_tracking_url()}"/>', plaintext=False)
