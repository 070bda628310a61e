from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.seal import seal

#: Entries are digested in blocks of ids, so that no day is too large for one value.
BLOCK = 10_000


class LoyaltyLedgerSeal(models.Model):
    """A day's digest of the ledger, chained to the day before.

    Whoever changes a sealed entry inside the database would have to make every later seal anew;
    keep a copy of the last digest elsewhere, and even that shows.
    """

    _name = "loyalty.ledger.seal"
    _description = "Ledger Seal"
    _order = "day desc"
    _rec_name = "day"

    day = fields.Date(required=True, readonly=True, help="Entries booked on this day (UTC).")
    entry_count = fields.Integer("Entries", readonly=True)
    digest = fields.Char(required=True, readonly=True)

    _day_unique = models.UniqueIndex("(day)", "This day is sealed already.")

    @api.model
    def _cron_seal(self):
        """Seal every day that is over and not sealed yet, oldest first, a committed day at a time."""
        cron = self.env["ir.cron"]
        days = self._unsealed_days()
        cron._commit_progress(remaining=len(days))
        for day in days:
            self._seal(day)
            if not cron._commit_progress(1):
                return

    @api.model
    def _unsealed_days(self):
        """Days up to the day before yesterday's end: by then every transaction has committed."""
        last = self.search([], limit=1).day
        [[first]] = self.env.execute_query(SQL("SELECT MIN(posted_at)::date FROM loyalty_points_entry"))
        start = last + timedelta(days=1) if last else first
        until = (fields.Datetime.now() - timedelta(hours=3)).date()
        return [start + timedelta(days=n) for n in range((until - start).days)] if start else []

    @api.model
    def _seal(self, day):
        previous = self.search([("day", "<", day)], limit=1).digest or ""
        count, content = self._content(day)
        return self.create({
            "day": day,
            "entry_count": count,
            "digest": seal(previous, day, count, content),
        })

    @api.model
    def _content(self, day):
        """Count and digest of the facts of all entries booked on a day."""
        since = datetime.combine(day, time.min)
        [[count, digest]] = self.env.execute_query(SQL(
            """WITH block AS (
                    SELECT id / %(block)s AS number, COUNT(*) AS count,
                           encode(sha256(string_agg(jsonb_build_array(id, member_id, program_id, kind, points,
                               qualifying_points, forgiven, date, posted_at, available_on, expires_on,
                               transaction_id, rule_id, reverses_id, origin_model, origin_id, detail, basis, note)::text,
                               E'\\n' ORDER BY id)::bytea), 'hex') AS digest
                      FROM loyalty_points_entry
                     WHERE posted_at >= %(since)s AND posted_at < %(until)s
                     GROUP BY number)
               SELECT COALESCE(SUM(count), 0)::bigint,
                      encode(sha256(COALESCE(string_agg(digest, '' ORDER BY number), '')::bytea), 'hex')
                 FROM block""",
            block=BLOCK, since=since, until=since + timedelta(days=1),
        ))  # fmt: skip
        return count, digest

    @api.model
    def _broken(self):
        """The sealed days whose entries, or whose chain, no longer match."""
        broken, previous = [], ""
        for sealed in self.search([("day", "!=", False)], order="day"):
            count, content = self._content(sealed.day)
            if sealed.digest != seal(previous, sealed.day, count, content):
                broken.append(sealed)
            previous = sealed.digest
        return self.browse(record.id for record in broken)
