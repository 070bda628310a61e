"""The facts of the statistics, of many members in one statement."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.tools import SQL

#: Kept by the statement here; scores have a statement of their own.
FACTS = (
    "last_on", "purchases", "amount", "average_basket", "interval_days", "category_id", "team_id", "weekday_id", "reduced_share",
    "active_days", "points_earned", "points_spent",
)  # fmt: skip
ACTIVE_DAYS, POINTS_DAYS = 30, 90
EARNED, SPENT = ("earn", "revoke"), ("spend", "restore")
#: Rows of the journal that come by the calendar or by what somebody else did.
NOT_DONE_BY_MEMBERS = ("birthday", "anniversary", "referral", "referred")


class Span(NamedTuple):
    """Members of one program whose ids are above ``after`` and up to ``until``, as measured on a day of the program."""

    program: Any
    day: Any
    after: int
    until: int

    def moment(self, days_back):
        """The beginning of the day so many days before, in UTC; of tomorrow for -1."""
        midnight = datetime.combine(self.day - timedelta(days=days_back), time(), ZoneInfo(self.program.tz or "UTC"))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def of(self, alias):
        """These members' rows of the journal or the ledger up to the end of the day, as SQL."""
        row = SQL.identifier(alias)
        return SQL(
            "%s.program_id = %s AND %s.member_id > %s AND %s.member_id <= %s AND %s.date < %s",
            row, self.program.id, row, self.after, row, self.until, row, self.moment(-1),
        )  # fmt: skip


class LoyaltyInsightFacts(models.Model):
    _inherit = "loyalty.member.insight"

    @api.model
    def _measure(self, span):
        """Keep one row for each of these members; what has not changed is not written.

        Nobody who left is measured: merged, erased, archived or closed.
        """
        self.env.flush_all()
        # Where PostgreSQL knows little of the tables yet, it would take a range of members for one, and loop over the journal.
        self.env.cr.execute("SELECT set_config('enable_nestloop', 'off', true)")
        self._write_facts(span)
        self.env.cr.execute("SELECT set_config('enable_nestloop', 'on', true)")
        self._forget_who_left(span)
        self.env.invalidate_all(flush=False)

    @api.model
    def _write_facts(self, span):
        columns = [SQL.identifier(name) for name in FACTS]
        self.env.cr.execute(SQL(
            """WITH fact AS MATERIALIZED (%(facts)s), changed AS (
                    UPDATE loyalty_member_insight i SET %(set)s FROM fact f
                     WHERE i.member_id = f.member_id AND (%(old)s) IS DISTINCT FROM (%(new)s))
               INSERT INTO loyalty_member_insight (member_id, program_id, company_id, %(columns)s)
               SELECT f.member_id, %(program)s, %(company)s, %(new)s FROM fact f
                WHERE NOT EXISTS (SELECT FROM loyalty_member_insight i WHERE i.member_id = f.member_id)
                ORDER BY f.member_id""",
            facts=self._facts(span), columns=SQL(", ").join(columns),
            set=SQL(", ").join(SQL("%s = f.%s", column, column) for column in columns),
            old=SQL(", ").join(SQL("i.%s", column) for column in columns),
            new=SQL(", ").join(SQL("f.%s", column) for column in columns),
            program=span.program.id, company=span.program.company_id.id or None,
        ))  # fmt: skip

    @api.model
    def _forget_who_left(self, span):
        self.env.cr.execute(SQL(
            """DELETE FROM loyalty_member_insight i USING loyalty_member m
                WHERE m.id = i.member_id AND i.program_id = %s AND i.member_id > %s AND i.member_id <= %s AND NOT (%s)""",
            span.program.id, span.after, span.until, self._is_measured(),
        ))  # fmt: skip

    @api.model
    def _is_measured(self):
        """Whether ``loyalty_member m`` is there to be measured, as SQL."""
        return SQL("m.active AND m.state <> 'closed' AND m.merged_into_id IS NULL AND m.erased_at IS NULL")

    @api.model
    def _facts(self, span):
        return SQL(
            """SELECT m.id AS member_id, h.last_on, COALESCE(h.purchases, 0)::integer AS purchases,
                      COALESCE(h.amount, 0) + COALESCE(c.amount, 0) AS amount,
                      ROUND((h.amount + COALESCE(c.amount, 0)) / NULLIF(h.purchases, 0), %(digits)s) AS average_basket,
                      ROUND(h.gap::numeric, 1) AS interval_days, l.category_id, h.team_id, w.id AS weekday_id, r.reduced_share,
                      COALESCE(a.days, 0)::integer AS active_days,
                      COALESCE(p.earned, 0) AS points_earned, COALESCE(p.spent, 0) AS points_spent
                 FROM loyalty_member m
                 LEFT JOIN (%(habits)s) h ON h.member_id = m.id
                 LEFT JOIN (%(corrections)s) c ON c.member_id = m.id
                 LEFT JOIN (%(categories)s) l ON l.member_id = m.id
                 LEFT JOIN (%(reductions)s) r ON r.member_id = m.id
                 LEFT JOIN (%(active)s) a ON a.member_id = m.id
                 LEFT JOIN (%(points)s) p ON p.member_id = m.id
                 LEFT JOIN loyalty_weekday w ON w.number = h.weekday - 1
                WHERE m.program_id = %(program)s AND m.id > %(after)s AND m.id <= %(until)s AND %(measured)s""",
            digits=span.program.currency_id.decimal_places, measured=self._is_measured(),
            habits=self._habits(span), corrections=self._corrections(span), categories=self._categories(span),
            reductions=self._reductions(span), active=self._active(span), points=self._points(span),
            program=span.program.id, after=span.after, until=span.until,
        )  # fmt: skip

    @api.model
    def _day(self, span):
        """The program's day of a row of ``loyalty_transaction t``, as SQL."""
        return SQL("(t.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", span.program.tz or "UTC")

    @api.model
    def _habits(self, span):
        """What the purchases themselves say. Of equally frequent stores and weekdays, the first by id counts."""
        return SQL(
            """SELECT member_id, MAX(day) AS last_on, COUNT(*) FILTER (WHERE date >= %(since)s) AS purchases,
                      SUM(amount) FILTER (WHERE date >= %(since)s) AS amount,
                      percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0) AS gap,
                      mode() WITHIN GROUP (ORDER BY team_id) AS team_id,
                      mode() WITHIN GROUP (ORDER BY EXTRACT(isodow FROM day)) AS weekday
                 FROM (SELECT member_id, date, amount, team_id, day,
                              day - LAG(day) OVER (PARTITION BY member_id ORDER BY day) AS gap
                         FROM (SELECT t.member_id, t.date, t.amount, t.team_id, %(day)s AS day FROM loyalty_transaction t
                                WHERE %(span)s AND t.type = 'purchase' AND t.is_refunded IS NOT TRUE) t) bought
                GROUP BY member_id""",
            since=span.moment(span.program.insight_days - 1), day=self._day(span), span=span.of("t"),
        )  # fmt: skip

    @api.model
    def _corrections(self, span):
        """What came to the period's purchases later, and what was returned of them."""
        return SQL(
            """SELECT t.member_id, SUM(t.amount) AS amount
                 FROM loyalty_transaction t JOIN loyalty_transaction o ON o.id = t.origin_id
                WHERE %s AND t.type IN ('addition', 'refund')
                  AND o.type = 'purchase' AND o.is_refunded IS NOT TRUE AND o.date >= %s
                GROUP BY t.member_id""",
            span.of("t"), span.moment(span.program.insight_days - 1),
        )  # fmt: skip

    @api.model
    def _categories(self, span):
        """By the lines of purchases and additions of which something stayed."""
        return SQL(
            """SELECT l.member_id, mode() WITHIN GROUP (ORDER BY l.category_id) AS category_id
                 FROM loyalty_transaction_line l
                WHERE %(span)s AND l.origin_line_id IS NULL AND l.category_id IS NOT NULL AND NOT EXISTS (
                      SELECT FROM (SELECT o.id FROM loyalty_transaction_line b
                                     JOIN loyalty_transaction_line o ON o.id = b.origin_line_id
                                    WHERE b.member_id > %(after)s AND b.member_id <= %(until)s GROUP BY o.id
                                   HAVING CASE WHEN o.amount = 0 THEN o.quantity + SUM(b.quantity)
                                               ELSE o.amount + SUM(b.amount) END <= 0) gone
                       WHERE gone.id = l.id)
                GROUP BY l.member_id""",
            span=span.of("l"), after=span.after, until=span.until,
        )  # fmt: skip

    @api.model
    def _reductions(self, span):
        """By the lines of sales orders: a lower price, a reward, or a discount on the whole."""
        return SQL(
            """SELECT t.member_id, ROUND(100.0 / COUNT(*) * COUNT(*) FILTER (WHERE EXISTS (
                          SELECT FROM sale_order_line s WHERE s.order_id = t.sale_order_id
                             AND (s.discount > 0 OR s.reward_id IS NOT NULL OR s.price_subtotal < 0))), 1) AS reduced_share
                 FROM loyalty_transaction t
                WHERE %s AND t.type = 'purchase' AND t.is_refunded IS NOT TRUE AND t.sale_order_id IS NOT NULL
                GROUP BY t.member_id""",
            span.of("t"),
        )  # fmt: skip

    @api.model
    def _active(self, span):
        return SQL(
            """SELECT t.member_id, COUNT(DISTINCT %s) AS days FROM loyalty_transaction t
                WHERE %s AND t.date >= %s AND t.is_refunded IS NOT TRUE
                  AND (t.type = 'purchase' OR t.type = 'activity' AND COALESCE(t.activity_code, '') NOT IN %s)
                GROUP BY t.member_id""",
            self._day(span), span.of("t"), span.moment(ACTIVE_DAYS - 1), NOT_DONE_BY_MEMBERS,
        )  # fmt: skip

    @api.model
    def _points(self, span):
        """Entries stay where they were booked: those of merged members are the survivors'."""
        return SQL(
            """SELECT COALESCE(m.merged_into_id, m.id) AS member_id,
                      SUM(e.points) FILTER (WHERE e.kind IN %(earned)s) AS earned,
                      -SUM(e.points) FILTER (WHERE e.kind IN %(spent)s) AS spent
                 FROM loyalty_points_entry e JOIN loyalty_member m ON m.id = e.member_id
                WHERE e.program_id = %(program)s AND e.date >= %(since)s AND e.date < %(end)s AND e.state <> 'void'
                  AND e.kind IN %(kinds)s AND COALESCE(m.merged_into_id, m.id) BETWEEN %(first)s AND %(until)s
                GROUP BY 1""",
            earned=EARNED, spent=SPENT, kinds=EARNED + SPENT, program=span.program.id, since=span.moment(POINTS_DAYS - 1),
            end=span.moment(-1), first=span.after + 1, until=span.until,
        )  # fmt: skip
