"""Who goes on: the runs whose turn has come, a step at a time, in batches that are done wholly or not at all."""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .halving import done_in_halves

_logger = logging.getLogger(__name__)

BATCH = 200
#: After so many seconds it is looked again who starts: nobody waits for the end of a large campaign.
PATIENCE = 60
#: How often a step that fails is tried; the hours until the next time double.
TRIES = 5


class LoyaltyJourneyRun(models.Model):
    """A member's way through a journey for one occasion: the unique key is what makes it happen once."""

    _name = "loyalty.journey.run"
    _inherit = ["loyalty.sums"]
    _description = "Member in a Journey"
    _order = "id desc"
    _rec_name = "member_id"

    journey_id = fields.Many2one("loyalty.journey", required=True, readonly=True, ondelete="cascade")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    occasion = fields.Char(required=True, readonly=True, help="What it happens for, once: e.g. birthday:2026, purchase:1234.")
    occasion_at = fields.Datetime("Happened", required=True, readonly=True)
    is_control = fields.Boolean("Control Group", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Under way"),
            ("done", "Done"),
            ("ended", "Ended by a condition"),
            ("failed", "Went Wrong"),
            ("cancelled", "Cancelled"),
            ("control", "Control group"),
        ],
        required=True,
        readonly=True,
    )
    step_id = fields.Many2one("loyalty.journey.step", "Next Step", readonly=True, ondelete="set null")
    starts_at = fields.Datetime(
        "First Step", readonly=True, help="When its first step was, or of the control group would have been, to come."
    )
    due_at = fields.Datetime("Due", readonly=True)
    tries = fields.Integer(readonly=True, help="How often its step failed; after five times it waits for somebody.")
    problem = fields.Char(readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    event_ids = fields.One2many("loyalty.journey.event", "run_id", readonly=True)

    # What the member bought in the journey's days from the first step on
    purchases = fields.Integer("Number Of Purchases", readonly=True)
    revenue = fields.Monetary(readonly=True)

    _occasion_unique = models.UniqueIndex("(journey_id, member_id, occasion)")
    _due_idx = models.Index("(step_id, due_at, id) WHERE state = 'waiting'")

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _advance_due(self):
        """Let all whose turn has come take their step, a batch of each step in turn; in committed batches, in several processes.

        :return: whether there is more to do; after a while others may have started meanwhile
        """
        cron, end = self.env["ir.cron"], time.monotonic() + PATIENCE
        while moved := [step for step in self._due_steps() if self._advance(step)]:
            if not cron._commit_progress(len(moved), remaining=len(moved)):
                return False
            if time.monotonic() > end:
                return True
        cron._commit_progress(remaining=0)
        return False

    @api.model
    def _advance(self, step):
        """Let a batch take this step, and commit; whether there was one that nobody else holds."""
        try:
            if runs := self._claim(step):
                runs._take_step()
        except (
            PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
        ):  # members who are booked on at this moment: the next run sees what there is then
            self.env.cr.rollback()
            runs = self.browse()
        else:
            self.env["ir.cron"]._commit_progress()
        self.env.invalidate_all(flush=False)  # whoever is through is not needed any more
        return bool(runs)

    @api.model
    def _due_steps(self):
        """The steps of running journeys for which somebody's turn has come, who waits longest first."""
        self.env.flush_all()
        return self.env["loyalty.journey.step"].browse(row[0] for row in self.env.execute_query(SQL(
            """SELECT s.id FROM loyalty_journey_step s
                 JOIN loyalty_journey j ON j.id = s.journey_id AND j.state = 'running' AND j.active
                CROSS JOIN LATERAL (SELECT r.due_at FROM loyalty_journey_run r
                                     WHERE r.step_id = s.id AND r.state = 'waiting' AND r.due_at <= %s
                                     ORDER BY r.due_at LIMIT 1) first
                ORDER BY first.due_at, s.id""", fields.Datetime.now(),
        )))  # fmt: skip

    @api.model
    def _claim(self, step):
        """Lock the next runs that are due for a step, and their members; what somebody else holds is theirs."""
        rows = self.env.execute_query(SQL(
            """SELECT r.id, r.member_id FROM loyalty_journey_run r JOIN loyalty_member m ON m.id = r.member_id
                WHERE r.step_id = %(step)s AND r.state = 'waiting' AND r.due_at <= %(now)s
                ORDER BY r.due_at, r.id LIMIT %(limit)s
                  FOR NO KEY UPDATE OF r, m SKIP LOCKED""",
            step=step.id, now=fields.Datetime.now(), limit=BATCH,
        ))  # fmt: skip
        # One run a member at a time: what is given and sent notes itself by the member.
        first = {}
        for run_id, member_id in rows:
            first.setdefault(member_id, run_id)
        return self.browse(first.values())

    # ------------------------------------------------------------------
    # A step of a batch, whose runs are locked
    # ------------------------------------------------------------------

    def _take_step(self):
        """Do with these runs what their step says; what is wrong with one of them stops no other."""
        step = self.step_id
        runs = self._leave_barred()
        runs = runs._meet_condition(step) if runs else runs
        runs = runs._may_be_told(step) if runs else runs
        if runs:
            done_in_halves(self.env, runs, lambda some: some._act(step), lambda one, error: one._set_aside(step, error))

    def _leave_barred(self):
        """Members who were frozen, closed, archived, merged or erased meanwhile have left."""
        barred = self.filtered(lambda run: run.member_id.state != "active" or not run.member_id.active)
        if barred:
            barred.write({
                "state": "cancelled", "due_at": False, "ended_at": fields.Datetime.now(),
                "problem": self.env._("The member is not active any more."),
            })  # fmt: skip
        return self - barred

    def _meet_condition(self, step):
        if step.member_domain in (False, "[]"):
            return self
        domain = self.env["loyalty.journey"]._eval_domain(step.member_domain)
        members = self.env["loyalty.member"].search(domain & Domain("id", "in", self.member_id.ids))
        others = self.filtered(lambda run: run.member_id not in members)
        others._note(step, "left_out")
        if step.otherwise == "end":
            others.write({"state": "ended", "due_at": False, "ended_at": fields.Datetime.now()})
        else:
            others._go_on(step)
        return self - others

    def _may_be_told(self, step):
        """Those who may get a message now; who may not is noted and goes on, who may later waits."""
        channel = step._channel()
        if not channel:
            return self
        program, now = step.program_id, fields.Datetime.now()
        later = program._utc(program._next_telling(program._local(now)))
        if later > now:
            self.write({"due_at": later})
            return self.browse()
        runs = self
        for outcome, reached in (
            ("unreachable", lambda members: members._reached_by(channel)),
            ("no_consent", lambda members: members._may_be_told(channel, step.journey_id.purpose)),
            ("capped", lambda members: members._message_room()),
        ):
            members = reached(runs.member_id)
            others = runs.filtered(lambda run: run.member_id not in members)  # noqa: B023
            others._note(step, outcome, channel=channel)
            others._go_on(step)
            runs -= others
        return runs

    def _act(self, step):
        """Act on the members of these runs, and let them go on: all in the caller's transaction."""
        channel = step._channel()
        events = self._note(step, "done", channel=channel, message_state="outgoing" if channel else None)
        step._act(self.member_id, events)
        self.write({"tries": 0, "problem": False})
        self._go_on(step)

    def _note(self, step, outcome, **values):
        """Note what became of a step for each of these runs; dict member id -> id of the event.

        A step that failed before is noted anew on the same event.
        """
        if not self:
            return {}
        values = {"channel": None, "message_state": None, "problem": None} | values
        rows = self.env.execute_query(SQL(
            """INSERT INTO loyalty_journey_event (run_id, journey_id, step_id, member_id, company_id, date, outcome,
                                                  channel, message_state, problem)
               SELECT r.id, r.journey_id, %(step)s, r.member_id, r.company_id, %(now)s, %(outcome)s,
                      %(channel)s, %(message_state)s, %(problem)s
                 FROM loyalty_journey_run r WHERE r.id = ANY(%(runs)s) ORDER BY r.id
                   ON CONFLICT (run_id, step_id) DO UPDATE
                  SET date = EXCLUDED.date, outcome = EXCLUDED.outcome, channel = EXCLUDED.channel,
                      message_state = EXCLUDED.message_state, problem = EXCLUDED.problem
            RETURNING member_id, id""",
            step=step.id, now=fields.Datetime.now(), outcome=outcome, runs=self.ids, **values,
        ))  # fmt: skip
        self.env["loyalty.journey.event"].invalidate_model()
        self.invalidate_recordset(["event_ids"])
        return dict(rows)

    def _go_on(self, step):
        """Wait for the step after this one, or be done."""
        if not self:
            return
        now, following = fields.Datetime.now(), step._following()
        if not following:
            self.write({"state": "done", "step_id": False, "due_at": False, "ended_at": now})
            return
        self.write({"step_id": following.id, "due_at": following._due_after(now)})

    def _set_aside(self, step, error):
        """Try this one again later; after some times it waits for somebody."""
        tries = self.tries + 1
        problem = self._told(error)
        if tries < TRIES:
            self.write({"tries": tries, "problem": problem, "due_at": fields.Datetime.now() + timedelta(hours=2 ** (tries - 1))})
            return
        self._note(step, "failed", channel=step._channel(), problem=problem)
        self.write({"state": "failed", "tries": tries, "problem": problem, "due_at": False, "ended_at": fields.Datetime.now()})

    def _told(self, error):
        """What people may read of an error; of others only what kind it was, for their words may quote what rows hold."""
        _logger.warning("journey run %s, step %s: %s", self.id, self.step_id.id, type(error).__name__, exc_info=error)
        if isinstance(error, UserError):
            return str(error).partition("\n\nTraceback")[0][:500]  # a template that can't be rendered quotes all of Odoo
        return self.env._("It could not be done (%s).", type(error).__name__)

    def action_try_again(self):
        """Let those that failed, or wait for their next try, be tried now."""
        self.env["loyalty.journey"].check_access("write")
        self.check_access("read")
        # sudo: nobody writes runs; asked for above
        again = self.sudo().filtered(lambda run: run.problem and run.state in ("waiting", "failed") and run.step_id)
        again.write({"state": "waiting", "tries": 0, "due_at": fields.Datetime.now(), "ended_at": False})
        self.env["loyalty.journey"]._wake()

    def action_leave(self):
        """Take these members out of the journey."""
        self.env["loyalty.journey"].check_access("write")
        self.check_access("read")
        # sudo: as above
        self.sudo().filtered(lambda run: run.state == "waiting").write({
            "state": "cancelled", "due_at": False, "ended_at": fields.Datetime.now(),
            "problem": self.env._("Taken out by %s.", self.env.user.name),
        })  # fmt: skip
