"""The one door through which points move.

Everything here works on a batch, set-wise, in a fixed number of statements, whether the batch
has one entry or fifty thousand:

1. lock the cards, in id order;
2. do what is due by now: release pending points, let lots expire past their last day;
3. insert the entries;
4. *settle*: give restored points back to their lots, take clawed-back points from the lot that
   they came from, then pay everything that is owed from the lots that expire first;
5. refuse what overdraws;
6. bring balances, and the history that Odoo's portal shows, in step.
"""

import json
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from .ledger_guard import door

#: Columns of a batch: what a caller may say about an entry, and its type.
BATCH = {
    "member_id": "integer",
    "kind": "text",
    "points": "numeric",
    "qualifying_points": "numeric",
    "forgiven": "numeric",
    "date": "timestamp",
    "available_on": "date",
    "expires_on": "date",
    "transaction_id": "integer",
    "rule_id": "integer",
    "reverses_id": "integer",
    "origin_model": "text",
    "origin_id": "integer",
    "detail": "jsonb",
    "basis": "jsonb",
    "note": "text",
}
#: Kinds that may take a balance below zero: a claw-back, and the debt of a merged member.
OWING_KINDS = ("revoke", "transfer_in")


class LoyaltyPointsDoor(models.Model):
    _inherit = "loyalty.points.entry"

    @api.model
    def _post(self, batch, locked=False):
        """Book a batch of entries: the only way to move points.

        The batch is one instant: its credits land before its debits are paid.

        :param batch: list of dicts with the keys of ``BATCH`` (``member_id``, ``kind`` and
            ``points`` are required; ``date``, UTC, defaults to now), or an ``SQL`` query that
            yields those columns in that order; its caller holds the members' locks.
        :param locked: the caller holds the members' locks of a list, too
        :return: the new entries, in the order of the batch
        :raise UserError: a debit is larger than the member's available points, or the member is
            frozen or closed; nothing is booked then
        """
        if not batch:
            return self.browse()
        if isinstance(batch, list):
            members = self.env["loyalty.member"].browse({row["member_id"] for row in batch})
            if not locked:
                members._lock()
            self._catch_up(members)
            self._check_states(members, batch)
            relation = self._batch_relation(batch)
        else:
            relation = batch
        with self._door_open():
            rows = self._insert_entries(relation)
            entries = self.browse(row["id"] for row in rows)
            posted = [row for row in rows if row["state"] == "posted"]
            self._settle(posted)
            self._refuse_overdraft([row["id"] for row in posted if row["points"] < 0 and not self._may_owe(row)])
            self._update_balances(entries.ids, posted=1, pending=1)
            self._write_native_history([row["id"] for row in posted])
        self._forget_cache()
        entries._after_insert()
        return entries

    @api.model
    def _may_owe(self, row):
        """Whether this row, as of ``_insert_entries``, may take a balance below zero; a debt comes back with an undone merge."""
        return row["kind"] in OWING_KINDS or (row["kind"] == "transfer_out" and row["reverses_id"])

    def _release(self):
        """Make these pending entries spendable; entries that are not pending stay as they are."""
        self._change_state("posted")

    def _void(self):
        """Withdraw these pending entries before they became spendable."""
        self._change_state("void")

    def _change_state(self, state):
        self.member_id._lock()
        with self._changing("state", "posted_at", "remaining"):
            self._move_to(state)
        self.member_id._sweep_merged()

    def _move_to(self, state):
        with self._door_open():
            rows = self.env.execute_query_dict(SQL(
                """UPDATE loyalty_points_entry
                      SET state = %(state)s,
                          posted_at = CASE WHEN %(state)s = 'posted' THEN %(now)s END,
                          remaining = CASE WHEN %(state)s = 'posted' THEN points ELSE 0 END
                    WHERE id IN %(ids)s AND state = 'pending'
                RETURNING id, member_id, state, points, kind, reverses_id""",
                state=state, now=fields.Datetime.now(), ids=tuple(self.ids) or (0,),
            ))  # fmt: skip
            ids = [row["id"] for row in rows]
            if state == "posted":
                self._settle(rows)
                self._write_native_history(ids)
            self._update_balances(ids, posted=int(state == "posted"), pending=-1)
        self._forget_cache()

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    @contextmanager
    def _door_open(self):
        self.env["loyalty.points.entry"].flush_model()
        self.env["loyalty.member"].flush_model()
        self.env["loyalty.card"].flush_model(["points"])
        self.env["loyalty.program"].flush_model(["tz", "points_precision"])
        with door(self.env.cr):
            yield

    @api.model
    def _batch_relation(self, batch):
        names = SQL(", ").join(map(SQL.identifier, BATCH))
        types = SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in BATCH.items())
        now = fields.Datetime.to_string(fields.Datetime.now())
        rows = [dict(row, date=fields.Datetime.to_string(row.get("date")) or now) for row in batch]
        return SQL(
            """SELECT %s FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (%s)) WITH ORDINALITY b
                ORDER BY b.ordinality""",
            names, json.dumps(rows, default=str), types,
        )  # fmt: skip

    @api.model
    def _insert_entries(self, relation):
        """Insert the batch, in whole steps of the program's precision; what was booked, in its order."""
        columns = SQL(", ").join(map(SQL.identifier, BATCH))
        return self.env.execute_query_dict(SQL(
            """
            WITH batch (%(columns)s) AS MATERIALIZED (%(relation)s),
            fact AS (
                SELECT b.*, c.program_id, c.company_id, TRUNC(b.points, SCALE(p.points_precision::numeric)) AS whole,
                       CASE WHEN b.available_on > (%(now)s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date
                            THEN 'pending' ELSE 'posted' END AS state
                  FROM (SELECT *, row_number() OVER () AS position FROM batch) b
                  JOIN loyalty_member m ON m.id = b.member_id
                  JOIN loyalty_card c ON c.id = m.card_id
                  JOIN loyalty_program p ON p.id = c.program_id
                 ORDER BY b.position
            )
            INSERT INTO loyalty_points_entry (
                member_id, program_id, company_id, kind, state, points, qualifying_points, remaining,
                forgiven, date, posted_at, available_on, expires_on, transaction_id, rule_id, reverses_id,
                origin_model, origin_id, detail, basis, note, create_uid, write_uid, create_date, write_date)
            SELECT member_id, program_id, company_id, kind, state, whole, COALESCE(qualifying_points, 0),
                   CASE WHEN state = 'posted' THEN whole ELSE 0 END,
                   COALESCE(forgiven, 0), date, CASE WHEN state = 'posted' THEN %(now)s END, available_on,
                   expires_on, transaction_id, rule_id, reverses_id, origin_model, origin_id,
                   detail, basis, note, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM fact
            RETURNING id, member_id, state, points, kind, reverses_id
            """,
            columns=columns, relation=relation, now=fields.Datetime.now(), uid=self.env.uid,
        ))  # fmt: skip

    @api.model
    def _check_states(self, members, batch):
        """Barred members neither earn nor spend; of an archived one, an order that is under way may still earn."""
        earning, spending = ({row["member_id"] for row in batch if row["kind"] == kind} for kind in ("earn", "spend"))
        members.filtered(lambda m: m.id in spending or (m.id in earning and m.active))._check_not_barred()
