"""Scores and classes of all members of a program, from the facts that are kept of them."""

from odoo import api, models
from odoo.tools import SQL

from ..domain.rfm import CLASSES
from .loyalty_program_insight import CUT_FIELDS

#: What is scored -> its column; of the last day, the days since then.
SCORED = {"recency": "last_on", "frequency": "purchases", "monetary": "amount"}
SCORES = ("recency_score", "frequency_score", "monetary_score", "rfm_class")


class LoyaltyInsightScores(models.Model):
    _inherit = "loyalty.member.insight"

    @api.model
    def _cuts(self, program, day):
        """The cut points of a program, by what is scored: its own, or those of the fifths (see ``domain.rfm.fifths``).

        Recency has them in days, the best first; where nobody can have a score, there is None.
        """
        if program.rfm_way == "cuts":
            return {name: [str(cut) for cut in program._own_cuts(field)] for name, field in CUT_FIELDS.items()}
        cuts = {name: self._fifths(program, column) for name, column in SCORED.items()}
        days = [last_on and (day - last_on).days for last_on in reversed(cuts["recency"])]
        return cuts | {"recency": days, "monetary": [cut and str(cut) for cut in cuts["monetary"]]}

    @api.model
    def _fifths(self, program, column):
        """The least value of each score from 2 to 5 where members who bought are divided into fifths.

        A value's place is the middle of all members who have it, so that equals get equal scores.
        """
        return list(self.env.execute_query(SQL(
            """SELECT %s FROM (
                   SELECT value, 1 + DIV(5 * (2 * SUM(n) OVER (ORDER BY value) - n), 2 * SUM(n) OVER ()) AS score
                     FROM (SELECT %s AS value, COUNT(*) AS n FROM loyalty_member_insight
                            WHERE program_id = %s AND purchases > 0 GROUP BY 1) v) s""",
            SQL(", ").join(SQL("MIN(value) FILTER (WHERE score >= %s)", score) for score in range(2, 6)),
            SQL.identifier(column), program.id,
        ))[0])  # fmt: skip

    @api.model
    def _score(self, span):
        """Write the scores and classes that have changed of these members."""
        names = [SQL.identifier(name) for name in SCORES]
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_insight i SET %(set)s FROM (%(scored)s) s
                WHERE s.id = i.id AND (%(old)s) IS DISTINCT FROM (%(new)s)""",
            set=SQL(", ").join(SQL("%s = s.%s", name, name) for name in names), scored=self._scored(span),
            old=SQL(", ").join(SQL("i.%s", name) for name in names), new=SQL(", ").join(SQL("s.%s", name) for name in names),
        ))  # fmt: skip
        self.env.invalidate_all(flush=False)

    @api.model
    def _scored(self, span):
        """Scores and classes as they are now, by id; none of who bought nothing in the period."""
        cuts = span.program.rfm_cuts
        return SQL(
            """SELECT id, %(scores)s, CASE WHEN bought THEN %(class)s END AS rfm_class FROM (
                   SELECT i.id, i.purchases > 0 AS bought,
                          %(recency)s AS recency, %(frequency)s AS frequency, %(money)s AS monetary
                     FROM loyalty_member_insight i
                    WHERE i.program_id = %(program)s AND i.member_id > %(after)s AND i.member_id <= %(until)s) scores""",
            scores=SQL(", ").join(
                SQL("CASE WHEN bought THEN %s END AS %s", SQL.identifier(name), SQL.identifier(score))
                for name, score in zip(SCORED, SCORES, strict=False)
            ),
            recency=self._score_of(SQL("%s - i.last_on", span.day), SQL("<="), cuts["recency"]),
            frequency=self._score_of(SQL("i.purchases"), SQL(">="), cuts["frequency"]),
            money=self._score_of(SQL("i.amount"), SQL(">="), cuts["monetary"]),
            program=span.program.id, after=span.after, until=span.until,
            **{"class": self._class_of(int(span.program.rfm_high))},
        )  # fmt: skip

    @api.model
    def _score_of(self, value, operator, cuts):
        """As ``domain.rfm.score`` and ``recency_score``."""
        reached = [SQL("(%s %s %s::numeric)::integer", value, operator, cut) for cut in cuts if cut is not None]
        return SQL(" + ").join([SQL("1"), *reached])

    @api.model
    def _class_of(self, high):
        """As ``domain.rfm.rfm_class``."""
        whens = [
            SQL(
                "WHEN %s THEN %s",
                SQL("(recency >= %s, frequency >= %s, monetary >= %s) = (%s, %s, %s)", *(high,) * 3, *are),
                name,
            )
            for are, name in CLASSES.items()
        ]
        return SQL("CASE %s END", SQL(" ").join(whens))
