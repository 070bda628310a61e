"""What the inbox forgets: what was sent, and who was named, once it has been done for some time."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

CHUNK = 5000
#: Rows that may still say something about a person, in SQL as in the index. After some time only few of many do.
TELLING = """(raw_body IS NOT NULL OR data ?| ARRAY['member', 'customer']
           OR kind NOT IN ('purchase', 'refund', 'void') AND (data IS NOT NULL OR result IS NOT NULL OR error_message IS NOT NULL)
           OR kind IN ('contact', 'callback'))"""

# Each in the order of an index: PostgreSQL believes that much is found soon, and would read the table to find nothing.
_FORGET = (
    # What is only read to be compared with what is here can be read again: nothing is told from it.
    """DELETE FROM loyalty_inbox WHERE id = ANY(ARRAY(
           SELECT id FROM loyalty_inbox
            WHERE connection_id = %(connection)s AND create_date < %(before)s AND %(telling)s AND kind IN ('contact', 'callback')
              AND state IN ('done', 'duplicate', 'dead', 'dismissed') ORDER BY create_date LIMIT %(chunk)s))""",
    # Of purchases the names; of everything else, which is about a person, all that was said and answered.
    """WITH old AS (
           SELECT id, kind IN ('purchase', 'refund', 'void') AS document FROM loyalty_inbox
            WHERE connection_id = %(connection)s AND create_date < %(before)s AND %(telling)s
              AND state IN ('done', 'duplicate', 'dead', 'dismissed') ORDER BY create_date LIMIT %(chunk)s)
       UPDATE loyalty_inbox i
          SET raw_body = NULL, data = CASE WHEN document THEN data - 'member' - 'customer' END,
              result = CASE WHEN document THEN result END, error_message = CASE WHEN document THEN error_message END
         FROM old WHERE old.id = i.id""",
)


class LoyaltyInboxRetention(models.Model):
    _inherit = "loyalty.inbox"

    _telling_idx = models.Index(f"(connection_id, create_date) WHERE {TELLING}")

    @api.model
    def _cron_forget(self):
        """Delete old contacts and callbacks, and empty all other old rows, in committed batches.

        Numbers, hashes and answers of those stay, and tell repeats for ever.
        """
        for connection in self.env["loyalty.connection"].with_context(active_test=False).search([("state", "!=", "draft")]):
            before = fields.Datetime.now() - timedelta(days=connection.inbox_keep_days)
            for statement in _FORGET:
                while count := self._forget(statement, connection, before):
                    if not self.env["ir.cron"]._commit_progress(count):
                        return

    @api.model
    def _forget(self, statement, connection, before):
        self.env.flush_all()
        self.env.cr.execute(SQL(
            statement, telling=SQL(TELLING), connection=connection.id, before=before, chunk=CHUNK,
        ))  # fmt: skip
        self.invalidate_model()
        return self.env.cr.rowcount
