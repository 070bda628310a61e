"""A member's statement (积分对账单): opening balance, every movement, closing balance, and what is to come.

It tells the member's own ledger in the order of when things happened, like the screen and the API.  What a merge brought stands
there as the entries that brought it; the statement of the old number tells what was before.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain.export import file_name
from ..domain.points import to_decimal
from ..domain.statement import Due, Line, Statement, Total, window

#: How far ahead a statement tells what ends.
EXPIRING_DAYS = 90
DEFAULT_PERIOD = "last_3_months"
#: More members than that are no print, but a dump of the customers.
MOST_STATEMENTS = 100
#: Debian's wkhtmltopdf takes some seconds a statement; for more members there is the workbook.
MOST_PRINTED = 30


def exact(number):
    """Points as the database has them; what it hands out are floats."""
    return to_decimal(round(number or 0, 2))


class LoyaltyMemberStatement(models.Model):
    _inherit = "loyalty.member"

    def _statement(self, period, first=None, last=None, most=None):
        """This member's statement, in the member's language.

        :param period: see ``domain.statement.window``; ``first`` and ``last`` are those of "own"
        :param most: at most so many movements, the newest; None: all of them, made as they are read
        """
        member = self._in_own_words()
        entries, program = self.env["loyalty.points.entry"], self.program_id
        today = program._today()
        first, last = self._statement_days(period, today, first, last)
        utc = self.env["loyalty.transaction"]._utc
        since = utc(program, first) if first else None
        # Up to today is up to whatever is booked: it ends with what the member has.
        until = utc(program, last + timedelta(days=1)) if last < today else None
        opening, totals = member._statement_sums(since, until)
        rows = entries._rows_between(self, since, until, posted=True, limit=most)
        return Statement(
            first, last, opening, totals, member._statement_lines(rows[::-1]), len(rows), today,
            available=exact(self.points),
            pending=member._statement_pending(), expiring=member._statement_expiring(today),
        )  # fmt: skip

    @api.model
    def _statement_asked(self, asked):
        """What somebody asked for, as arguments of ``_statement``; a request may hold anything.

        :param asked: dict with ``period`` (default: the last three months), ``first`` and ``last`` (ISO 8601)
        """
        period = asked.get("period") or DEFAULT_PERIOD
        try:
            first, last = (fields.Date.to_date(asked.get(name) or None) for name in ("first", "last"))
        except (ValueError, TypeError):
            period = None
        if period not in [known for known, _name in self._statement_periods()]:
            raise UserError(self.env._("There is no such period."))
        return period, first, last

    @api.model
    def _statement_periods(self):
        names = {
            "this_month": self.env._("This Month"),
            "last_month": self.env._("Last Month"),
            "last_3_months": self.env._("Last 3 Months"),
            "this_year": self.env._("This Year"),
            "all": self.env._("Since Joining"),
            "own": self.env._("From … To …"),
        }
        return list(names.items())

    def _statement_days(self, period, today, first, last):
        first, last = window(period, today, first, last)
        if first and first > last:
            raise UserError(self.env._("The period must begin before it ends, and not after today."))
        return first, last

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _statement_sums(self, since, until):
        """What there was before, and what each kind of movement came to."""
        entries = self.env["loyalty.points.entry"]
        entries.flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT kind, SUM(points) FILTER (WHERE NOT (%(within)s)),
                      COUNT(*) FILTER (WHERE %(within)s),
                      SUM(points) FILTER (WHERE %(within)s AND points > 0),
                      -SUM(points) FILTER (WHERE %(within)s AND points < 0)
                 FROM loyalty_points_entry
                WHERE member_id = %(member)s AND state = 'posted' AND %(before)s
                GROUP BY kind""",
            within=entries._between(since, None), before=entries._between(None, until), member=self.id,
        ))  # fmt: skip
        kinds = dict(entries._fields["kind"]._description_selection(self.env))
        rows.sort(key=lambda row: list(kinds).index(row[0]))
        totals = tuple(
            Total(kinds[kind], count, exact(added), exact(taken)) for kind, _before, count, added, taken in rows if count
        )
        return exact(sum(before or 0 for _kind, before, *_figures in rows)), totals

    def _statement_pending(self):
        """What was earned and can't be spent yet, by the first day on which it can."""
        return self._statement_dues(
            SQL("e.available_on"), SQL("e.points"), SQL("e.state = 'pending' AND e.available_on IS NOT NULL")
        )

    def _statement_expiring(self, today):
        """What ends soon, by its last day; of whoever stays inactive, all of it."""
        self.env["loyalty.member"].flush_model()
        self.env["loyalty.program"].flush_model()
        inactive = SQL("CASE WHEN p.expiry_policy = 'inactivity' THEN %s END", self.env["loyalty.points.entry"]._inactive_on())
        last_day = SQL("LEAST(e.expires_on, %s)", inactive)
        return self._statement_dues(
            last_day,
            SQL("e.remaining"),
            SQL("e.remaining > 0 AND %s BETWEEN %s AND %s", last_day, today, today + timedelta(days=EXPIRING_DAYS)),
        )

    def _statement_dues(self, day, points, condition):
        self.env["loyalty.points.entry"].flush_model()
        return tuple(Due(day, exact(points)) for day, points in self.env.execute_query(SQL(
            """SELECT %(day)s, SUM(%(points)s)
                 FROM loyalty_points_entry e
                 JOIN loyalty_member m ON m.id = e.member_id
                 JOIN loyalty_program p ON p.id = e.program_id
                WHERE e.member_id = %(member)s AND %(condition)s GROUP BY 1 ORDER BY 1""",
            day=day, points=points, member=self.id, condition=condition,
        )))  # fmt: skip

    # ------------------------------------------------------------------
    # Movements
    # ------------------------------------------------------------------

    def _statement_lines(self, rows):
        """The movements of (id, balance after it), made as they are read: a hundred thousand are never all in memory."""
        entries = self.env["loyalty.points.entry"].browse(row[0] for row in rows)
        balances = (row[1] for row in rows)
        for chunk in self._in_chunks(entries):
            for entry in chunk:
                yield Line(
                    self.program_id._local(entry.date).date(),
                    entry.explanation,
                    exact(entry.points),
                    exact(next(balances)),
                    (entry.points > 0 and entry.expires_on) or None,
                    # sudo: a purchase is named to whoever may read its entry
                    entry.sudo().transaction_id.reference or None,
                )

    # ------------------------------------------------------------------
    # Files
    # ------------------------------------------------------------------

    def _statements_to_write(self, asked):
        """(member, statement) of each, for a workbook; errors come first, and statements are made as they are read."""
        self._check_papers(MOST_STATEMENTS)
        asked = self._statement_asked(asked)
        return ((member._in_own_words(), member._statement(*asked)) for member in self)

    def _statement_file_name(self):
        """No name of a person: files are sent on, and shown to others."""
        return file_name(self.env._("Statement %s", self.code if len(self) == 1 else self.env._("%s members", len(self))))
