"""The purchase histories that predictions are made from: PostgreSQL collects them, one row a member, whatever was bought."""

import numpy as np
from odoo import models
from odoo.tools import SQL

from ..domain.calibration import split_day
from ..domain.histories import Histories

#: Rows that are fetched at once.
CHUNK = 20_000
#: Columns of a row: who it is, the history until today, the one until the split, purchases since.
PAST, BEFORE, LATER = slice(1, 6), slice(6, 9), 9
#: Below 0 for who came after the split.
AGE = 8


class LoyaltyPredictionHistory(models.Model):
    _inherit = "loyalty.prediction.fit"

    def _histories(self):
        """(Histories of all members who bought until today, those until the day of the split, purchase days since, that day).

        Members who have left are among them: that somebody leaves is what the models learn.
        """
        split = self._split_day()
        chunks = [np.array(rows, dtype=float) for rows in self._fetched(self._histories_sql(split or self.date))]
        columns = np.concatenate(chunks or [np.zeros((0, 10))]).T
        known = columns[:, columns[AGE] >= 0]
        nothing = np.zeros(known.shape[1])
        return Histories(*columns[PAST]), Histories(*known[BEFORE], nothing, nothing), known[LATER], split

    def _histories_of(self, first, last):
        """(ids, histories) of the active members from one id to another who bought until the day of the fit."""
        # The test's columns aren't looked at.
        rows = self.env.execute_query(SQL(
            "SELECT h.* FROM (%s) h JOIN loyalty_member m ON m.id = h.member_id WHERE m.active AND m.state = 'active'",
            self._histories_sql(self.date, (first, last)),
        ))  # fmt: skip
        columns = np.array(rows, dtype=float).reshape(-1, 10).T
        return columns[0].astype(int), Histories(*columns[PAST])

    def _fetched(self, query):
        """Yield lists of rows: so many are neither in PostgreSQL's answer at once nor here."""
        cr = self.env.cr
        cr.execute("SELECT set_config('cursor_tuple_fraction', '1', true)")  # all rows are wanted, not the first ones soon
        cr.execute(SQL("DECLARE loyalty_histories NO SCROLL CURSOR FOR %s", query))
        while rows := self.env.execute_query(SQL("FETCH %s FROM loyalty_histories", CHUNK)):
            yield rows
        cr.execute("CLOSE loyalty_histories")

    def _split_day(self):
        """The last day that the test knows; None where nobody has bought."""
        self.env["loyalty.transaction"].flush_model()
        self.env["loyalty.transaction.line"].flush_model()
        first = self.env.execute_query(SQL(
            "SELECT %s FROM loyalty_transaction t WHERE %s ORDER BY t.date LIMIT 1", self._day("t"), self._bought("t"),
        ))  # fmt: skip
        return self._split(first[0][0]) if first else None

    def _split(self, first):
        return type(first).fromordinal(split_day(first.toordinal(), self.date.toordinal()))

    def _histories_sql(self, split, members=None):
        """One row a member who bought until the day of the fit; see ``PAST``.

        A purchase counts on its day, with all that was added to it or taken back of it since; one that was wholly taken back is
        none.

        :param members: the first id and the last; all without
        """
        return SQL(
            """WITH fact AS (%(facts)s), day AS (
                    SELECT member_id, day, SUM(amount) AS money, MIN(day) OVER (PARTITION BY member_id) AS first
                      FROM fact WHERE day <= %(until)s GROUP BY member_id, day HAVING BOOL_OR(bought))
               SELECT member_id,
                      COUNT(*) - 1, MAX(day) - first, %(until)s - first,
                      COUNT(*) FILTER (WHERE money > 0 AND day > first),
                      COALESCE(SUM(money) FILTER (WHERE money > 0 AND day > first), 0)::float,
                      GREATEST(COUNT(*) FILTER (WHERE day <= %(split)s) - 1, 0),
                      COALESCE(MAX(day) FILTER (WHERE day <= %(split)s) - first, 0), %(split)s - first,
                      COUNT(*) FILTER (WHERE day > %(split)s)
                 FROM day GROUP BY member_id, first""",
            facts=self._facts(members), until=self.date, split=split,
        )  # fmt: skip

    def _facts(self, members):
        """Rows (member_id, day, amount, bought): purchases, additions to them, and what refunds took of either."""
        day, bought = self._day("root"), self._bought("root")
        return SQL(
            """SELECT root.member_id, %(day)s AS day, root.amount, true AS bought
                 FROM loyalty_transaction root WHERE %(bought)s AND %(purchases)s
                UNION ALL
               SELECT more.member_id, %(day)s, more.amount, false
                 FROM loyalty_transaction more JOIN loyalty_transaction root ON root.id = more.origin_id
                WHERE more.type = 'addition' AND %(bought)s AND %(additions)s
                UNION ALL
               SELECT refund.member_id, %(day)s, line.amount, false
                 FROM loyalty_transaction refund
                 JOIN loyalty_transaction_line line ON line.transaction_id = refund.id
                 JOIN loyalty_transaction_line was ON was.id = line.origin_line_id
                 JOIN loyalty_transaction part ON part.id = was.transaction_id
                 JOIN loyalty_transaction root ON root.id = COALESCE(part.origin_id, part.id)
                WHERE refund.type = 'refund' AND %(bought)s AND %(refunds)s""",
            day=day, bought=bought,
            purchases=self._of("root", members), additions=self._of("more", members), refunds=self._of("refund", members),
        )  # fmt: skip

    def _of(self, alias, members):
        program = SQL("%s = %s", SQL.identifier(alias, "program_id"), self.program_id.id)
        return SQL("%s AND %s BETWEEN %s AND %s", program, SQL.identifier(alias, "member_id"), *members) if members else program

    def _day(self, alias):
        """The day of a row of the journal in the program's time zone."""
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", SQL.identifier(alias, "date"), self.program_id.tz or "UTC")

    def _bought(self, alias):
        """Purchases of the program of which something is left."""
        return SQL(
            "%(alias)s.program_id = %(program)s AND %(alias)s.type = 'purchase' AND %(alias)s.is_refunded IS NOT TRUE",
            alias=SQL.identifier(alias), program=self.program_id.id,
        )  # fmt: skip
