import json
import logging
from datetime import date, datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..domain.seal import GENESIS, seal
from .in_process import SEALING, says
from .ledger_guard import close_table, door, freeze_rows

_logger = logging.getLogger(__name__)

#: Rows are digested in blocks of ids, so that no day is too large for one value.
BLOCK = 10_000
#: Days that one statement digests.
DAYS = 31
#: Where the last seal is noted once more, outside the table of seals.
HEAD = "loyalty_membership.ledger_head"
#: What is sealed, by table: when a row was booked, and its facts.
SEALED = {
    "loyalty_points_entry": ("posted_at", (
        "id", "member_id", "program_id", "kind", "points", "qualifying_points", "forgiven", "date", "posted_at", "available_on",
        "expires_on", "transaction_id", "rule_id", "reverses_id", "origin_model", "origin_id", "detail", "basis", "note",
    )),
    "loyalty_points_allocation": ("create_date", ("id", "lot_id", "entry_id", "points", "create_date")),
}  # fmt: skip


class LoyaltyLedgerSeal(models.Model):
    """A day's digest of the ledger, chained to the day before.

    Whoever changes a sealed entry or allocation inside the database would have to make every later
    seal anew, and the note of the last one; keep a copy of that elsewhere, and even that shows.
    """

    _name = "loyalty.ledger.seal"
    _description = "Ledger Seal"
    _order = "day desc"
    _rec_name = "day"

    day = fields.Date(required=True, readonly=True, help="Entries booked on this day (UTC).")
    entry_count = fields.Integer("Entries", readonly=True)
    digest = fields.Char(required=True, readonly=True)

    _day_unique = models.UniqueIndex("(day)", "This day is sealed already.")

    @api.model_create_multi
    def create(self, vals_list):
        if not says(self.env, SEALING):
            raise self.env["loyalty.points.entry"]._refusal()
        return super().create(vals_list)

    def write(self, vals):  # noqa: ODW8106
        raise self.env["loyalty.points.entry"]._refusal()

    def unlink(self):  # noqa: ODW8106
        raise self.env["loyalty.points.entry"]._refusal()  # noqa: ODE8140

    def init(self):
        close_table(self.env.cr, self._table)
        freeze_rows(self.env.cr, self._table)

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------

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
        """Days after the head, up to the last that is over for three hours: by then every transaction has committed.

        A seal that was removed is not made anew: its gap is evidence.
        """
        head = self._head()
        [[first]] = self.env.execute_query(SQL("SELECT MIN(posted_at)::date FROM loyalty_points_entry"))
        start = head["day"] + timedelta(days=1) if head else first
        until = (fields.Datetime.now() - timedelta(hours=3)).date()
        return [start + timedelta(days=n) for n in range((until - start).days)] if start else []

    @api.model
    def _seal(self, day):
        head = self._head()
        [(count, content)] = self._contents([day])
        digest = seal(head["digest"] if head else GENESIS, day, count, content)
        with door(self.env.cr):
            self.with_context(**SEALING).create({"day": day, "entry_count": count, "digest": digest}).flush_recordset()
        # sudo: the note is the system's
        self.env["ir.config_parameter"].sudo().set_param(HEAD, json.dumps({"day": str(day), "digest": digest}))
        # The server's log is one more place, and one that is easily kept outside.
        _logger.info("The points ledger is sealed up to %s: %s", day, digest)

    # ------------------------------------------------------------------
    # Its head
    # ------------------------------------------------------------------

    @api.model
    def _noted_head(self):
        """The last seal as noted outside the table of seals, ``{day, digest}``; None: nothing readable is noted."""
        # sudo: the note is the system's
        noted = self.env["ir.config_parameter"].sudo().get_param(HEAD)
        try:
            values = json.loads(noted)
            return {"day": date.fromisoformat(values["day"]), "digest": str(values["digest"])}
        except (ValueError, TypeError, KeyError):
            return None

    @api.model
    def _last_seal(self):
        last = self.search([], limit=1)
        return {"day": last.day, "digest": last.digest} if last else None

    @api.model
    def _head(self):
        """The newest end of the chain that anybody knows of, or None before the first seal."""
        return max(filter(None, (self._noted_head(), self._last_seal())), key=lambda head: head["day"], default=None)

    # ------------------------------------------------------------------
    # Verifying
    # ------------------------------------------------------------------

    @api.model
    def _problems(self):
        """What doesn't match, as (check, day): broken seals, days that lost theirs, and the head."""
        head = self._head()
        problems = [("seal", sealed.day) for sealed in self._broken()]
        if head:
            problems += [("unsealed", day) for day in self._days_without_seal() if day <= head["day"]]
            if self._noted_head() != self._last_seal():
                problems.append(("head", head["day"]))
        return problems

    @api.model
    def _broken(self):
        """The sealed days whose entries or allocations, or whose chain, no longer match."""
        broken, previous = [], GENESIS
        seals = self.search([("day", "!=", False)], order="day")
        for chunk in map(self.browse, split_every(DAYS, seals.ids)):
            for sealed, content in zip(chunk, self._contents(chunk.mapped("day")), strict=True):
                if sealed.digest != seal(previous, sealed.day, *content):
                    broken.append(sealed.id)
                previous = sealed.digest
        return self.browse(broken)

    @api.model
    def _days_without_seal(self):
        """Days that are over, on which something was booked, and that have no seal."""
        until = (fields.Datetime.now() - timedelta(hours=3)).date()
        days = SQL(" UNION ").join(
            SQL("SELECT %s::date AS day FROM %s", SQL.identifier(moment), SQL.identifier(table))
            for table, (moment, _facts) in SEALED.items()
        )
        rows = self.env.execute_query(SQL(
            """SELECT b.day FROM (%s) b
                WHERE b.day < %s AND NOT EXISTS (SELECT FROM loyalty_ledger_seal s WHERE s.day = b.day)
                ORDER BY b.day""",
            days, until,
        ))  # fmt: skip
        return [row[0] for row in rows]

    # ------------------------------------------------------------------
    # Digests
    # ------------------------------------------------------------------

    @api.model
    def _contents(self, days):
        """Count of the entries booked on each of these days, and digest of all facts booked then, in order of the days."""
        for model in ("loyalty.points.entry", "loyalty.points.allocation"):
            self.env[model].flush_model()
        digests = {table: self._digests(table, days) for table in SEALED}
        return [
            (
                digests["loyalty_points_entry"].get(day, (0, ""))[0],
                "+".join(digests[table].get(day, (0, ""))[1] for table in SEALED),
            )
            for day in days
        ]

    @api.model
    def _digests(self, table, days):
        """Count and digest of a table's rows by day; in one pass over the rows from the first to the last of the days."""
        moment, facts = SEALED[table]
        rows = self.env.execute_query(SQL(
            """WITH block AS (
                    SELECT %(moment)s::date AS day, id / %(block)s AS number, COUNT(*) AS count,
                           encode(sha256(convert_to(string_agg(
                               jsonb_build_array(%(facts)s)::text, E'\\n' ORDER BY id), 'UTF8')), 'hex') AS digest
                      FROM %(table)s
                     WHERE %(moment)s >= %(since)s AND %(moment)s < %(until)s
                     GROUP BY 1, 2)
               SELECT day, SUM(count)::bigint, encode(sha256(string_agg(digest, '' ORDER BY number)::bytea), 'hex')
                 FROM block GROUP BY day""",
            moment=SQL.identifier(moment), block=BLOCK, table=SQL.identifier(table),
            facts=SQL(", ").join(map(SQL.identifier, facts)),
            since=datetime.combine(min(days), time.min), until=datetime.combine(max(days) + timedelta(days=1), time.min),
        ))  # fmt: skip
        return {day: (count, digest) for day, count, digest in rows}
