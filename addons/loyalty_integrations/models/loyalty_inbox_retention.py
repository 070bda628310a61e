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
        """Of purchases the names; of everything else, which is about a person, all that was said and answered."""
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """WITH old AS (
                   SELECT id, kind IN ('purchase', 'refund', 'void') AS document FROM loyalty_inbox
                    WHERE connection_id = %s AND create_date < %s AND state IN ('done', 'duplicate', 'dead')
                      AND (raw_body IS NOT NULL OR data ?| ARRAY['member', 'customer']
                           OR kind NOT IN ('purchase', 'refund', 'void')
                              AND (data IS NOT NULL OR result IS NOT NULL OR error_message IS NOT NULL))
                    LIMIT %s)
               UPDATE loyalty_inbox i
                  SET raw_body = NULL, data = CASE WHEN document THEN data - 'member' - 'customer' END,
                      result = CASE WHEN document THEN result END, error_message = CASE WHEN document THEN error_message END
                 FROM old WHERE old.id = i.id""",
            connection.id, before, CHUNK,
        ))  # fmt: skip
        self.invalidate_model()
        return self.env.cr.rowcount
