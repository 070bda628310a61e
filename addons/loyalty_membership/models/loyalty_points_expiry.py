"""Release and expiry: the two movements that only time causes."""

from odoo import api, fields, models
from odoo.tools import SQL, split_every

#: Members a committed chunk of a job; large enough that the statements, not the round trips, count.
CHUNK = 20_000


class LoyaltyPointsExpiry(models.Model):
    _inherit = "loyalty.points.entry"

    @api.model
    def _cron_release(self):
        """Make pending points spendable on their day, in committed chunks."""
        self._run_in_chunks(self._releasable_members, self._release_of)

    @api.model
    def _cron_expire(self):
        """Let lots expire after their last day, in committed chunks."""
        self._run_in_chunks(self._expirable_members, self._expire_of)

    @api.model
    def _run_in_chunks(self, find, act):
        """Act on the members that ``find`` yields, a committed chunk at a time.

        Safe to stop anywhere and to run again.  Members that somebody else works on right now are
        passed over; the next run takes them.
        """
        member_ids = find()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(member_ids))
        for chunk in split_every(CHUNK, member_ids):
            act(self.env["loyalty.member"].browse(chunk)._lock(skip_locked=True))
            if not cron._commit_progress(len(chunk)):
                return

    # ------------------------------------------------------------------
    # Who is due: ids, in order
    # ------------------------------------------------------------------

    @api.model
    def _due_members(self, condition):
        rows = self.env.execute_query(SQL(
            """SELECT DISTINCT e.member_id
                 FROM loyalty_points_entry e JOIN loyalty_program p ON p.id = e.program_id
                WHERE %s ORDER BY e.member_id""",
            condition,
        ))  # fmt: skip
        return [row[0] for row in rows]

    @api.model
    def _today(self):
        """Today in the program's time zone, as SQL over ``loyalty_program p``."""
        self.env["loyalty.program"].flush_model()
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date", fields.Datetime.now())

    @api.model
    def _releasable_members(self):
        return self._due_members(SQL("e.state = 'pending' AND e.available_on <= %s", self._today()))

    @api.model
    def _expirable_members(self):
        """Members with lots past their last day, or with points although they have been inactive for too long."""
        due = self._due_members(SQL("e.remaining > 0 AND e.expires_on < %s", self._today()))
        programs = self._inactivity_programs()
        if not programs:
            return due
        self.env["loyalty.member"].flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT m.id
                 FROM loyalty_member m
                 JOIN loyalty_card c ON c.id = m.card_id
                 JOIN loyalty_program p ON p.id = m.program_id
                WHERE p.id = ANY(%s) AND c.points > 0 AND %s < %s""",
            programs.ids, self._inactive_on(), self._today(),
        ))  # fmt: skip
        return sorted({*due, *(row[0] for row in rows)})

    @api.model
    def _inactivity_programs(self):
        # sudo: time passes in programs of all companies, and in archived ones
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False)
        return programs.search([("is_membership", "=", True), ("expiry_policy", "=", "inactivity")])

    @api.model
    def _inactive_on(self):
        """The last day of all points of ``loyalty_member m`` in an inactivity program ``p`` (``domain.expiry.inactive_on``)."""
        return SQL(
            """((m.last_movement_at AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date
                + (p.expiry_number || ' ' || p.expiry_unit)::interval)::date"""
        )

    # ------------------------------------------------------------------
    # What happens to them; the members are locked
    # ------------------------------------------------------------------

    @api.model
    def _release_of(self, members):
        due = self.env.execute_query(SQL(
            """SELECT e.id FROM loyalty_points_entry e JOIN loyalty_program p ON p.id = e.program_id
                WHERE e.member_id = ANY(%s) AND e.state = 'pending' AND e.available_on <= %s""",
            members.ids, self._today(),
        ))  # fmt: skip
        if due:
            # What follows reads these fields of every member; a member has ten times as many.
            members.fetch(["program_id", "tier_id", "joined_on", "merged_into_id"])
            self.browse(row[0] for row in due)._release()
            members._update_tiers()

    @api.model
    def _expire_of(self, members):
        """Book one expiry a member and last day; it falls at the end of that day.

        Of who has been inactive for too long, whatever is left ends on one day.
        """
        own = self._expiries(
            SQL("e.expires_on"), members, SQL("e.expires_on < %s", self._today()), note=SQL("NULL::text")
        )  # fmt: skip
        programs = self._inactivity_programs()
        if not programs:
            return self._post(SQL("%s ORDER BY 1, 8", own))
        self.env["loyalty.member"].flush_model()
        before, _day, after = self.env._("No movement since %s", "\0").partition("\0")
        inactive = self._expiries(
            self._inactive_on(),
            members,
            SQL(
                "p.id = ANY(%s) AND %s < %s AND (e.expires_on IS NULL OR e.expires_on >= %s)",
                programs.ids, self._inactive_on(), self._today(), self._today(),
            ),
            note=SQL(
                "%s || (MIN(m.last_movement_at) AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date || %s", before, after
            ),
        )  # fmt: skip
        return self._post(SQL("%s UNION ALL %s ORDER BY 1, 8", own, inactive))

    @api.model
    def _expiries(self, last_day, members, condition, note):
        """A batch (see ``BATCH``) that ends what is left of the members' lots where the condition holds."""
        return SQL(
            """SELECT e.member_id, 'expire', -SUM(e.remaining), 0, 0,
                      (%(last_day)s + 1)::timestamp AT TIME ZONE COALESCE(p.tz, 'UTC') AT TIME ZONE 'UTC',
                      NULL::date, %(last_day)s, NULL::integer, NULL::integer, NULL::integer,
                      NULL::text, NULL::integer, NULL::jsonb, NULL::jsonb, %(note)s
                 FROM loyalty_points_entry e
                 JOIN loyalty_program p ON p.id = e.program_id
                 LEFT JOIN loyalty_member m ON m.id = e.member_id
                WHERE e.member_id = ANY(%(members)s) AND e.remaining > 0 AND %(condition)s
                GROUP BY e.member_id, p.id, %(last_day)s""",
            last_day=last_day, members=members.ids, condition=condition, note=note,
        )  # fmt: skip

    @api.model
    def _catch_up(self, members):
        """Before points of members move: what is due by now counts as done, job or no job.

        So points can be spent from their first day on and never after their last, and a claw-back
        finds pending points only where they still are.
        """
        if pending := members.filtered("points_pending"):
            self._release_of(pending)
        if due := members.filtered(lambda member: member._has_ended_points()):
            self._expire_of(due)
