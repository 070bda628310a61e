"""What fetching would do: pages are read and nothing of them is kept, neither in the inbox nor as a reading position."""

from odoo import models
from odoo.exceptions import UserError

from ..adapters import base
from ..domain.document import as_paid

#: Simulating points costs more than looking up: so many at most.
SIMULATED = 100


class LoyaltySyncRunDryPull(models.Model):
    _inherit = "loyalty.sync.run"

    def _step_dry_pull(self, adapter):
        """Read a page; "done" if there is no other, or as many were looked at as were asked for."""
        position = self.position or {"left": list(adapter.streams.get(self.flow, ()))}
        if not position["left"]:
            return "done"
        stream = position["left"][0]
        connection = self.connection_id
        begin = {"since": f"{self.since}T00:00:00Z"} if self.since else connection._reading_position(stream)
        mapping = connection._mapping(stream)
        page = adapter.read_page(stream, position.get("cursor") or begin, mapping._remote_paths())
        records = page.records[: self.limit - self.done]
        self._note_findings(self._judge_records(stream, mapping, records))
        self.position = (
            {"left": position["left"][1:]} if page.done else {"left": position["left"], "cursor": page.cursor}
        )  # fmt: skip
        enough = self.done >= self.limit
        if enough:
            self.total = self.done
        return "done" if enough or not self.position["left"] else "more"

    def _judge_records(self, stream, mapping, records):
        if not records:
            return []
        read = [(record, *mapping._to_local(record.values, record.lines)) for record in records]
        judge = {base.PULL_PURCHASES: self._judge_purchases, base.PULL_CONTACTS: self._judge_contacts}.get(self.flow)
        return judge(mapping, read) if judge else [self._as_read(record, values) for record, values, _problems in read]

    def _as_read(self, record, values):
        return {
            "external_id": record.id, "name": record.id, "action": "change", "reason": self.env._("It was read."),
            "changes": [[name, None, value] for name, value in values.items() if name != "lines"],
        }  # fmt: skip

    # ------------------------------------------------------------------
    # Purchases
    # ------------------------------------------------------------------

    def _judge_purchases(self, mapping, read):
        connection = self.connection_id
        references = [values.get("reference") or record.id for record, values, _problems in read]
        known = self.env["loyalty.transaction"]._known(self.program_id, connection._inbox_source(), references)
        received = {
            row.event_id: row
            for row in self.env["loyalty.inbox"].search([("connection_id", "=", connection.id), ("event_id", "in", references)])
        }
        members = self._members_of([values for _record, values, _problems in read])
        findings = []
        for (record, values, problems), reference, member in zip(read, references, members, strict=True):
            found = {"external_id": record.id, "name": reference, "changes": self._said(values)}
            if record.withdrawn:
                found |= {"action": "skip", "reason": self.env._("It does not count there at present.")}
            elif problems:
                found |= {"action": "cannot", "reason": self._told_problems(mapping, problems)}
            elif reference in known:
                found |= {"action": "skip", "reason": self.env._("It is booked already.")}
            elif reference in received:
                found |= {"action": "skip", "reason": self.env._("It is in the inbox already.")}
            elif record.deleted:
                found |= {"action": "skip", "reason": self.env._("It was deleted there.")}
            elif not member and not values.get("original_reference"):
                found |= {
                    "action": "cannot",
                    "reason": self.env._("Nobody in the program is known by what it names. It would wait."),
                }
            else:
                found |= self._would_book(member, values)
            findings.append(found)
        return findings

    def _would_book(self, member, values):
        if values.get("original_reference"):
            return {"action": "create", "reason": self.env._("A refund of %s would be booked.", values["original_reference"])}
        found = {"action": "create", "model": "loyalty.member", "res_id": member.id}
        told = self.env._("A purchase of %s would be booked.", member.display_name)
        if self.created < SIMULATED and (points := self._simulated(member, values)) is not None:
            told = self.env._(
                "A purchase of %(member)s would be booked: %(points)s points.", member=member.display_name, points=points
            )
        return {**found, "reason": told}

    def _simulated(self, member, values):
        company = self.program_id.company_id or self.connection_id.company_id
        try:
            lines = [self._simulated_line(line) for line in as_paid(values.get("lines") or (), values.get("total"))]
            told = self.env["loyalty.api"].with_company(company).simulate_purchase(
                member.code, lines, values.get("date"), values.get("store"), values.get("currency"), program=self.program_id.id
            )  # fmt: skip
        except (UserError, ValueError):  # booking will say what is wrong; here only the points stay unknown
            return None
        return told["points"]

    @staticmethod
    def _simulated_line(line):
        told = {name: line[name] for name in ("sku", "name", "category") if line.get(name)}
        return told | {name: float(line[name]) for name in ("quantity", "amount") if line.get(name) is not None}

    def _members_of(self, purchases):
        """The member that each of these purchases names, or None."""
        connection = self.connection_id
        named = [values["member"] for values in purchases if values.get("member")]
        found = self.env["loyalty.api"]._find_members(self.program_id, named, connection._inbox_source()) if named else {}
        customers = [str(values["customer"]) for values in purchases if values.get("customer")]
        bound = self.env["loyalty.binding"]._with_external(connection, "member", customers)
        members = self.env["loyalty.member"].browse(binding.res_id for binding in bound.values()).exists()
        return [
            found.get(values.get("member"))
            or next((m for m in members if values.get("customer") and m.id == bound[str(values["customer"])].res_id), None)
            if str(values.get("customer") or "") in bound or values.get("member") else None
            for values in purchases
        ]  # fmt: skip

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _judge_contacts(self, mapping, read):
        connection = self.connection_id
        bound = self.env["loyalty.binding"]._with_external(connection, "member", [record.id for record, *_rest in read])
        members = self.env["loyalty.member"].browse(binding.res_id for binding in bound.values()).exists()
        snapshot = members._integration_snapshot()
        findings = []
        for record, values, problems in read:
            number = bound[record.id].res_id if record.id in bound else 0
            found = {"external_id": record.id, "name": str(values.get("name") or record.id)}
            if problems:
                found |= {"action": "cannot", "reason": self._told_problems(mapping, problems)}
            elif number in snapshot:
                found |= self._contact_change(members.browse(number), snapshot[number], values)
            else:
                found |= self._stranger(values)
            findings.append(found)
        return findings

    def _contact_change(self, member, ours, values):
        changes = [[name, ours.get(name), value] for name, value in values.items() if (ours.get(name) or None) != (value or None)]
        found = {"model": "loyalty.member", "res_id": member.id, "name": member.display_name}
        if not changes:
            return {**found, "action": "skip", "reason": self.env._("It is the same here.")}
        return {**found, "action": "change", "reason": self.env._("It has changed there."), "changes": changes}

    def _stranger(self, values):
        if self.connection_id.create_members:
            return {"action": "create", "reason": self.env._("They would join."), "changes": self._said(values)}
        return {"action": "skip", "reason": self.env._("Nobody here is bound to it.")}

    # ------------------------------------------------------------------

    @staticmethod
    def _said(values):
        return [[name, None, value] for name, value in values.items() if name != "lines" and value not in (None, "")]

    def _told_problems(self, mapping, problems):
        tell = getattr(mapping, "_told", str)
        return "; ".join(problem if isinstance(problem, str) else tell(problem) for problem in problems)
