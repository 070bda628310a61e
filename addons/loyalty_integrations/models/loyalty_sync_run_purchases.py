"""Reconciliation of purchases: what was read and is not booked, and sums by the day where the other system tells them."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..adapters.base import Adapter
from ..domain.reconciliation import days_by_reference, same_day
from .loyalty_inbox import ANONYMOUS, NOT_YET, UNKNOWN

#: Days back that sums are compared for, and minutes for which what was just received is no difference.
DAYS, FRESH = 31, 60


class LoyaltySyncRunPurchases(models.Model):
    _inherit = "loyalty.sync.run"

    def _reconcile_purchases(self, adapter):
        self._count_booked()
        found = self._not_booked()
        if type(adapter).daily is not Adapter.daily:
            found += self._days_that_differ(adapter, "purchase") + self._days_that_differ(adapter, "refund")
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

    def _days_that_differ(self, adapter, kind):
        """Days whose number or sum of purchases, or of refunds, is another one there than in the journal."""
        until = fields.Date.today()
        since = until - timedelta(days=DAYS)
        there = adapter.daily(since.isoformat(), until.isoformat(), kind)
        if there is None:
            return []
        booked = self._booked(since, until, kind)
        if all(len(told) > 2 for told in there.values()):
            bills = self._without_nobodys({day: told[2] for day, told in there.items()}, kind)
            differing = days_by_reference(bills, booked, since.isoformat(), (until - timedelta(days=1)).isoformat())
        else:
            differing = self._days_by_sums(there, booked, since.isoformat(), until.isoformat())
        return [self._day_line(kind, *found) for found in differing]

    def _booked(self, since, until, kind):
        """What the connection has in the journal, and of a day around: dict number there -> (day, amount).

        What was given back because it has changed or doesn't count there any more is left out; what was booked in its place
        has its number. The parts of a return of several purchases are one.
        """
        zone = self.program_id.tz or "UTC"
        rows = self.env.execute_query(SQL(
            """SELECT COALESCE(%(number)s, t.reference),
                      (t.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date::text, abs(t.amount)
                 FROM loyalty_transaction t
            LEFT JOIN loyalty_inbox i ON i.transaction_id = t.id AND i.connection_id = %(connection)s AND i.kind = %(kind)s
                                     AND i.changes_id IS NULL
                WHERE t.program_id = %(program)s AND t.source = %(source)s AND t.type = %(kind)s
                  AND (i.id IS NOT NULL OR t.type = 'purchase') AND i.error_code IS DISTINCT FROM 'withdrawn'
                  AND NOT EXISTS (SELECT FROM loyalty_transaction r
                                   WHERE r.program_id = t.program_id AND r.source = t.source
                                     AND r.reference = 'changed:' || t.reference)
                  AND t.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s >= %(since)s::date
                  AND t.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s < %(until)s::date""",
            zone=zone, program=self.program_id.id, source=self.connection_id._inbox_source(), kind=kind,
            connection=self.connection_id.id, number=_NUMBER_THERE,
            since=since - timedelta(days=1), until=until + timedelta(days=1),
        ))  # fmt: skip
        booked = {}
        for number, day, amount in rows:
            booked[number] = (day, booked.get(number, (day, 0.0))[1] + float(amount))
        return booked

    @staticmethod
    def _days_by_sums(there, booked, since, until):
        here = {}
        for day, amount in booked.values():
            if since <= day < until:
                number, total = here.get(day, (0, 0))
                here[day] = (number + 1, total + amount)
        days = sorted(there.keys() | here.keys())
        pairs = [(day, there.get(day, (0, 0)), here.get(day, (0, 0)), (), ()) for day in days]
        return [pair for pair in pairs if not same_day(pair[1], pair[2])]

    def _without_nobodys(self, days, kind):
        """Without the documents that were received and are rightly nobody's, dismissed, or of a day to come."""
        references = [reference for bills in days.values() for reference in bills]
        rows = self.env["loyalty.inbox"].search([
            ("connection_id", "=", self.connection_id.id), ("kind", "=", kind), ("transaction_id", "=", False),
            ("event_id", "in", references), "|", ("state", "in", ("done", "dismissed")),
            "&", ("state", "=", "parked"), ("error_code", "in", (UNKNOWN, ANONYMOUS, NOT_YET)),
        ])  # fmt: skip
        nobodys = set(rows.mapped("event_id"))
        return {day: {name: total for name, total in bills.items() if name not in nobodys} for day, bills in days.items()}

    def _day_line(self, kind, day, there, here, missing, superfluous):
        told = [self.env._("Before: there. After: here.")]
        if kind == "refund":
            told.insert(0, self.env._("Returns."))
        if missing:
            told.append(self.env._("Not booked here: %s.", _named(missing)))
        if superfluous:
            told.append(self.env._("Booked here, and not valid there: %s.", _named(superfluous)))
        changes = [[self.env._("Number"), there[0], here[0]], [self.env._("Sum"), there[1], here[1]]]
        return {"action": "day", "name": day, "reason": " ".join(told), "changes": changes}


#: What the other system calls the document of an inbox row ``i``: without what ``_split`` has put behind it.
_NUMBER_THERE = SQL(
    """CASE WHEN right(i.event_id, length(i.original_reference) + 1) = '#' || i.original_reference
            THEN left(i.event_id, -length(i.original_reference) - 1) ELSE i.event_id END"""
)


def _named(references):
    """Some of them, in one line."""
    return ", ".join(references[:10]) + (f" … ({len(references)})" if len(references) > 10 else "")
