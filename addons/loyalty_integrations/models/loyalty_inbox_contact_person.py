"""Who a contact is: bound already, or found by number, phone or e-mail, or new. Nobody is guessed."""

from odoo import models

from ..domain import canonical
from ..domain import mapping as mapper
from .loyalty_inbox_contact import CREATED, FAILED

#: As many as the API enrols at once.
_MOST = 1000
#: What the API is told of who joins.
_TOLD = ("name", "phone", "email", "birthdate", "gender")


class LoyaltyConnectionPersons(models.Model):
    _inherit = "loyalty.connection"

    def _recognise_contacts(self, contacts, lines, where):
        """Find the members of these contacts; who is found and may not be changed gets the reason."""
        bindings = self.env["loyalty.binding"]._with_external(self, "member", [contact.record.id for contact in contacts])
        members = self.env["loyalty.member"].with_context(active_test=False)
        bound = members.browse(binding.res_id for binding in bindings.values()).exists()
        strangers = []
        for contact in contacts:
            binding = bindings.get(contact.record.id)
            member = members.browse(binding.res_id) if binding else members
            if binding and member in bound:
                contact.binding, contact.member = binding, member
            else:
                strangers.append(contact)
        self._look_up(strangers, lines, where)
        for contact in contacts:
            if contact.member and (reason := self._untouchable(contact.member)):
                contact.member, contact.reason = None, reason

    def _look_up(self, contacts, lines, where):
        """Find members by the key, else by phone and e-mail; what names two members names none."""
        rows = []
        for contact in contacts:
            told = {name: contact.values.get(name) for name in ("name", "phone", "email")}
            code = mapper.key_of(lines, contact.record.values, canonical.KEY, where)
            row = {**told, "code": code, "source": self._inbox_source(), "reference": contact.record.id}
            rows.append({name: value for name, value in row.items() if value})
        for contact, applicant in zip(contacts, self._applicants(rows), strict=True):
            person = applicant.person
            if applicant.claimed:
                contact.reason = self.env._("Its number, phone and e-mail name different members: nothing was changed.")
            elif person.member:
                contact.member = person.member.sudo().with_context(active_test=False)

    def _applicants(self, rows):
        """Each row by itself: two contacts there with one phone are not made one person here."""
        members = self.env["loyalty.member"]
        return members._recognise(self.program_id, rows) if rows else []

    def _untouchable(self, member):
        """Why nothing of this member is changed by others; or ""."""
        if member.merged_into_id:
            return self.env._("%s was merged into another member.", member.display_name)
        if member.erased_at:
            return self.env._("%s was erased: nothing is taken over.", member.display_name)
        if member.state == "closed" or not member.active:
            return self.env._("%s is closed or archived.", member.display_name)
        return ""

    # ------------------------------------------------------------------
    # Joining
    # ------------------------------------------------------------------

    def _enrol_contacts(self, contacts):
        if not self.create_members:
            for contact in contacts:
                contact.reason = self.env._("It is no member, and unknown contacts are not enrolled.")
            return
        for contact in contacts:
            if contact.told:
                contact.action, contact.reason = FAILED, "; ".join(contact.told)
        contacts = [contact for contact in contacts if not contact.told]
        facade = self.env["loyalty.api"].with_company(self.company_id)
        for start in range(0, len(contacts), _MOST):
            chosen = contacts[start : start + _MOST]
            rows = [
                {
                    **{name: contact.values[name] for name in _TOLD if contact.values.get(name)},
                    "source": self._inbox_source(), "reference": contact.record.id,
                }
                for contact in chosen
            ]  # fmt: skip
            for contact, answer in zip(chosen, facade.enroll_members(rows, program=self.program_id.id), strict=True):
                self._enrolled(contact, answer)

    def _enrolled(self, contact, answer):
        if error := answer.get("error"):
            contact.action, contact.reason = FAILED, error["message"]
            return
        members = self.env["loyalty.member"].with_context(active_test=False)
        contact.member = members.search([("program_id", "=", self.program_id.id), ("code", "=", answer["member"])])
        if answer["created"]:
            contact.action = CREATED
