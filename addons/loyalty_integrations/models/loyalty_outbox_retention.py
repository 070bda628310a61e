"""What is forgotten of the queue: logs and contents soon, that something was sent after a year."""

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 5000
#: Days after which what ended is deleted. A fact is noted in the transaction that books it, and never so much later.
YEAR = 366

# In the order of an index: PostgreSQL believes that much is found soon, and would read the table to find nothing.
_FORGET = (
    """DELETE FROM loyalty_sync_run_line
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_sync_run_line WHERE create_date < %(soon)s LIMIT %(batch)s))""",
    """DELETE FROM loyalty_sync_conflict
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_sync_conflict WHERE state = 'resolved' AND resolved_at < %(late)s
                              LIMIT %(batch)s))""",
    """DELETE FROM loyalty_outbox_attempt
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_outbox_attempt WHERE started_at < %(soon)s
                              ORDER BY started_at LIMIT %(batch)s))""",
    """DELETE FROM loyalty_outbox
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_outbox WHERE state IN ('done', 'skipped') AND done_at < %(late)s
                              ORDER BY done_at LIMIT %(batch)s))""",
    """DELETE FROM loyalty_outbox
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_outbox WHERE state IN ('done', 'skipped') AND done_at < %(soon)s
                                AND dedupe_key IS NULL ORDER BY done_at LIMIT %(batch)s))""",
    # What is kept to be told from a repeat needs no content.
    """UPDATE loyalty_outbox SET payload = NULL, data = NULL
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_outbox WHERE state IN ('done', 'skipped') AND done_at < %(soon)s
                                AND (payload IS NOT NULL OR data IS NOT NULL) ORDER BY done_at LIMIT %(batch)s))""",
    """DELETE FROM loyalty_outbox
        WHERE id = ANY(ARRAY(SELECT id FROM loyalty_outbox
                              WHERE state = 'dead' AND next_attempt_at < %(late)s LIMIT %(batch)s))""",
)


class LoyaltyOutboxRetention(models.Model):
    _inherit = "loyalty.outbox"

    _done_idx = models.Index("(done_at) WHERE state IN ('done', 'skipped')")
    # What is kept for a year is not read every night to find what isn't.
    _forget_idx = models.Index("""
        (done_at) WHERE state IN ('done', 'skipped') AND (dedupe_key IS NULL OR payload IS NOT NULL OR data IS NOT NULL)""")

    @api.model
    def _cron_clean(self):
        """Forget what is old, in committed batches that can stop anywhere."""
        self.env.flush_all()
        for statement in _FORGET:
            while count := self._forget(statement):
                if not self.env["ir.cron"]._commit_progress(count):
                    return
        self.env.invalidate_all()

    @api.model
    def _forget(self, statement):
        now = fields.Datetime.now()
        # sudo: a setting of the layer
        keep = int(self.env["ir.config_parameter"].sudo().get_param("loyalty_integrations.keep_days") or 30)
        self.env.cr.execute(SQL(
            statement, batch=BATCH, soon=fields.Datetime.subtract(now, days=keep),
            late=fields.Datetime.subtract(now, days=max(keep, YEAR)),
        ))  # fmt: skip
        return self.env.cr.rowcount


class LoyaltyOutboxAttemptRetention(models.Model):
    _inherit = "loyalty.outbox.attempt"

    _started_idx = models.Index("(started_at)")
