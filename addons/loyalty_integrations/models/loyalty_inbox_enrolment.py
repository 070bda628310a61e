"""Enrolments: somebody did there what makes a member here, such as a deal that was won. Each is taken once."""

import hashlib

from odoo import api, models

from ..adapters import base
from ..adapters.base import Record


class LoyaltyConnectionEnrolment(models.Model):
    _inherit = "loyalty.connection"

    def _enrol(self, records):
        """Make the customers of these records members; who is one already stays as they are.

        :return: dict id there -> answer of ``loyalty.api.enroll``, or ``{"error": …}``; ``told``: what could not be mapped
        """
        mapping, source, rows, answers = self._mapping("member"), self._inbox_source(), [], {}
        for record in records:
            values, answers[record.id] = mapping._to_local(record.values)
            known = {name: values[name] for name in ("name", "phone", "email", "birthdate", "gender") if values.get(name)}
            rows.append({**known, "source": source, "reference": record.id})
        facade = self.env["loyalty.api"].with_company(self.company_id)
        joined = facade.enroll_members(rows, program=self.program_id.id) if rows else []
        return {record_id: {**answer, "told": told} for (record_id, told), answer in zip(answers.items(), joined, strict=True)}


class LoyaltyInboxEnrolment(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive_records(self, connection, flow, stream, records):
        if flow != base.PULL_ENROLMENTS:
            return super()._receive_records(connection, flow, stream, records)
        return self._receive(connection, "enrolment", [
            {
                "event_id": f"{stream}:{record.id}", "stream": stream,
                "data": {
                    "customer": record.about, "values": record.values, "modified": record.modified, "read_at": record.read_at,
                },
                # A deal that changes after it was won enrols nobody anew.
                "body_hash": hashlib.sha256(record.id.encode()).hexdigest(),
            }
            for record in records
        ])  # fmt: skip

    def _process_enrolment(self):
        """Enrol these customers, and bind each to the record there. Who can't be enrolled says why, and holds up nobody."""
        connection = self.connection_id.sudo()  # sudo: what was fetched is written by the layer, whoever starts it
        records = {
            row.data["customer"]: Record(
                row.data["customer"], row.data["values"], row.data["modified"], read_at=row.data.get("read_at") or 0.0
            )
            for row in self if row.data["customer"]
        }  # fmt: skip
        answers = connection._enrol(list(records.values()))
        joined = [records[customer] for customer, answer in answers.items() if "error" not in answer]
        bound = {told["id"]: bool(told["member_id"]) for told in connection._take_contacts(joined)}
        for row in self:
            answer = answers.get(row.data["customer"])
            if not answer:
                row._fail("no_customer", self.env._("It names no customer there."))
            elif error := answer.get("error"):
                row._fail("refused", error["message"], error["status"])
            else:
                told = {name: answer[name] for name in ("member", "created", "told")}
                row._finish({**told, "bound": bound[row.data["customer"]]})
