"""The customer's phone and e-mail on the member: masked for who may not call, checked where they are typed."""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: How many digits of a phone number stay readable at its start and its end when it is masked.
PHONE_HEAD, PHONE_TAIL = 3, 4


def mask_phone(phone):
    """Hide the middle of a phone number from who needs to recognise it, but not to call it.

    >>> mask_phone("138 0013 8000")
    '138****8000'
    >>> mask_phone("12345")
    '*****'
    """
    phone = "".join(phone.split())
    hidden = len(phone) - PHONE_HEAD - PHONE_TAIL
    if hidden <= 0:
        return "*" * len(phone)
    return phone[:PHONE_HEAD] + "*" * hidden + phone[-PHONE_TAIL:]


def mask_email(email):
    """Hide whose mailbox it is.

    >>> mask_email("li.na@example.com")
    'l****@example.com'
    """
    mailbox, _at, host = email.rpartition("@")
    return f"{mailbox[:1]}****@{host}"


class LoyaltyMemberContact(models.Model):
    _inherit = "loyalty.member"

    phone = fields.Char(
        compute="_compute_phone", inverse="_inverse_phone", search="_search_phone",
        help="The customer's phone. Marketing staff see it masked.",
    )  # fmt: skip
    email = fields.Char(
        compute="_compute_email", inverse="_inverse_email", search="_search_email",
        help="The customer's e-mail. Marketing staff see it masked.",
    )  # fmt: skip

    # One method each: whoever gives one of them to a new member would have it computed with the other.
    @api.depends("partner_id.phone")
    @api.depends_context("uid")
    def _compute_phone(self):
        self._compute_contact("phone", mask_phone)

    @api.depends("partner_id.email")
    @api.depends_context("uid")
    def _compute_email(self):
        self._compute_contact("email", mask_email)

    def _compute_contact(self, name, mask):
        masked = not (self.env.su or self.env.user.has_group("loyalty_membership.group_store"))
        for member in self:
            told = member.sudo().partner_id[name]  # sudo: marketing reads no customers, and these only masked
            member[name] = mask(told) if told and masked else told

    def _inverse_phone(self):
        self._write_contact("phone")

    def _inverse_email(self):
        self._write_contact("email")

    @api.model
    def _search_phone(self, operator, value):
        return [("partner_id.phone", operator, value)]

    @api.model
    def _search_email(self, operator, value):
        return [("partner_id.email", operator, value)]

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _write_contact(self, name):
        """Write the customer's phone or e-mail, by which the member must be found from then on."""
        for member in self:
            member.partner_id[name] = member[name]
            if problem := member._contact_problem(name, member.partner_id):
                raise UserError(problem)

    def _contact_problem(self, name, customer, owner="display_name"):
        """Why the member isn't found by this phone or e-mail of the customer, if so.

        :param owner: the field that tells who is
        """
        if not customer[name]:
            return None
        # sudo: what another store's member is known by is taken all the same
        identities = self.env["loyalty.member.identity"].sudo()
        key = next((key for key in identities._contact_keys(self.program_id, customer) if key.kind == name), None)
        if not key:
            return self._not_valid(name, customer[name])
        other = identities._find(self.program_id, name, [key.value]).get(key.value, self)
        if other == self:
            return None
        return self.env._(
            "%(contact)s is that of another member: %(member)s. Merge the two contacts if they are one person.",
            contact=customer[name],
            member=other.sudo()[owner],
        )

    @api.model
    def _not_valid(self, name, text):
        if name == "email":
            return self.env._("%s is no valid e-mail address.", text)
        return self.env._("%s is no valid phone number. Begin a number of another country with + and its code.", text)
