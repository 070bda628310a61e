"""Whether who brings and who is brought are one person."""

from odoo import api, models

from ..domain.referral import Address, is_same_address


class Known:
    """What one member is known by, those who were merged into it included."""

    def __init__(self):
        self.contacts, self.above, self.phones, self.emails, self.addresses = set(), set(), set(), set(), []

    def has_in_common(self, other):
        if self.contacts & (other.contacts | other.above) or other.contacts & self.above:
            return "contact"
        if self.phones & other.phones:
            return "phone"
        if self.emails & other.emails:
            return "email"
        if any(is_same_address(mine, its) for mine in self.addresses for its in other.addresses):
            return "address"
        return None


class LoyaltyReferralPerson(models.Model):
    _inherit = "loyalty.referral"

    @api.model
    def _one_person(self, pairs):
        """Which of these friends are who brings them, and by what it shows; dict friend -> reason.

        :param pairs: (friend, referrer)
        """
        # sudo: who is who is one list for all stores
        members = self.env["loyalty.member"].sudo().union(*(member for pair in pairs for member in pair))
        known = self._known_by(members) if members else {}
        reasons = {friend: known[friend.id].has_in_common(known[referrer.id]) for friend, referrer in pairs}
        return {friend: reason for friend, reason in reasons.items() if reason}

    @api.model
    def _known_by(self, members):
        """dict member id -> ``Known``; as many queries for all of them as for one."""
        merged = members.with_context(active_test=False).search([("merged_into_id", "in", members.ids)])
        owner = {member: member.id for member in members} | {member: member.merged_into_id.id for member in merged}
        known = {member.id: Known() for member in members}
        identities = self.env["loyalty.member.identity"].sudo()
        for identity in identities.search([("member_id", "in", [member.id for member in owner])]):
            self._note_key(known[owner[identity.member_id]], identity)
        for member in members | merged:
            mine = known[owner[member]]
            mine.contacts.add(member.partner_id.id)
            mine.above |= set(member._with_parents(member.partner_id)) - mine.contacts
            for contact in member.partner_id | member.partner_id.child_ids.filtered(lambda child: child.type != "contact"):
                self._note_contact(mine, member.program_id, contact)
        return known

    @api.model
    def _note_contact(self, known, program, contact):
        for key in self.env["loyalty.member.identity"]._contact_keys(program, contact):
            self._note_key(known, key)
        street = " ".join(filter(None, (contact.street, contact.street2)))
        known.addresses.append(Address(street, contact.city or "", contact.zip or "", contact.country_id.code or ""))

    @api.model
    def _note_key(self, known, key):
        if key.kind == "phone":
            known.phones.add(key.value)
        elif key.kind == "email":
            known.emails.add(key.value)
