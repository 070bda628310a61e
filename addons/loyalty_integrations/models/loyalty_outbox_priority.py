"""Rows of a first load: sent after everyday changes, and counted by their run."""

from odoo import api, fields, models
from odoo.tools import SQL


class LoyaltyOutboxRun(models.Model):
    _inherit = "loyalty.outbox"

    run_id = fields.Many2one("loyalty.sync.run", readonly=True, copy=False, ondelete="set null", index="btree_not_null")
    priority = fields.Integer(readonly=True, copy=False, default=0, required=True, help="Higher numbers are sent later.")
    created_there = fields.Boolean(readonly=True, copy=False)

    _later_idx = models.Index("(connection_id, ordering_key) WHERE priority > 0 AND state IN ('pending', 'retry', 'verify')")

    def init(self):
        """Whoever inserts rows by SQL need not know of priorities.

        Not at each upgrade: it needs a lock that nobody else has who sends at this moment.
        """
        result = super().init()
        [[known]] = self.env.execute_query(SQL(
            """SELECT column_default IS NOT NULL FROM information_schema.columns
                WHERE table_schema = current_schema AND table_name = %s AND column_name = 'priority'""", self._table,
        ))  # fmt: skip
        if not known:
            self.env.cr.execute("ALTER TABLE loyalty_outbox ALTER COLUMN priority SET DEFAULT 0")
        return result

    @api.model
    def _queue_members(self, connection, ids, run_id=None, priority=0):
        """Queue the present state of these members for this connection alone, in one statement."""
        if not ids:
            return
        now = fields.Datetime.now()
        self.env.execute_query(SQL(
            """INSERT INTO loyalty_outbox (connection_id, flow, event, model, res_id, member_id, ordering_key, occurred_at,
                                           idempotency_key, state, attempts, next_attempt_at, priority, run_id,
                                           create_uid, write_uid, create_date, write_date)
               SELECT %(connection)s, 'push_member', 'member.updated', 'loyalty.member', m.id, m.id, 'member:' || m.id, %(now)s,
                      replace(gen_random_uuid()::text, '-', ''), 'pending', 0, %(now)s, %(priority)s, %(run)s,
                      %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM loyalty_member m WHERE m.id = ANY(%(ids)s) ORDER BY m.id RETURNING id""",
            connection=connection.id, now=now, priority=priority, run=run_id, uid=self.env.uid, ids=list(ids),
        ))  # fmt: skip

    def _promote(self, cr, connection, now):
        """What a first load has queued of a member who changes today goes with the change, which otherwise waited for it."""
        cr.execute(_PROMOTE, {"connection": connection.id, "now": now})


_PROMOTE = """
    UPDATE loyalty_outbox SET priority = 0
     WHERE id IN (
        SELECT later.id
          FROM (SELECT ordering_key FROM loyalty_outbox
                 WHERE connection_id = %(connection)s AND priority = 0 AND state = 'pending' AND next_attempt_at <= %(now)s
                 ORDER BY next_attempt_at, id LIMIT 500) fresh
          JOIN loyalty_outbox later ON later.connection_id = %(connection)s AND later.ordering_key = fresh.ordering_key
           AND later.priority > 0 AND later.state IN ('pending', 'retry', 'verify')
           FOR UPDATE OF later SKIP LOCKED)"""
