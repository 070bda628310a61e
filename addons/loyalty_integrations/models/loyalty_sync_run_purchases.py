"""Reconciliation of purchases: what was read and is not booked, and sums by the day where the other system tells them."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..adapters.base import Adapter
from ..domain.reconciliation import same_day
from .loyalty_inbox import ANONYMOUS, NOT_YET, UNKNOWN

#: Days back that sums are compared for, and minutes for which what was just received is no difference.
DAYS, FRESH = 31, 60


class LoyaltySyncRunPurchases(models.Model):
    _inherit = "loyalty.sync.run"

    def _reconcile_purchases(self, adapter):
        self._count_booked()
        found = self._not_booked()
        if type(adapter).daily is not Adapter.daily:
            found += self._days_that_differ(adapter)
        self.differences += len(found)
        self._note_lines(found)
        self.done = self.total
        return "done"

    def _count_booked(self):
        """How many purchases were read, and how many of them are in the journal."""
        [[self.count_there, self.count_here]] = self.env.execute_query(SQL(
            """SELECT count(*), count(*) FILTER (WHERE transaction_id IS NOT NULL)
                 FROM loyalty_inbox
                WHERE connection_id = %s AND kind IN ('purchase', 'refund', 'void') AND changes_id IS NULL""",
            self.connection_id.id,
        ))  # fmt: skip
        self.total = self.count_there

    def _not_booked(self):
        """What was received some time ago and has no place in the journal, unless that is how it should be."""
        rows = self.env["loyalty.inbox"].search([
            ("connection_id", "=", self.connection_id.id), ("kind", "in", ("purchase", "refund", "void")),
            ("transaction_id", "=", False), ("state", "in", ("received", "parked", "dead")),
            ("create_date", "<", fields.Datetime.now() - timedelta(minutes=FRESH)),
            "|", ("stream", "=", False), ("error_code", "not in", (UNKNOWN, ANONYMOUS, NOT_YET)),
        ], order="id")  # fmt: skip
        return [
            {
                "action": "not_booked", "model": "loyalty.inbox", "res_id": row.id, "external_id": row.event_id,
                "name": row.display_name, "reason": row.error_message or self.env._("It waits."),
            }
            for row in rows
        ]  # fmt: skip

    def _days_that_differ(self, adapter):
        """Days whose number or sum of purchases is another one there than in the journal."""
        zone, today = self.program_id.tz or "UTC", fields.Date.today()
        since = today - timedelta(days=DAYS)
        there = adapter.daily(since.isoformat(), today.isoformat())
        rows = self.env.execute_query(SQL(
            """SELECT (date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date::text, count(*), COALESCE(sum(amount), 0)
                 FROM loyalty_transaction
                WHERE program_id = %(program)s AND source = %(source)s AND type = 'purchase'
                  AND date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s >= %(since)s::date
                  AND date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s < %(until)s::date
                GROUP BY 1""",
            zone=zone, program=self.program_id.id, source=self.connection_id._inbox_source(), since=since, until=today,
        ))  # fmt: skip
        here = {day: (count, float(amount)) for day, count, amount in rows}
        return [
            {
                "action": "day", "name": day, "reason": self.env._("Before: there. After: here."),
                "changes": [
                    [self.env._("Number"), there.get(day, (0, 0))[0], here.get(day, (0, 0))[0]],
                    [self.env._("Sum"), there.get(day, (0, 0))[1], here.get(day, (0, 0))[1]],
                ],
            }
            for day in sorted(there.keys() | here.keys()) if not same_day(there.get(day, (0, 0)), here.get(day, (0, 0)))
        ]  # fmt: skip
