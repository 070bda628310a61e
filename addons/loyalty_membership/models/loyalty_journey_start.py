"""Who starts: occasions become runs, each once, however often and from however many processes they are looked for."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, safe_eval

_logger = logging.getLogger(__name__)

_TURN = """CASE WHEN %(at_hour)s IS NOT TRUE THEN %(after)s
     WHEN date_trunc('day', %(after)s) + %(hour)s >= %(base)s THEN date_trunc('day', %(after)s) + %(hour)s
     ELSE date_trunc('day', %(after)s) + %(hour)s + interval '1 day' END"""


def _turn(base, later, at_hour, hour):
    """``domain.schedule.next_turn`` of a column, as SQL."""
    after = SQL("(%s + %s::interval)", base, later)
    return SQL(_TURN, base=base, after=after, at_hour=at_hour, hour=SQL("%s::interval", f"{hour} hours"))


class LoyaltyJourneyStart(models.Model):
    _inherit = "loyalty.journey"

    problem = fields.Char(readonly=True, copy=False, help="Why nobody could start at the last look.")

    @api.model
    def _cron_run(self):
        """Let members start, and those whose turn has come take their next step, in committed batches."""
        while self._look_all() and self.env["loyalty.journey.run"]._advance_due():
            self.env.invalidate_all(flush=False)

    @api.model
    def _look_all(self):
        """Let members start in all journeys, and commit each; whether there is time for more."""
        cron, left = self.env["ir.cron"], True
        for journey in self.search([("state", "=", "running")]):
            journey._look()
            left = cron._commit_progress(1, remaining=1)
            if not left:
                break
        return left

    def _look(self):
        """Let those start for whom something has happened since the last look; what is wrong with one journey stops no other."""
        try:
            with self.env.cr.savepoint():
                self._enter(fields.Datetime.now())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # somebody else looks, or changes it: the next run sees what there is
            self.env.invalidate_all(flush=False)
        except Exception as error:
            _logger.warning("journey %s: nobody could start", self.id, exc_info=not isinstance(error, UserError))
            self.problem = str(error) if isinstance(error, UserError) else type(error).__name__

    def _enter(self, now):
        """Make the runs of all that is to be answered now; their number."""
        self.ensure_one()
        occasions = self._occasions(now)
        number = self._insert_runs(occasions, now) if occasions else 0
        self.write({"looked_until": now, "problem": False})
        return number

    def _audience_domain(self):
        """Whom it is for; of members who may be told at all."""
        self.ensure_one()
        domain = Domain(self._eval_domain(self.member_domain)) & Domain("state", "=", "active")
        domain &= Domain("program_id", "=", self.program_id.id)
        if self.tier_ids:
            domain &= Domain("tier_id", "in", self.tier_ids.ids)
        if self.segment_ids:
            domain &= Domain("id", "in", self._in_segments())
        return domain

    def _in_segments(self):
        return SQL(
            "(SELECT member_id FROM loyalty_segment_membership WHERE segment_id = ANY(%s) AND left_at IS NULL)",
            self.segment_ids.ids,
        )

    @api.model
    def _eval_domain(self, text):
        """A filter as people write it; an error that says so where it can't be read."""
        try:
            domain = Domain(safe_eval.safe_eval(text or "[]", {"uid": self.env.uid}))
            domain.validate(self.env["loyalty.member"])
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter can't be read: choose its fields and values anew.")) from error
        return domain

    def _insert_runs(self, occasions, now):
        """Insert a run for each (member_id, occasion, at, base) of those in the audience, in one statement."""
        step, tz = self._first_step(), self.program_id.tz or "UTC"
        # sudo: who is meant is the journey's word, not what somebody may see
        audience = self.env["loyalty.member"].sudo()._search(self._audience_domain())
        self.env.flush_all()
        wait = f"{step.wait_number} {step.wait_unit}s" if step.wait_number else "0 days"
        starts = _turn(SQL("o.base"), "0 days", self.at_hour, self.hour)
        due = _turn(SQL("b.starts"), wait, step.at_hour, step.hour)
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_journey_run (journey_id, member_id, program_id, company_id, occasion, occasion_at,
                      is_control, state, step_id, starts_at, due_at, ended_at, tries,
                      create_uid, write_uid, create_date, write_date)
               SELECT %(journey)s, r.member_id, %(program)s, %(company)s, r.occasion, date_trunc('second', r.at),
                      r.control, CASE WHEN r.control THEN 'control' ELSE 'waiting' END,
                      CASE WHEN NOT r.control THEN %(step)s END, r.due, CASE WHEN NOT r.control THEN r.due END,
                      CASE WHEN r.control THEN r.due END, 0, %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM (SELECT b.member_id, b.occasion, b.at, %(control)s AS control,
                              date_trunc('second', %(due)s AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') AS due
                         FROM (SELECT o.member_id, %(occasion)s AS occasion, o.at, %(starts)s AS starts
                                 FROM (%(occasions)s) o WHERE o.member_id IN %(audience)s) b) r
                ORDER BY r.due, r.member_id
                   ON CONFLICT (journey_id, member_id, occasion) DO NOTHING""",
            journey=self.id, program=self.program_id.id, company=self.company_id.id or None, step=step.id,
            uid=self.env.uid, now=now,
            control=self._control(SQL("b.member_id")), due=due, starts=starts, tz=tz, occasions=occasions,
            occasion=SQL("'once'") if self.once else SQL("o.occasion"), audience=audience.subselect(),
        ))  # fmt: skip
        number = self.env.cr.rowcount
        self.env["loyalty.journey.run"].invalidate_model()
        self.invalidate_recordset(["run_ids"])
        return number

    def _control(self, member):
        """Whether a member belongs to this journey's control group: always the same, and as if by lot."""
        share = round((self.control_percentage or 0.0) * 100)
        return SQL("('x' || substr(md5(%s || ':' || %s), 1, 8))::bit(32)::bigint %% 10000 < %s", str(self.id), member, share)

    def _is_control(self, member):
        self.ensure_one()
        return self.env.execute_query(SQL("SELECT %s", self._control(SQL("%s", str(member.id)))))[0][0]

    def _first_step(self):
        self.ensure_one()
        return self.step_ids.sorted(lambda step: (step.sequence, step.id))[:1]

    # ------------------------------------------------------------------
    # Start, pause, stop
    # ------------------------------------------------------------------

    def action_start(self):
        """Let these journeys run: new ones from now on, paused ones from where they were."""
        self.check_access("write")
        for journey in self.filtered(lambda journey: journey.state != "running"):
            journey._check_complete()
            going_on = journey.state == "paused"
            journey._set_state("running", **({} if going_on else {"started_at": fields.Datetime.now(), "looked_until": False}))
        self._wake()

    def action_pause(self):
        self.check_access("write")
        self.filtered(lambda journey: journey.state == "running")._set_state("paused")

    def action_stop(self):
        """End these journeys for whoever is under way."""
        self.check_access("write")
        stopped = self.filtered(lambda journey: journey.state in ("running", "paused"))
        stopped._set_state("stopped")
        stopped._cancel_runs()

    def _cancel_runs(self):
        self.env.flush_all()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_journey_run SET state = 'cancelled', due_at = NULL, ended_at = %(now)s, write_date = %(now)s
                WHERE journey_id = ANY(%(journeys)s) AND state = 'waiting'""",
            journeys=self.ids, now=fields.Datetime.now(),
        ))  # fmt: skip
        self.env["loyalty.journey.run"].invalidate_model()

    def _set_state(self, state, **values):
        # sudo: nobody writes the state; those who call this may write the journey
        self.sudo().write({"state": state, **values})

    def _wake(self):
        # sudo: marketing people run no jobs
        self.env.ref("loyalty_membership.cron_journeys").sudo()._trigger()

    def _check_complete(self):
        """Refuse to start what could not do anything, or what a manager has to answer for."""
        self.ensure_one()
        if not self.step_ids:
            raise UserError(self.env._("%s does nothing yet: add a step.", self.name))
        if self.step_ids._needs_manager() and not self._may_start_what_gives():
            raise UserError(self.env._("%s gives points or changes tiers: a membership manager must start it.", self.name))
        self._audience_domain().validate(self.env["loyalty.member"])

    @api.model
    def _may_start_what_gives(self):
        """Whether this user may let members be given points and tiers."""
        return self.env.su or self.env.user.has_group("loyalty_membership.group_manager")
