"""Daily check-ins: one a day of the program, and how many days in a row."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .loyalty_earning_rule import CHECK_IN

_NONE = (0, 0)


class LoyaltyTransactionCheckIn(models.Model):
    """The journal's own rows tell the streaks: nothing else is kept, so merging and late check-ins can't put it wrong."""

    _inherit = "loyalty.transaction"

    check_in_day = fields.Date(readonly=True, help="Of a daily check-in: its day in the program's time zone.")

    _check_in_idx = models.Index("(member_id, check_in_day) WHERE check_in_day IS NOT NULL")

    @api.model
    def _is_check_in(self, row):
        return row["type"] == "activity" and row.get("activity_code") == CHECK_IN

    @api.model
    def _looks_back(self, program, rows):
        """Several check-ins of one member follow each other: each sees the days before it."""
        return super()._looks_back(program, rows) or any(map(self._is_check_in, rows))

    @api.model
    def _book_round(self, program, rows):
        """Whoever has checked in on that day already, under whatever reference, is given the row of that day."""
        check_ins = [row for row in rows if self._is_check_in(row)]
        if not check_ins:
            return super()._book_round(program, rows)
        for row in check_ins:
            row["check_in_day"] = program._local(row["date"]).date()
        known = self._checked_in(check_ins)
        fresh = [row for row in rows if id(row) not in known]
        self._note_streaks([row for row in fresh if self._is_check_in(row)])
        return known | super()._book_round(program, fresh)

    @api.model
    def _checked_in(self, rows):
        """The check-ins that these members, who are locked, have on these days; dict id of the row -> id."""
        days = {(row["member"].id, row["check_in_day"]): id(row) for row in rows}
        found = self.search_fetch(
            [("member_id", "in", [member for member, _day in days]), ("check_in_day", "in", [day for _member, day in days])],
            ["member_id", "check_in_day"],
        )
        keys = {(row.member_id.id, row.check_in_day): row.id for row in found}
        return {days[key]: row_id for key, row_id in keys.items() if key in days}

    @api.model
    def _note_streaks(self, rows):
        streaks = self._streaks([(row["member"].id, row["check_in_day"]) for row in rows])
        for row in rows:
            row["streak"] = streaks.get((row["member"].id, row["check_in_day"]), _NONE)

    @api.model
    def _streaks(self, days):
        """How many days in a row with a check-in end before, and begin after; by the index, day by day until one is missing.

        :param days: (member id, day)
        :return: dict (member id, day) -> (days before, days after)
        """
        if not days:
            return {}
        self.flush_model(["member_id", "check_in_day"])
        members, dates = map(list, zip(*days, strict=True))
        found = self.env.execute_query(SQL(
            """SELECT w.member_id, w.day, before.days, after.days
                 FROM unnest(%s::int[], %s::date[]) AS w(member_id, day)
                CROSS JOIN LATERAL (%s) before
                CROSS JOIN LATERAL (%s) after""",
            members, dates, self._run(-1), self._run(1),
        ))  # fmt: skip
        return {(member_id, day): (before, after) for member_id, day, before, after in found}

    @api.model
    def _run(self, step):
        return SQL(
            """WITH RECURSIVE run(day) AS (
                   SELECT w.day + %(step)s
                    WHERE EXISTS (SELECT FROM loyalty_transaction t
                                   WHERE t.member_id = w.member_id AND t.check_in_day = w.day + %(step)s)
                    UNION ALL
                   SELECT run.day + %(step)s FROM run
                    WHERE EXISTS (SELECT FROM loyalty_transaction t
                                   WHERE t.member_id = w.member_id AND t.check_in_day = run.day + %(step)s))
               SELECT COUNT(*) AS days FROM run""",
            step=step,
        )

    @api.model
    def _row_values(self, row, sign, points):
        return super()._row_values(row, sign, points) | {"check_in_day": row.get("check_in_day")}


class LoyaltyMemberCheckIn(models.Model):
    _inherit = "loyalty.member"

    check_in_streak = fields.Integer(
        "Days Checked In", compute="_compute_check_in_streak", compute_sudo=True,
        help="Days in a row with a check-in, until today or, before today's, until yesterday.",
    )  # fmt: skip

    @api.depends("transaction_ids.check_in_day")
    def _compute_check_in_streak(self):
        today = {program: program._today() for program in self.program_id}
        tomorrow = {member: today[member.program_id] + timedelta(days=1) for member in self._origin}
        days = [(member.id, day) for member, day in tomorrow.items()]
        days += [(member.id, day - timedelta(days=1)) for member, day in tomorrow.items()]
        streaks = self.env["loyalty.transaction"]._streaks(days)
        for member in self:
            key, day = member._origin.id, tomorrow.get(member._origin)
            until_today, _after = streaks.get((key, day), _NONE)
            until_yesterday, _after = streaks.get((key, day and day - timedelta(days=1)), _NONE)
            member.check_in_streak = until_today or until_yesterday
