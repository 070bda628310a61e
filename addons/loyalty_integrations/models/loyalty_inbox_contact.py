"""Contacts that were changed in the other system: recognised, compared field by field, and merged.

Only what ``domain.canonical`` marks as ``pulled`` is ever written. Points, tiers and states are the ledger's and the
membership's: nothing that another system says changes them.
"""

from dataclasses import dataclass

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain import mapping as mapper
from ..domain import merge
from ..domain.mapping_line import Wrong
from .own_transaction import undone

#: What became of a contact.
CREATED, UPDATED, SAME, SKIPPED, FAILED = "created", "updated", "unchanged", "skipped", "failed"


@dataclass
class Contact:
    """A record of the other system on its way, and what becomes of it.

    ``changed``: local fields that were written; ``conflicts``: those that people decide about; ``sent``: whether ours is
    sent there, because it wins.
    """

    record: object
    values: dict
    told: list
    member: object = None
    binding: object = None
    action: str = SKIPPED
    reason: str = ""
    changed: tuple = ()
    conflicts: tuple = ()
    sent: bool = False

    def result(self):
        """Plain JSON."""
        return {
            "id": self.record.id,
            "action": self.action,
            "reason": self.reason,
            "member_id": self.member.id if self.member else False,
            "changed": list(self.changed),
            "conflicts": list(self.conflicts),
            "sent": self.sent,
        }


class LoyaltyConnectionContacts(models.Model):
    _inherit = "loyalty.connection"

    def _take_contacts(self, records, dry=False):
        """Merge contacts of the other system into members.

        :param records: list of ``adapters.base.Record``
        :param dry: only tell what would become of them
        :return: list of dicts in the same order: ``id`` there, ``action`` (created, updated, unchanged, skipped, failed),
            ``reason``, ``member_id``, ``changed`` and ``conflicts`` (local fields), ``sent``
        """
        self.ensure_one()
        # sudo: what is fetched is written by the layer, whoever starts it
        own = self.sudo().with_company(self.company_id)
        if not dry:
            return own._merge_contacts(records)
        with undone(self.env):
            return own._merge_contacts(records)

    def _merge_contacts(self, records):
        mapping = self._mapping("member")
        lines = mapping._lines()
        contacts = []
        for record in records:
            values, told = mapping._to_local(record.values)
            contacts.append(Contact(record, values, told))
        living = [contact for contact in contacts if not self._is_deleted(contact)]
        self._recognise_contacts(living, lines, mapping._where())
        self._enrol_contacts([contact for contact in living if not contact.member and not contact.reason])
        known = [contact for contact in living if contact.member]
        members = self.env["loyalty.member"].union(*(contact.member for contact in known))
        snapshot = members._integration_snapshot(self)
        for contact in known:
            self._merge_contact(contact, lines, mapping._where(), snapshot)
        return [contact.result() for contact in contacts]

    def _is_deleted(self, contact):
        if contact.record.deleted:
            contact.reason = self.env._("It was deleted there; the member stays.")
        return contact.record.deleted

    # ------------------------------------------------------------------
    # One contact
    # ------------------------------------------------------------------

    def _merge_contact(self, contact, lines, where, snapshot):
        binding = self._bind_contact(contact)
        if not binding:
            return
        if merge.newer(binding.remote_modified, contact.record.modified) == merge.LOCAL:
            contact.reason = self.env._("A newer version of it was taken already.")
            return
        gone = merge.sent_since(binding.pushed, contact.record.read_at)
        base, remote = binding.base or None, {path: told for path, told in contact.record.values.items() if path not in gone}
        local = mapper.as_sent(lines, snapshot[contact.member.id], where)
        found = merge.three_way(
            lines, base, local, remote, self._last_changes(contact, lines),
            lambda line, one, other: merge.same_through(line, one, other, where),
        )  # fmt: skip
        by_path = {line.remote: line for line in lines if line.taken}
        wanted = self._pulled_values(contact, [by_path[path] for path in found.pull], base, local, where)
        try:
            with self.env.cr.savepoint():
                contact.changed = self._write_member(contact.member, wanted, binding)
        except (UserError, ValueError) as error:
            contact.action, contact.reason = FAILED, str(error)
            return
        self._note_conflicts(contact, found, by_path, base, local)
        self._keep_base(contact, found, wanted, by_path)
        if contact.changed:
            contact.action = UPDATED if contact.action != CREATED else CREATED
            snapshot.update(contact.member._integration_snapshot(self))
        elif contact.action != CREATED:
            contact.action = SAME
        contact.reason = "; ".join(contact.told)

    def _bind_contact(self, contact):
        """The binding of this contact, made where there is none; None, and the reason, where the member has another one."""
        if contact.binding:
            return contact.binding
        bindings = self.env["loyalty.binding"]
        other = bindings._of(self, "member", contact.member).get(contact.member.id)
        if other and other.external_id == contact.record.id:  # of an earlier version in the same page
            contact.binding = other
            return other
        if other:
            contact.reason = self.env._(
                "%(member)s is %(other)s there already: merge the two contacts there, or remove the binding.",
                member=contact.member.display_name, other=other.external_id,
            )  # fmt: skip
            if contact.action == CREATED:
                contact.action = SKIPPED
            return None
        bindings._keep(self, "member", contact.member, contact.record.id, remote_modified=contact.record.modified)
        contact.binding = bindings._of(self, "member", contact.member)[contact.member.id]
        return contact.binding

    def _last_changes(self, contact, lines):
        """Which side changed a field last: dict path -> "local", "remote" or "", as far as it matters."""
        member, partner = contact.member, contact.member.partner_id
        ours = {
            True: partner.write_date and f"{partner.write_date.isoformat()}Z",
            False: member.write_date and f"{member.write_date.isoformat()}Z",
        }
        return {
            line.remote: merge.newer(ours[line.local not in ("birthdate", "gender")], contact.record.modified)
            for line in lines if line.taken and line.owner == merge.NEWEST
        }  # fmt: skip

    def _pulled_values(self, contact, lines, base, local, where):
        """dict local field -> value to write; of tags both sides' are joined."""
        wanted = {}
        for line in lines:
            if line.local not in contact.values:
                continue  # it can't be said here: told already
            value = contact.values[line.local]
            if line.kind == "tags":
                before, ours = ((side or {}).get(line.remote) for side in (base, local))
                value = merge.join_tags(*(self._as_tags(line, told, where) for told in (before, ours)), value)
            wanted[line.local] = value
        return wanted

    def _as_tags(self, line, value, where):
        try:
            return mapper.taken_value(line, value, where) or []
        except Wrong:
            return []

    def _note_conflicts(self, contact, found, by_path, base, local):
        conflicts = self.env["loyalty.sync.conflict"]
        rows = {
            path: {
                "field": by_path[path].local, "local": local.get(path), "remote": contact.record.values[path],
                "base": (base or {}).get(path), "remote_modified": contact.record.modified,
            }
            for path in found.conflict
        }  # fmt: skip
        if rows:
            conflicts._found(contact.binding, contact.member, rows)
        conflicts._settle(contact.binding, [*found.same, *found.pull, *found.push])
        contact.conflicts = tuple(row["field"] for row in rows.values())

    def _keep_base(self, contact, found, wanted, by_path):
        """Note what both sides have by now; where ours wins, what they have, so that ours is seen to differ and is sent."""
        binding, remote = contact.binding, contact.record.values
        before = binding.base or {}
        taken = [path for path in found.pull if by_path[path].local in wanted]
        overruled = [path for path in found.push if not merge.alike(before.get(path), remote[path])]
        after = before | {path: remote[path] for path in [*found.same, *taken, *overruled]}
        if after == before and binding.base:
            self._keep_version(binding, contact.record.modified)
            return  # an echo of what we sent
        values = {"base": after, "remote_modified": contact.record.modified or binding.remote_modified or None}
        if overruled:
            contact.sent = self.push_member
            self.env["loyalty.outbox"]._note("member", {contact.member.id: False})
        self.env["loyalty.binding"]._keep(self, "member", contact.member, contact.record.id, **values)

    def _keep_version(self, binding, modified):
        """Note of which version nothing was news, so that no older one is taken after it."""
        if modified and modified != binding.remote_modified:
            self.env.execute_query(SQL(
                "UPDATE loyalty_binding SET remote_modified = %s WHERE id = %s RETURNING id", modified, binding.id
            ))  # fmt: skip
            binding.invalidate_recordset(["remote_modified"], flush=False)
