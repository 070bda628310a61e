"""What fetching contacts, won deals and deliveries would do: told as doing it tells, and taken back."""

from dataclasses import replace

from odoo import models

from .loyalty_inbox_contact import CREATED, FAILED, SAME, SKIPPED, UPDATED
from .loyalty_inbox_delivery import UNDER_WAY
from .own_transaction import undone

_ACTIONS = {CREATED: "create", UPDATED: "change", SAME: "skip", SKIPPED: "skip", FAILED: "cannot"}


class LoyaltySyncRunDryPeople(models.Model):
    _inherit = "loyalty.sync.run"

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _judge_contacts(self, _stream, mapping, records):
        connection = self.connection_id
        bound = self.env["loyalty.binding"]._with_external(connection, "member", [record.id for record in records])
        results = connection._take_contacts(records, dry=True)
        # whoever would join isn't there
        members = self.env["loyalty.member"].browse({result["member_id"] for result in results if result["member_id"]}).exists()
        snapshot = members._integration_snapshot(connection)
        return [
            self._contact_found(record, mapping._to_local(record.values)[0], result, snapshot, record.id in bound)
            for record, result in zip(records, results, strict=True)
        ]

    def _contact_found(self, record, values, result, snapshot, bound):
        found = {"external_id": record.id, "name": str(values.get("name") or record.id), "action": _ACTIONS[result["action"]]}
        if ours := snapshot.get(result["member_id"]):
            found |= {"model": "loyalty.member", "res_id": result["member_id"], "name": ours.get("name") or ours["code"]}
            if not bound and result["action"] == SAME:
                found["action"] = "change"
        if result["action"] == CREATED:
            changes = self._said(values)
        else:
            changes = [[name, (ours or {}).get(name), values.get(name)] for name in (*result["changed"], *result["conflicts"])]
        return {**found, "changes": changes, "reason": self._why_contact(result, bound)}

    def _why_contact(self, result, bound):
        told = [result["reason"]]
        if result["action"] == CREATED:
            told.append(self.env._("They would join."))
        elif result["action"] in (UPDATED, SAME) and not bound:
            told.append(self.env._("It would be bound to this member."))
        elif result["action"] == UPDATED:
            told.append(self.env._("It has changed there."))
        if result["conflicts"]:
            told.append(self.env._("Both sides have changed, people would decide: %s.", ", ".join(result["conflicts"])))
        if result["sent"]:
            told.append(self.env._("Ours would be sent there."))
        return " ".join(filter(None, told)) or self.env._("It is the same here.")

    # ------------------------------------------------------------------
    # Won deals
    # ------------------------------------------------------------------

    def _judge_enrolments(self, stream, mapping, records):
        connection = self.connection_id
        received = self._received([f"{stream}:{record.id}" for record in records])
        customers = {record.about: replace(record, id=record.about) for record in records if record.about}
        with undone(self.env):
            answers = connection._enrol(list(customers.values()))
        codes = [answer["member"] for answer in answers.values() if "error" not in answer]
        members = self.env["loyalty.member"].search([("program_id", "=", self.program_id.id), ("code", "in", codes)])
        by_code = {member.code: member for member in members}
        bound = self.env["loyalty.binding"]._with_external(connection, "member", list(customers))
        findings = []
        for record in records:
            values = mapping._to_local(record.values)[0]
            found = {"external_id": record.id, "name": str(values.get("name") or record.id), "changes": self._said(values)}
            if ("enrolment", f"{stream}:{record.id}") in received:
                found |= {"action": "skip", "reason": self.env._("It is in the inbox already.")}
            else:
                found |= self._enrolment_found(answers.get(record.about), by_code, record.about in bound)
            findings.append(found)
        return findings

    def _enrolment_found(self, answer, members, bound):
        if not answer:
            return {"action": "cannot", "reason": self.env._("It names no customer there.")}
        if error := answer.get("error"):
            return {"action": "cannot", "reason": error["message"]}
        if not (member := members.get(answer["member"])):
            return {"action": "create", "reason": " ".join([self.env._("They would join."), *answer["told"]])}
        found = {"model": "loyalty.member", "res_id": member.id}
        if bound:
            return {**found, "action": "skip", "reason": self.env._("They are a member already.")}
        return {**found, "action": "change", "reason": self.env._("It would be bound to this member.")}

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------

    def _judge_deliveries(self, _stream, _mapping, records):
        redemptions = self.env["loyalty.inbox"]._redemptions_of(self.connection_id, [record.id for record in records])
        received = self._received([f"{record.id}@{record.modified}" for record in records])
        findings = []
        for record in records:
            found = {"external_id": record.id, "name": str(record.values.get("reference") or record.id)}
            if ("delivery", f"{record.id}@{record.modified}") in received:
                found |= {"action": "skip", "reason": self.env._("It is in the inbox already.")}
            else:
                found |= self._delivery_found(redemptions.get(record.id), record.values)
            findings.append(found)
        return findings

    def _delivery_found(self, redemption, values):
        inbox = self.env["loyalty.inbox"]
        if not redemption:
            return {"action": "skip", "reason": inbox._told_nobodys()}
        found = {"model": "loyalty.redemption", "res_id": redemption.id, "name": redemption.display_name}
        if values.get("state") != "delivered":
            return {**found, "action": "skip", "reason": inbox._told_open()}
        if redemption.state in UNDER_WAY:
            return {**found, "action": "change", "reason": self.env._("It would leave the stock, and the redemption be done.")}
        if redemption.state == "done":
            return {**found, "action": "skip", "reason": self.env._("It is delivered already.")}
        return {**found, "action": "cannot", "reason": inbox._told_unexpected(redemption)}
