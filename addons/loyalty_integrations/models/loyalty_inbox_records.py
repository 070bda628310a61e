"""Purchases and refunds that are fetched page by page, mapped when they come, so that the inbox says what is to be booked."""

from odoo import api, models

from ..adapters import base
from ..domain.document import as_paid, by_original

#: Streams of documents that take back; what names its purchase does so in whatever stream.
REFUNDS = ("refund", "return")


class LoyaltyInboxRecords(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive_records(self, connection, flow, stream, records):
        """Put the records of a page into the inbox, each once; those that are to be done.

        :param records: ``adapters.base.Record``
        """
        if flow != base.PULL_PURCHASES:
            return self._receive(connection, "delivery", [
                {
                    "event_id": f"{record.id}@{record.modified}", "stream": stream,
                    "data": {"id": record.id, "values": record.values},
                }
                for record in records
            ])  # fmt: skip
        mapping, kinds, withdrawn = connection._mapping(stream), {}, {}
        for record in records:
            values, problems = self._mapped_document(mapping, record)
            kind, row = self._document(stream, record, values, problems)
            rows = self._split(row) if kind == "refund" else [row]
            (withdrawn if record.withdrawn else kinds).setdefault(kind, []).extend(rows)
        for kind, rows in withdrawn.items():
            self._receive_withdrawn(connection, kind, rows)
        received = self.browse()
        for kind, rows in kinds.items():
            received |= self._receive(connection, kind, rows)
        return received

    @api.model
    def _mapped_document(self, mapping, record):
        """As of ``mapping._to_local``; where lines may name purchases of their own, each has its ``original``."""
        values, problems = mapping._to_local(record.values, record.lines)
        if values.get("original_reference") and len(record.lines) > 1:
            for line, said in zip(values["lines"], record.lines, strict=True):
                line["original"] = mapping._to_local({**record.values, **said})[0].get("original_reference")
        return values, problems

    @api.model
    def _document(self, stream, record, values, problems=()):
        """(kind, row) of one document; one that can't be mapped has failed, and says why."""
        data = {name: value for name, value in values.items() if value not in (None, "", [])}
        data["reference"] = str(data.get("reference") or record.id)
        taken_back = stream in REFUNDS or data.get("original_reference")
        kind = "void" if record.deleted else "refund" if taken_back else "purchase"
        if record.deleted:
            data = {"reference": data["reference"], "original_reference": data["reference"]}
        elif kind == "refund" and data.get("total") and not any(data.get("lines", ())):
            data["amount"] = data["total"]
        elif lines := as_paid(data.get("lines", ()), data.get("total")):
            data["lines"] = lines
        if record.withdrawn:
            data["withdrawn"] = record.withdrawn
        row = {"event_id": data["reference"], "stream": stream, "data": data}
        if problems and not (record.deleted or record.withdrawn):
            row |= {
                "state": "dead",
                "next_attempt_at": None,
                "error_code": "mapping",
                "error_message": "; ".join(problems)[:1000],
            }
        return kind, row

    @api.model
    def _split(self, row):
        """A return of several purchases is a row for each; the first has its number, so that it stays the same if more come."""
        groups, rows = by_original(row["data"].get("lines", ())), []
        for number, (original, lines) in enumerate(groups.items()):
            data = {**row["data"], "lines": lines}
            if len(groups) > 1:
                data["original_reference"] = original or ""
                data.pop("total", None)  # of the whole, and shared by the lines already
            if number:
                data["reference"] = f"{data['reference']}#{original}"
            rows.append({**row, "event_id": data["reference"], "data": data})
        return rows or [row]
