"""WeCom's contacts become those of members: each by what the connection says, and none is ever bound anew to another."""

from odoo import models
from odoo.addons.loyalty_membership.domain.identity import normalize_phone

from ..adapters.base import PUSH_MEMBER
from ..adapters.wecom_callback import ADDED
from ..domain.outcomes import AuthInvalid, Gone, Permanent, RemoteError
from .loyalty_connection_meter import Allowance


class LoyaltyConnectionWecomContact(models.Model):
    _inherit = "loyalty.connection"

    def _wecom_bind(self, contacts):
        """Bind contacts that name one member each; neither a contact nor a member that is bound already is touched.

        :param contacts: dicts of ``adapters.wecom_contacts.FIELDS``; one contact may come several times, of each staff member
        :return: the members who were bound now
        """
        wanted = {}
        for values, member in zip(contacts, self._wecom_members(contacts), strict=True):
            if member:
                wanted.setdefault(values["external_userid"], set()).add(member.id)
        certain = {contact: min(ids) for contact, ids in wanted.items() if len(ids) == 1}
        members = self.env["loyalty.member"].browse(set(certain.values()))
        bindings = self.env["loyalty.binding"]
        taken = bindings._with_external(self, "member", certain)
        bound = bindings._of(self, "member", members)
        new = members.browse()
        for contact, member in certain.items():
            if contact not in taken and member not in bound:
                bound[member] = bindings._keep(self, "member", members.browse(member), contact)
                new |= members.browse(member)
        new._tell_connections()
        return new

    def _wecom_members(self, contacts):
        """Whom each of these contacts names, an empty member where nobody, or more than one."""
        keys = [self._wecom_keys(values) for values in contacts]
        wanted = {key for own in keys for key in own}
        nobody, identities = self.env["loyalty.member"], self.env["loyalty.member.identity"]
        if self.wecom_member_link == "state":
            found = nobody.search([("program_id", "=", self.program_id.id), ("code", "in", list(wanted))])
            known = {member.code: member for member in found}
        else:
            kind, source = ("external", "unionid") if self.wecom_member_link == "unionid" else ("phone", "")
            known = identities._find(self.program_id, kind, wanted, source)
        named = [{known[key] for key in own if key in known and known[key].active} for own in keys]
        return [members.pop() if len(members) == 1 else nobody for members in named]

    def _wecom_keys(self, values):
        """What a member could be known by of a contact: set of texts."""
        if self.wecom_member_link != "mobile":
            return {values.get(self.wecom_member_link or "unionid")} - {"", None}
        region = self.program_id.phone_country_id.code
        return {normalize_phone(mobile, region) for mobile in (values.get("mobiles") or "").split(",")} - {"", None}

    # ------------------------------------------------------------------
    # What callbacks tell
    # ------------------------------------------------------------------

    def _take_wecom_callbacks(self, rows):
        """Do what these rows of the inbox tell; the contact is read anew, for an event says little and may be late."""
        allowance = Allowance(self._meter())
        try:
            with self._adapter(before=allowance) as adapter:
                for row in rows:
                    self._take_wecom_callback(adapter, row)
        finally:
            allowance.close()

    def _take_wecom_callback(self, adapter, row):
        contact = row.data["external_userid"]
        try:
            records = adapter.contacts.fetch(contact)
        except Gone:
            self._wecom_unbind(contact)
            row._finish({"status": "gone"})
        except Permanent as error:
            row._fail(error.code, error.message)
        except RemoteError as error:
            if isinstance(error, AuthInvalid):
                self._stop(error)
            row._park(error.code, error.message)
        else:
            new = self._wecom_bind([record.values for record in records])
            if row.data["kind"] == ADDED and not new:
                self._wecom_send_again(contact)
            row._finish({"status": "bound" if new else "known"})

    def _wecom_send_again(self, contact):
        """Another staff member has this contact now: the tags are missing there, though nothing has changed here."""
        binding = self.env["loyalty.binding"]._with_external(self, "member", [contact]).get(contact)
        if binding:
            binding.pushed_hash = False
            self.env["loyalty.member"].browse(binding.res_id)._tell_connections()

    def _wecom_unbind(self, contact):
        self.env["loyalty.binding"]._with_external(self, "member", [contact]).get(contact, self.env["loyalty.binding"]).unlink()


class LoyaltyInboxCallback(models.Model):
    _inherit = "loyalty.inbox"

    def _process_callback(self):
        """Rows of one connection; each system has its own ``loyalty.connection._take_SYSTEM_callbacks(rows)``."""
        getattr(self.connection_id, f"_take_{self.connection_id.system}_callbacks")(self)


class LoyaltyOutboxWecom(models.Model):
    _inherit = "loyalty.outbox"

    def _on_refused(self, error):
        """A contact who is none any more is not bound any more."""
        if self.connection_id.system == "wecom" and self.flow == PUSH_MEMBER and isinstance(error, Gone):
            self._binding().unlink()
        return super()._on_refused(error)
