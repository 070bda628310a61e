"""Points that will expire soon: told once a member and day of expiry, to whoever listens."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters.base import PUSH_EVENT

EXPIRING = "points.expiring"


class LoyaltyOutboxExpiring(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _cron_expiring(self):
        """Queue what expires within the days of each connection; one statement a connection."""
        connections = self.env["loyalty.connection"].search([
            ("system", "=", "webhook"), ("state", "!=", "draft"), ("push_event", "=", True),
        ])  # fmt: skip
        for connection in connections:
            if EXPIRING in (connection._event_names() or (EXPIRING,)) and self._note_expiring(connection):
                self._wake()
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _note_expiring(self, connection):
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """INSERT INTO loyalty_outbox (connection_id, flow, event, model, res_id, member_id, ordering_key, dedupe_key,
                                           occurred_at, valid_until, data, idempotency_key, state, attempts, next_attempt_at,
                                           create_uid, write_uid, create_date, write_date)
               SELECT %(connection)s, %(flow)s, %(event)s, 'loyalty.member', e.member_id, e.member_id,
                      'member:' || e.member_id, 'expiring:' || e.member_id || ':' || e.expires_on, %(now)s,
                      e.expires_on + INTERVAL '2 days',
                      jsonb_build_object('points', trim_scale(sum(e.remaining)), 'expires_on', e.expires_on::text),
                      replace(gen_random_uuid()::text, '-', ''), 'pending', 0, %(now)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM loyalty_points_entry e
                WHERE e.program_id = %(program)s AND e.remaining > 0 AND e.state = 'posted'
                  AND e.expires_on BETWEEN %(today)s AND %(today)s::date + %(days)s::int
                GROUP BY e.member_id, e.expires_on
                ORDER BY e.expires_on, e.member_id
          ON CONFLICT (connection_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
            RETURNING id""",
            connection=connection.id, flow=PUSH_EVENT, event=EXPIRING, program=connection.program_id.id,
            today=connection.program_id._today(), days=connection.webhook_expiring_days,
            now=fields.Datetime.now(), uid=self.env.uid,
        ))  # fmt: skip
        return len(rows)
