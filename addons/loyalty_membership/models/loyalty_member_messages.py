"""Messages to members: mails and SMS in their own language, queued many at once, and how many there were lately."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .ir_qweb import CompiledTemplates


class LoyaltyMemberMessages(models.Model):
    _inherit = "loyalty.member"

    # ------------------------------------------------------------------
    # Whom a message reaches
    # ------------------------------------------------------------------

    def _own_language(self):
        """The member's language, where the database has it."""
        self.ensure_one()
        # sudo: marketing reads no customers, and of this one only the language
        return self.env["res.lang"]._get_code(self.sudo().partner_id.lang or "") or self.env.lang

    def _check_contacts_readable(self):
        """Refuse to write to members by hand, or to look at what would be written, to who may not read their contact data.

        Asked for expressly: what the system has read of a customer is in its memory, and would be told to anybody.
        """
        if not self._contacts_readable():
            raise self._contacts_refused()

    def _contacts_refused(self):
        return AccessError(self.env._(
            "Messages to members are written and looked at by who may read their phones and e-mails. To see what a journey "
            "would send, test it on a member."
        ))  # fmt: skip

    def _message_get_default_recipients(self, with_cc=False, all_tos=False):
        self._check_contacts_readable()
        return super()._message_get_default_recipients(with_cc=with_cc, all_tos=all_tos)

    def _sms_get_recipients_info(self, force_field=False, partner_fallback=True):
        self._check_contacts_readable()
        return super()._sms_get_recipients_info(force_field=force_field, partner_fallback=partner_fallback)

    def _reached_by(self, channel):
        """Those of these members who have an address of this channel that nobody has blacklisted."""
        # sudo: whether there is an address is no secret
        partners = self.sudo().partner_id
        if channel == "email":
            name, blocked = "email_normalized", self.env["mail.blacklist"].sudo()
            taken = set(blocked.search([("email", "in", partners.mapped(name))]).mapped("email"))
        elif channel == "sms":
            name, blocked = "phone_sanitized", self.env["phone.blacklist"].sudo()
            taken = set(blocked.search([("number", "in", partners.mapped(name))]).mapped("number"))
        else:
            return self
        good = {partner.id for partner in partners if partner[name] and partner[name] not in taken}
        return self.filtered(lambda member: member.sudo().partner_id.id in good)

    def _message_room(self, days=7):
        """Those of these members who had fewer messages of journeys in the last days than their program allows a week."""
        limited = self.filtered(lambda member: member.program_id.sudo().message_cap)  # sudo: a setting, no secret
        if not limited:
            return self
        self.env["loyalty.journey.event"].flush_model()
        self.env["loyalty.program"].flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT e.member_id FROM loyalty_journey_event e
                 JOIN loyalty_member m ON m.id = e.member_id JOIN loyalty_program p ON p.id = m.program_id
                WHERE e.member_id = ANY(%s) AND e.date > %s AND e.channel IS NOT NULL AND e.outcome = 'done'
                GROUP BY e.member_id, p.message_cap HAVING COUNT(*) >= p.message_cap""",
            list(limited._ids), fields.Datetime.now() - timedelta(days=days),
        ))  # fmt: skip
        full = {row[0] for row in rows}
        return self.filtered(lambda member: member.id not in full)

    # ------------------------------------------------------------------
    # Queueing
    # ------------------------------------------------------------------

    def _send_mails(self, template):
        """Queue a mail of this template to each of these members, in their own languages; the mails.

        A template without a sender sends for the program's company.
        """
        mails, template = self.env["mail.mail"].sudo(), template.with_env(self.env)
        template = template.with_context(loyalty_compiled_templates=CompiledTemplates())
        for company, members in self.grouped(lambda member: member.company_id or self.env.company).items():
            values = {} if template.email_from else {"email_from": company.email_formatted or False}
            mails += template.with_company(company).send_mail_batch(members.ids, email_values=values)
        return mails

    def _send_sms(self, template, log=False):
        """Queue an SMS of this template to each of these members, in their own languages; the SMS."""
        composer = self.env["sms.composer"].with_context(
            default_res_model=self._name, default_res_ids=self.ids, default_composition_mode="mass",
            default_template_id=template.id, default_mass_keep_log=log, default_mass_force_send=False,
        )  # fmt: skip
        return composer.create({})._action_send_sms()
