"""Enrolments: somebody did there what makes a member here, such as a deal that was won. Each is taken once."""

import hashlib

from odoo import api, models

from ..adapters import base
from ..adapters.base import ADAPTERS, Record


class LoyaltyConnectionEnrolment(models.Model):
    _inherit = "loyalty.connection"

    def _mapped_as(self, stream):
        """Whoever is enrolled is told by the fields of members."""
        adapter = ADAPTERS.get(self.system)
        enrolling = adapter.streams.get(base.PULL_ENROLMENTS, ()) if adapter else ()
        return "member" if stream in enrolling else super()._mapped_as(stream)

    def _enrol(self, record):
        """Make the customer of this record a member; who is one already stays as they are.

        :return: the answer of ``loyalty.api.enroll``, or ``{"error": …}`` as ``enroll_members`` tells it
        """
        values, _told = self._mapping("member")._to_local(record.values)
        told = {name: values[name] for name in ("name", "phone", "email", "birthdate", "gender") if values.get(name)}
        facade = self.env["loyalty.api"].with_company(self.company_id)
        row = {**told, "source": self._contact_source(), "reference": record.id}
        [answer] = facade.enroll_members([row], program=self.program_id.id)
        return answer


class LoyaltyInboxEnrolment(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive_records(self, connection, flow, stream, records):
        if flow != base.PULL_ENROLMENTS:
            return super()._receive_records(connection, flow, stream, records)
        return self._receive(connection, "enrolment", [
            {
                "event_id": f"{stream}:{record.id}", "stream": stream,
                "data": {"customer": record.about, "values": record.values, "modified": record.modified},
                # A deal that changes after it was won enrols nobody anew.
                "body_hash": hashlib.sha256(record.id.encode()).hexdigest(),
            }
            for record in records
        ])  # fmt: skip

    def _process_enrolment(self):
        """Enrol these customers, and bind each to the record there. What can't be enrolled says why, and holds up nobody."""
        connection = self.connection_id.sudo()  # sudo: what was fetched is written by the layer, whoever starts it
        for row in self:
            customer = row.data.get("customer")
            if not customer:
                row._fail("no_customer", self.env._("It names no customer there."), 422)
                continue
            record = Record(customer, row.data["values"], row.data["modified"])
            answer = connection._enrol(record)
            if error := answer.get("error"):
                row._fail("refused", error["message"], error["status"])
                continue
            [bound] = connection._take_contacts([record])
            row._finish({"member": answer["member"], "created": answer["created"], "bound": bool(bound["member_id"])})
