"""What the inbox forgets: what was sent, and who was named, once it has been done for some time."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

CHUNK = 5000


class LoyaltyInboxRetention(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _cron_forget(self):
        """Empty the bodies of old rows, in committed batches; numbers, hashes and answers stay, and tell repeats for ever."""
        for connection in self.env["loyalty.connection"].with_context(active_test=False).search([("state", "!=", "draft")]):
            before = fields.Datetime.now() - timedelta(days=connection.inbox_keep_days)
            while count := self._forget(connection, before):
                if not self.env["ir.cron"]._commit_progress(count):
                    return

    @api.model
    def _forget(self, connection, before):
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_inbox SET raw_body = NULL, data = data - 'member' - 'customer'
                WHERE id IN (SELECT id FROM loyalty_inbox
                              WHERE connection_id = %s AND create_date < %s AND state IN ('done', 'duplicate', 'dead')
                                AND (raw_body IS NOT NULL OR data ?| ARRAY['member', 'customer'])
                              LIMIT %s)""",
            connection.id, before, CHUNK,
        ))  # fmt: skip
        self.invalidate_model()
        return self.env.cr.rowcount
