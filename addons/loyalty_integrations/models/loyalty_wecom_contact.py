"""WeCom's contacts become those of members: bound by what the connection says, nothing of the member is changed."""

from odoo import api, models
from odoo.addons.loyalty_membership.domain.identity import normalize_phone

from ..adapters.base import PULL_CONTACTS


class LoyaltyConnectionWecomContact(models.Model):
    _inherit = "loyalty.connection"

    def _merge_contacts(self, records):
        """Contacts of WeCom are bound; its staff's notes are no data of the customer."""
        if self.system != "wecom":
            return super()._merge_contacts(records)
        found = self._wecom_bind([record.values for record in records])
        return [
            {
                "id": record.id, "action": action, "reason": reason, "member_id": member.id, "changed": [], "conflicts": [],
                "sent": action == "updated",
            }
            for record in records
            for member, action, reason in [found[record.id]]
        ]  # fmt: skip

    def _wecom_bind(self, contacts):
        """Bind contacts that name one member each; see ``_wecom_plan``."""
        found = self._wecom_plan(contacts)
        new = {contact: member for contact, (member, action, _reason) in found.items() if action == "updated"}
        for contact, member in new.items():
            self.env["loyalty.binding"]._keep(self, "member", member, contact)
        self.env["loyalty.member"].union(*new.values())._tell_connections()
        return found

    def _wecom_plan(self, contacts):
        """What becomes of these contacts; neither a contact nor a member that is bound already is touched.

        :param contacts: values of ``adapters.wecom_contacts.record``; one contact may come several times, of each staff member
        :return: dict external_userid -> (member, "updated" where it is to be bound, "unchanged" or "skipped", reason)
        """
        named = self._wecom_named(contacts)
        members = self.env["loyalty.member"].union(*named.values())
        bindings = self.env["loyalty.binding"]
        taken = {contact: binding.res_id for contact, binding in bindings._with_external(self, "member", named).items()}
        bound = {member: binding.external_id for member, binding in bindings._of(self, "member", members).items()}
        found = {}
        for contact, its in named.items():
            if contact in taken:
                found[contact] = members.browse(taken[contact]), "unchanged", ""
            elif reason := self._wecom_reason(its, bound):
                found[contact] = members.browse(), "skipped", reason
            else:
                bound[its.id] = contact
                found[contact] = its, "updated", ""
        return found

    def _wecom_reason(self, members, bound):
        """Why a contact that names these members is not bound; "" where it can be."""
        if not members:
            return self.env._("No member is known by it.")
        if len(members) > 1:
            return self.env._("It names more than one member.")
        if members.id in bound:
            return self.env._("%s has another contact there already.", members.display_name)
        return ""

    def _wecom_named(self, contacts):
        """dict external_userid -> the active members that the contact names."""
        keys = {}
        for values in contacts:
            keys.setdefault(values["external_userid"], set()).update(self._wecom_keys(values))
        known = self._wecom_known(set().union(*keys.values()))
        nobody = self.env["loyalty.member"]
        return {
            contact: nobody.union(*(known[key] for key in own if key in known)).filtered("active")
            for contact, own in keys.items()
        }

    def _wecom_known(self, keys):
        """Members by what this connection knows contacts by: dict key -> member."""
        if self.wecom_member_link == "state":
            domain = [("program_id", "=", self.program_id.id), ("code", "in", list(keys))]
            return {member.code: member for member in self.env["loyalty.member"].search(domain)}
        kind, source = ("external", "unionid") if self.wecom_member_link == "unionid" else ("phone", "")
        return self.env["loyalty.member.identity"]._find(self.program_id, kind, keys, source)

    def _wecom_keys(self, values):
        """What a member could be known by of a contact: set of texts."""
        if self.wecom_member_link in ("unionid", "state"):
            return {values.get(self.wecom_member_link)} - {"", None}
        region = self.program_id.phone_country_id.code
        return {normalize_phone(mobile, region) for mobile in (values.get("mobiles") or "").split(",")} - {"", None}


class LoyaltyInboxWecomContact(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive_records(self, connection, flow, stream, records):
        """All contacts are read again and again: only those who can be bound are news, and tags that went astray."""
        if connection.system == "wecom" and flow == PULL_CONTACTS:
            connection._wecom_mend_tags(records, told=False)
            found = connection._wecom_plan([record.values for record in records])
            records = [record for record in records if found[record.id][1] == "updated"]
        return super()._receive_records(connection, flow, stream, records)
