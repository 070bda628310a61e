"""What fetching would do: pages are read and nothing of them is kept, neither in the inbox nor as a reading position."""

from odoo import models
from odoo.exceptions import UserError

from ..adapters import base
from ..domain.inbox import storable

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
        page = storable(adapter.read_page(stream, position.get("cursor") or begin, mapping._remote_paths()))
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
        judge = {
            base.PULL_PURCHASES: self._judge_purchases, base.PULL_CONTACTS: self._judge_contacts,
            base.PULL_ENROLMENTS: self._judge_enrolments, base.PULL_DELIVERY: self._judge_deliveries,
        }[self.flow]  # fmt: skip
        return judge(stream, mapping, records)

    # ------------------------------------------------------------------
    # Purchases
    # ------------------------------------------------------------------

    def _judge_purchases(self, stream, mapping, records):
        inbox = self.env["loyalty.inbox"]
        read = [(record, *inbox._mapped_document(mapping, record)) for record in records]
        drafts = [(record, problems, *inbox._document(stream, record, values, problems)) for record, values, problems in read]
        members = self._members_of([row for *_record, row in drafts])
        booked, received = self._booked_references(drafts), self._received([row["event_id"] for *_record, row in drafts])
        findings, left = [], SIMULATED - self.created
        for (record, problems, kind, row), member in zip(drafts, members, strict=True):
            found = self._purchase_found(record, problems, kind, row, member, booked, received)
            if found["action"] == "create" and kind == "purchase" and left > 0:
                found |= self._with_points(member, row["data"])
            left -= found["action"] == "create"
            changes = self._said(row["data"])
            findings.append({"external_id": record.id, "name": row["event_id"], "changes": changes, **found})
        return findings

    def _booked_references(self, drafts):
        """Which purchases, of these and of those that these take back, are in the journal."""
        references = [row["event_id"] for *_record, row in drafts]
        originals = [row["data"].get("original_reference") for *_record, row in drafts]
        source = self.connection_id._inbox_source()
        return self.env["loyalty.transaction"]._known(self.program_id, source, {*references, *filter(None, originals)})

    def _received(self, events):
        """(kind, event) of what is in the inbox already."""
        kinds = ("purchase", "refund", "void", "enrolment", "delivery")
        rows = self.env["loyalty.inbox"].search([
            ("connection_id", "=", self.connection_id.id), ("event_id", "in", events), ("kind", "in", kinds)
        ])  # fmt: skip
        return {(row.kind, row.event_id) for row in rows}

    def _purchase_found(self, record, problems, kind, row, member, booked, received):
        data, reference = row["data"], row["event_id"]
        if record.withdrawn:
            return {"action": "skip", "reason": self.env._("It does not count there at present.")}
        if kind == "purchase" and reference in booked:
            return {"action": "skip", "reason": self.env._("It is booked already.")}
        if (kind, reference) in received:
            return {"action": "skip", "reason": self.env._("It is in the inbox already.")}
        if record.deleted:
            return {"action": "skip", "reason": self.env._("It was deleted there.")}
        if problems:
            return {"action": "cannot", "reason": "; ".join(problems)}
        if kind == "refund":
            return self._would_refund(data.get("original_reference"), booked)
        if not member:
            return {
                "action": "cannot",
                "reason": self.env._("Nobody in the program is known by what it names. It would wait."),
            }
        return self._would_book(member)

    def _would_refund(self, original, booked):
        if not original:
            return {"action": "cannot", "reason": self.env._("It does not say which purchase it takes back.")}
        if original not in booked:
            return {"action": "create", "reason": self.env._("It would wait until its purchase %s is booked.", original)}
        return {"action": "create", "reason": self.env._("A refund of %s would be booked.", original)}

    def _would_book(self, member):
        told = self.env._("A purchase of %s would be booked.", member.display_name)
        return {"action": "create", "model": "loyalty.member", "res_id": member.id, "reason": told}

    def _with_points(self, member, data):
        """The reason with the points that it would earn, as far as they can be told."""
        if (points := self._simulated(member, data)) is None:
            return {}
        return {"reason": self.env._(
            "A purchase of %(member)s would be booked: %(points)s points.", member=member.display_name, points=points
        )}  # fmt: skip

    def _simulated(self, member, values):
        company = self.program_id.company_id or self.connection_id.company_id
        try:
            lines = [self._simulated_line(line) for line in values.get("lines") or ()]
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

    def _members_of(self, drafts):
        """The member that each of these documents names, or None; as the inbox finds them."""
        inbox = self.env["loyalty.inbox"]
        rows = [inbox.new({"connection_id": self.connection_id.id, "data": row["data"]}) for row in drafts]
        found = inbox.concat(*rows)._members()
        return [found.get(row) for row in rows]

    # ------------------------------------------------------------------

    @staticmethod
    def _said(values):
        return [[name, None, value] for name, value in values.items() if name != "lines" and value not in (None, "")]
