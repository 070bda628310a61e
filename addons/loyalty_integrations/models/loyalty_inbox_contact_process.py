"""Contacts in the inbox: kept as they were read, and merged by the job."""

import hashlib
import json

from odoo import api, fields, models

from ..adapters import base
from ..adapters.base import Record
from ..domain.ticket import content_hash
from .loyalty_inbox_contact import FAILED


class LoyaltyInboxContact(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive_records(self, connection, flow, stream, records):
        if flow != base.PULL_CONTACTS:
            return super()._receive_records(connection, flow, stream, records)
        return self._receive(connection, "contact", [
            {
                "event_id": self._contact_event(record), "stream": stream,
                "data": (data := {
                    "id": record.id, "values": record.values, "modified": record.modified, "deleted": record.deleted,
                }) | {"read_at": record.read_at},
                "body_hash": content_hash("contact", data),  # whenever it is read
            }
            for record in records
        ])  # fmt: skip

    @api.model
    def _contact_event(self, record):
        """One change of one contact. A page that is read twice brings none anew; without a time of the change every page may."""
        said = json.dumps([record.values, record.deleted], sort_keys=True, ensure_ascii=False, default=str)
        when = record.modified or fields.Datetime.to_string(fields.Datetime.now())
        return f"{record.id}@{when}:{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def _process_contact(self):
        """Merge these contacts. Who can't be merged says why, and holds up nobody."""
        records = [
            Record(
                row.data["id"],
                row.data["values"],
                row.data.get("modified") or "",
                deleted=bool(row.data.get("deleted")),
                read_at=row.data.get("read_at") or 0.0,
            )
            for row in self
        ]
        for row, result in zip(self, self.connection_id._take_contacts(records), strict=True):
            if result["action"] == FAILED:
                row._fail("refused", result["reason"])
            else:
                row._finish(result)
