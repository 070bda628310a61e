from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Days after which nobody waits any more for a mail to be opened.
KEPT_DAYS = 180
MOST_DELETED = 100_000


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    loyalty_event_id = fields.Many2one("loyalty.journey.event", "Journey Event", index="btree_not_null", ondelete="cascade")

    def write(self, vals):
        """Whoever answers a mail has opened it."""
        result = super().write(vals)
        if vals.get("trace_status") in ("open", "reply") and (events := self.loyalty_event_id):
            events.sudo()._note_opened(events.ids)  # sudo: pictures are fetched by nobody in particular
        return result

    @api.autovacuum
    def _gc_of_journeys(self):
        """What became of a mail stands on its event; its trace is needed as long as it may be opened."""
        old = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute(SQL(
            """DELETE FROM mailing_trace WHERE id IN (
                 SELECT id FROM mailing_trace WHERE loyalty_event_id IS NOT NULL AND create_date < %s LIMIT %s)""",
            old, MOST_DELETED,
        ))  # fmt: skip
        return self.env.cr.rowcount, self.env.cr.rowcount == MOST_DELETED
