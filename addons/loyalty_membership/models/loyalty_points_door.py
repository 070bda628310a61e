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
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.constants import PREFETCH_MAX

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
#: Kinds that a frozen or closed member can't receive or make.
MEMBER_KINDS = ("earn", "spend", "transfer_in", "transfer_out")
#: Kinds that make the lifetime figures of the member form.
EARNED_KINDS = ("earn", "revoke", "opening", "adjust")
REDEEMED_KINDS = ("spend", "restore")
#: What a booking changes of a member; everything else stays in the record cache.
BALANCES = [
    "points", "points_display", "history_ids", "points_pending", "points_debt", "qualifying_points", "lifetime_earned",
    "lifetime_redeemed", "last_movement_at", "next_expiry_date", "next_expiry_points", "entry_ids", "tier_value",
    "next_tier_id", "next_tier_missing", "tier_progress",
]  # fmt: skip


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
            self._refuse_overdraft([row["id"] for row in posted if row["points"] < 0 and row["kind"] not in OWING_KINDS])
            self._update_balances(entries.ids, posted=1, pending=1)
            self._write_native_history([row["id"] for row in posted])
        self._forget_cache()
        return entries

    def _release(self):
        """Make these pending entries spendable; entries that are not pending stay as they are."""
        self._change_state("posted")

    def _void(self):
        """Withdraw these pending entries before they became spendable."""
        self._change_state("void")

    def _change_state(self, state):
        self.member_id._lock()
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
        self.member_id._sweep_merged()

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    @contextmanager
    def _door_open(self):
        self.env["loyalty.points.entry"].flush_model()
        self.env["loyalty.member"].flush_model()
        self.env["loyalty.card"].flush_model(["points"])
        self.env["loyalty.program"].flush_model(["tz"])
        # What is refused half-way leaves neither entries nor an open door behind, whoever catches the error.
        with self.env.cr.savepoint(flush=False):
            self.env.cr.execute("SELECT set_config('loyalty.door', 'open', true)")
            yield  # noqa: RUF075 - the savepoint undoes the setting
            self.env.cr.execute("SELECT set_config('loyalty.door', '', true)")

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
        """Insert the batch; what was booked, in its order."""
        columns = SQL(", ").join(map(SQL.identifier, BATCH))
        return self.env.execute_query_dict(SQL(
            """
            WITH batch (%(columns)s) AS MATERIALIZED (%(relation)s),
            fact AS (
                SELECT b.*, c.program_id, c.company_id,
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
            SELECT member_id, program_id, company_id, kind, state, points, COALESCE(qualifying_points, 0),
                   CASE WHEN state = 'posted' THEN points ELSE 0 END,
                   COALESCE(forgiven, 0), date, CASE WHEN state = 'posted' THEN %(now)s END, available_on,
                   expires_on, transaction_id, rule_id, reverses_id, origin_model, origin_id,
                   detail, basis, note, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM fact
            RETURNING id, member_id, state, points, kind, reverses_id
            """,
            columns=columns, relation=relation, now=fields.Datetime.now(), uid=self.env.uid,
        ))  # fmt: skip

    def _settle(self, rows):
        """Bring lots, debts and the posted rows (as of ``_insert_entries``) to rest."""
        reversing = [row for row in rows if row["reverses_id"]]
        restored = [row["id"] for row in reversing if row["kind"] == "restore"]
        targeted = [row["id"] for row in reversing if row["points"] < 0]
        if restored:
            self._give_back(restored)
        if targeted:
            self._take_from_own_lot(targeted)
        if owing := self._owing(rows):
            self._pay_owed(owing)

    def _owing(self, rows):
        """Members of these rows who may owe something: debited now, or in debt from before."""
        debited = {row["member_id"] for row in rows if row["points"] < 0}
        credited = {row["member_id"] for row in rows} - debited
        if len(credited) <= PREFETCH_MAX:
            # For fewer than the record cache holds anyway; many are asked by the payment itself.
            credited = self.env["loyalty.member"].browse(credited).filtered("points_debt").ids
        return [*debited, *credited]

    def _give_back(self, ids):
        """Return restored points to the lots that paid, the last one taken first."""
        self._allocate(SQL(
            """
            WITH due AS (
                SELECT id AS entry_id, reverses_id, remaining AS need,
                       SUM(remaining) OVER (PARTITION BY reverses_id ORDER BY id) AS upto
                  FROM loyalty_points_entry WHERE id IN %s
            ), paid AS (
                SELECT t.source_id, t.lot_id, SUM(t.points) AS points, MAX(t.last_id) AS last_id
                  FROM (SELECT entry_id AS source_id, lot_id, points, id AS last_id
                          FROM loyalty_points_allocation WHERE entry_id IN (SELECT reverses_id FROM due)
                         UNION ALL
                        SELECT e.reverses_id, a.lot_id, a.points, 0
                          FROM loyalty_points_entry e
                          JOIN loyalty_points_allocation a ON a.entry_id = e.id
                         WHERE e.reverses_id IN (SELECT reverses_id FROM due) AND e.kind = 'restore') t
                 GROUP BY t.source_id, t.lot_id HAVING SUM(t.points) > 0
            ), source AS (
                SELECT *, SUM(points) OVER (PARTITION BY source_id ORDER BY last_id DESC) AS upto FROM paid
            )
            SELECT s.lot_id, d.entry_id,
                   -(LEAST(s.upto, d.upto) - GREATEST(s.upto - s.points, d.upto - d.need)) AS points
              FROM due d JOIN source s ON s.source_id = d.reverses_id
             WHERE s.upto - s.points < d.upto AND d.upto - d.need < s.upto
            """,
            tuple(ids),
        ))  # fmt: skip

    def _take_from_own_lot(self, ids):
        """Claw points back from the lot that they came from, as far as it still has them."""
        self._allocate(SQL(
            """
            WITH due AS (
                SELECT d.id AS entry_id, d.reverses_id, -d.remaining AS need, l.remaining AS has,
                       SUM(-d.remaining) OVER (PARTITION BY d.reverses_id ORDER BY d.id) AS upto
                  FROM loyalty_points_entry d
                  JOIN loyalty_points_entry l ON l.id = d.reverses_id AND l.remaining > 0
                 WHERE d.id IN %s
            )
            SELECT reverses_id AS lot_id, entry_id, LEAST(need, has - (upto - need)) AS points
              FROM due WHERE has > upto - need
            """,
            tuple(ids),
        ))  # fmt: skip

    def _pay_owed(self, member_ids):
        """Pay what these members' entries still owe, oldest first, from the lots that expire first.

        Member by member inside one statement: a join of all debts with all lots would hang on the
        planner's guess of how many there are, and nobody owes anything when statistics are taken.
        """
        self._allocate(SQL(
            """
            SELECT t.* FROM unnest(%s::integer[]) m(id)
             CROSS JOIN LATERAL (
                WITH owed AS MATERIALIZED (
                    SELECT id AS entry_id, -remaining AS need, SUM(-remaining) OVER (ORDER BY id) AS upto
                      FROM loyalty_points_entry WHERE member_id = m.id AND remaining < 0
                ), lot AS MATERIALIZED (
                    SELECT id AS lot_id, remaining AS has,
                           SUM(remaining) OVER (ORDER BY expires_on NULLS LAST, date, id) AS upto
                      FROM loyalty_points_entry
                     WHERE member_id = m.id AND remaining > 0
                )
                SELECT l.lot_id, o.entry_id,
                       LEAST(l.upto, o.upto) - GREATEST(l.upto - l.has, o.upto - o.need) AS points
                  FROM owed o JOIN lot l ON l.upto - l.has < o.upto AND o.upto - o.need < l.upto
                 ORDER BY o.entry_id, l.upto) t
            """,
            member_ids,
        ))  # fmt: skip

    def _allocate(self, query):
        """Record the takings (lot_id, entry_id, points) that the query yields, and move remainders."""
        self.env.cr.execute(SQL(
            """
            WITH taking AS MATERIALIZED (%(query)s),
            kept AS (
                INSERT INTO loyalty_points_allocation
                            (lot_id, entry_id, points, create_uid, write_uid, create_date, write_date)
                SELECT lot_id, entry_id, points, %(uid)s, %(uid)s, %(now)s, %(now)s FROM taking
            ), moved AS (
                SELECT id, SUM(points) AS points
                  FROM (SELECT lot_id AS id, -points AS points FROM taking
                         UNION ALL
                        SELECT entry_id, points FROM taking) t
                 GROUP BY id
            )
            UPDATE loyalty_points_entry e SET remaining = e.remaining + moved.points
              FROM moved WHERE e.id = moved.id
            """,
            query=query, uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip

    def _refuse_overdraft(self, ids):
        if not ids:
            return
        short = self.env.execute_query(SQL(
            """SELECT member_id, SUM(-remaining) FROM loyalty_points_entry
                WHERE id IN %s AND remaining < 0 GROUP BY member_id ORDER BY member_id LIMIT 1""",
            tuple(ids),
        ))  # fmt: skip
        if short:
            member = self.env["loyalty.member"].browse(short[0][0]).sudo()
            raise UserError(self.env._(
                "%(member)s has not enough points: %(missing)s more are needed.",
                member=member.display_name, missing=f"{short[0][1]:g}",
            ))  # fmt: skip

    def _update_balances(self, ids, posted, pending):
        """Bring card and member in step with these entries.

        :param posted: 1 if the posted ones among them are new to the balance, else 0
        :param pending: 1 if the pending ones are new, -1 if all of them have ceased to be pending
        """
        if not ids:
            return
        self.env.cr.execute(SQL(
            """
            WITH delta AS (
                SELECT member_id,
                       %(posted)s * COALESCE(SUM(points) FILTER (WHERE state = 'posted'), 0) AS points,
                       CASE WHEN %(pending)s > 0 THEN COALESCE(SUM(points) FILTER (WHERE state = 'pending'), 0)
                            ELSE -SUM(points) END AS pending,
                       %(posted)s * COALESCE(SUM(qualifying_points) FILTER (WHERE state = 'posted'), 0) AS qualifying,
                       %(posted)s * COALESCE(SUM(points) FILTER (
                            WHERE state = 'posted' AND kind IN %(earned)s), 0) AS earned,
                       %(posted)s * COALESCE(SUM(-points) FILTER (
                            WHERE state = 'posted' AND kind IN %(redeemed)s), 0) AS redeemed,
                       MAX(date) FILTER (WHERE kind IN ('earn', 'spend')) AS moved_at
                  FROM loyalty_points_entry WHERE id = ANY(%(ids)s) GROUP BY member_id
            ), card AS (
                UPDATE loyalty_card c
                   SET points = ROUND(c.points::numeric + d.points, 2),
                       write_uid = %(uid)s, write_date = %(now)s
                  FROM delta d JOIN loyalty_member m ON m.id = d.member_id
                 WHERE c.id = m.card_id
                RETURNING m.id AS member_id, c.points
            )
            UPDATE loyalty_member m
               SET points_pending = COALESCE(m.points_pending, 0) + d.pending,
                   points_debt = GREATEST(-card.points, 0),
                   qualifying_points = COALESCE(m.qualifying_points, 0) + d.qualifying,
                   lifetime_earned = COALESCE(m.lifetime_earned, 0) + d.earned,
                   lifetime_redeemed = COALESCE(m.lifetime_redeemed, 0) + d.redeemed,
                   last_movement_at = GREATEST(m.last_movement_at, d.moved_at),
                   next_expiry_date = n.expires_on,
                   next_expiry_points = COALESCE(n.points, 0),
                   write_uid = %(uid)s, write_date = %(now)s
              FROM delta d
              JOIN card ON card.member_id = d.member_id
              LEFT JOIN LATERAL (
                    SELECT e.expires_on, SUM(e.remaining) AS points FROM loyalty_points_entry e
                     WHERE e.member_id = d.member_id AND e.remaining > 0 AND e.expires_on IS NOT NULL
                     GROUP BY e.expires_on ORDER BY e.expires_on LIMIT 1) n ON true
             WHERE m.id = d.member_id
            """,
            posted=posted, pending=pending, ids=list(ids), earned=EARNED_KINDS, redeemed=REDEEMED_KINDS,
            uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip

    def _write_native_history(self, ids):
        """Odoo's own portal shows ``loyalty.history``: go on writing it for posted points.

        Orders write the points that they spend themselves, and a cancelled order takes all of its
        lines out again.
        """
        if not ids:
            return
        labels = dict(self._fields["kind"]._description_selection(self.env))
        self.env.cr.execute(SQL(
            """
            INSERT INTO loyalty_history (card_id, description, issued, used, order_model, order_id,
                                         create_uid, write_uid, create_date, write_date)
            SELECT m.card_id,
                   CONCAT_WS(' ', %(labels)s::jsonb ->> e.kind, COALESCE(so.name, e.note)),
                   GREATEST(e.points, 0), GREATEST(-e.points, 0),
                   CASE WHEN so.id IS NOT NULL THEN 'sale.order' END, so.id,
                   %(uid)s, %(uid)s, e.posted_at, e.posted_at
              FROM loyalty_points_entry e
              JOIN loyalty_member m ON m.id = e.member_id
              LEFT JOIN sale_order so ON e.origin_model = 'sale.order' AND so.id = e.origin_id
             WHERE e.id = ANY(%(ids)s) AND e.points <> 0 AND so.state IS DISTINCT FROM 'cancel'
               AND (so.id IS NULL OR e.kind NOT IN ('spend', 'restore'))
             ORDER BY e.id
            """,
            labels=json.dumps(labels), ids=list(ids), uid=self.env.uid,
        ))  # fmt: skip

    # ------------------------------------------------------------------
    # Before the door opens
    # ------------------------------------------------------------------

    @api.model
    def _check_states(self, members, batch):
        barred = members.filtered(lambda member: member.state != "active")
        if barred and any(row["member_id"] in barred._ids and row["kind"] in MEMBER_KINDS for row in batch):
            states = dict(barred._fields["state"]._description_selection(self.env))
            raise UserError(self.env._(
                "%(member)s is %(state)s and neither earns nor spends points.",
                member=barred[0].sudo().display_name, state=states[barred[0].state].lower(),
            ))  # fmt: skip

    def _forget_cache(self):
        self.env["loyalty.points.entry"].invalidate_model()
        self.env["loyalty.points.allocation"].invalidate_model()
        self.env["loyalty.history"].invalidate_model()
        self.env["loyalty.card"].invalidate_model(["points", "points_display", "history_ids"])
        self.env["loyalty.member"].invalidate_model(BALANCES)
