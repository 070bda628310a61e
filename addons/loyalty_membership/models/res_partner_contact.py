"""Customers by phone and e-mail: found by index among millions, and members warned of where they are typed."""

from odoo import api, models
from odoo.addons.phone_validation.models.mail_thread_phone import PHONE_REGEX_PATTERN
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain.identity import spellings


class ResPartnerContact(models.Model):
    _inherit = "res.partner"

    _loyalty_phone_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
    _loyalty_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.model
    def _loyalty_having(self, keys):
        """Domain of the contacts that may have these phones and e-mails; each way to tell has an index of its own.

        Odoo reads a number of a contact without country as one of the company's country, where the program may
        be another one's: so numbers are looked for as they may be written, too, and it is for the caller to compare.

        :param keys: ``Key``, those of other kinds are left aside
        """
        emails = [key.value for key in keys if key.kind == "email"]
        phones = [key.value for key in keys if key.kind == "phone"]
        ways = []
        if emails:
            ways = [Domain("email_normalized", "in", emails)]
        if phones:
            ways += [Domain("phone_sanitized", "in", phones), self._loyalty_written(phones)]
        either = [self._search(way).subselect() for way in ways]
        return self.env["loyalty.member"]._any_of(either) if either else Domain.FALSE

    @api.model
    def _loyalty_written(self, phones):
        """Domain of the contacts whose phone is written like one of these, by the index that Odoo has for it."""
        texts = [text for phone in phones for text in spellings(phone)]
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%(phone)s IS NOT NULL AND regexp_replace(%(phone)s::text, %(signs)s, '', 'g') = ANY(%(texts)s)",
                phone=SQL.identifier(alias, "phone"), signs=PHONE_REGEX_PATTERN, texts=texts,
            )
        )  # fmt: skip

    def _loyalty_customer(self):
        """Who joins when this contact does: an address is its customer's."""
        partner = self
        while partner.parent_id and partner.type != "contact":
            partner = partner.parent_id
        return partner

    @api.onchange("phone", "email", "country_id")
    def _onchange_loyalty_known(self):
        """Tell who edits a member's contact what the membership makes of it; a contact is saved all the same."""
        # sudo: whoever edits a contact learns that its phone or e-mail is that of another customer
        members = self.env["loyalty.member"].sudo().search([("partner_id", "in", self._origin.ids)])
        for member in members:
            for name in ("phone", "email"):
                if problem := member._contact_problem(name, self, owner="name"):
                    told = self.env._("%(problem)s The member %(name)s won't be found by it.", problem=problem, name=member.name)
                    return {"warning": {"title": self.env._("Membership"), "message": told}}
        return {}
