"""How things come into the inbox: each once, whoever brings it and however often."""

import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.inbox import storable
from ..domain.ticket import content_hash

_COLUMNS = (
    "connection_id", "company_id", "kind", "event_id", "stream", "idempotency_key", "original_reference", "data", "raw_body",
    "body_hash", "state", "next_attempt_at", "error_code", "error_message", "transaction_id",
    "changes_id",
)  # fmt: skip


class LoyaltyInboxReceiving(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _receive(self, connection, kind, rows):
        """Take in what isn't here yet; the rows that are to be done.

        The same thing with another content takes the place of what isn't booked; of what is booked it is kept beside it, as
        a row that failed and says what differs.

        :param rows: dicts of ``event_id``, ``data`` and optionally ``stream``, ``raw_body``, ``body_hash``, ``idempotency_key``
        """
        rows = [self._filled(kind, storable(row)) for row in rows]
        rows = {row["event_id"]: row for row in rows}
        new = self._insert(connection, rows.values())
        if left := rows.keys() - set(new.mapped("event_id")):
            known = self._known(connection, kind, left)
            new |= self._receive_again(connection, [(known[event], rows[event]) for event in left if event in known])
        if new:
            new._wake()
        return new

    @api.model
    def _filled(self, kind, row):
        row = dict(row, kind=kind)
        row.setdefault("body_hash", content_hash(kind, row["data"]))
        row.setdefault("original_reference", row["data"].get("original_reference"))
        return row

    @api.model
    def _known(self, connection, kind, events):
        found = self.search([("connection_id", "=", connection.id), ("kind", "=", kind), ("event_id", "in", list(events))])
        return {row.event_id: row for row in found}

    @api.model
    def _insert(self, connection, rows):
        """Insert rows in one statement, those that aren't here yet; these."""
        common = {
            "connection_id": connection.id,
            "company_id": connection.company_id.id or None,
            "state": "received",
            "next_attempt_at": fields.Datetime.to_string(fields.Datetime.now()),
        }
        types = SQL(", ").join(SQL("%s %s", SQL.identifier(c), SQL(self._fields[c].column_type[1])) for c in _COLUMNS)
        names = SQL(", ").join(map(SQL.identifier, _COLUMNS))
        created = self.env.execute_query(SQL(
            """INSERT INTO loyalty_inbox (%(names)s, attempts, create_uid, write_uid, create_date, write_date)
               SELECT %(names)s, 0, %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb) AS (%(types)s)) WITH ORDINALITY
                ORDER BY ordinality
                   ON CONFLICT DO NOTHING
            RETURNING id""",
            names=names, types=types, uid=self.env.uid, now=self.env.cr.now(),
            rows=json.dumps([common | row for row in rows]),
        ))  # fmt: skip
        self.invalidate_model(["change_ids"])
        return self.browse([row_id for (row_id,) in created])

    @api.model
    def _receive_again(self, connection, pairs):
        """Of what came again with another content: replace what isn't booked, and keep the rest for people to look at."""
        beside, replaced = [], self.browse()
        for known, row in pairs:
            if known.body_hash == row["body_hash"]:
                known._settle_changes()
            elif not known.transaction_id:
                known._replace(row)
                replaced |= known
            else:
                beside.append(known._show_change(row))
        self._insert(connection, list(filter(None, beside)))
        return replaced

    def _replace(self, row):
        """Take another content for this row, nothing of which is booked."""
        self.write({
            **{name: row.get(name) for name in ("data", "raw_body", "body_hash", "original_reference")},
            "idempotency_key": row.get("idempotency_key") or self.idempotency_key,
            "state": (state := row.get("state", "received")),
            "attempts": 0,
            "next_attempt_at": state == "received" and fields.Datetime.now(),
            "result": False,
            "error_code": row.get("error_code"),
            "error_message": row.get("error_message"),
        })
