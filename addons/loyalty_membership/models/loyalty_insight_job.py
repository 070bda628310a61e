"""The job that measures the members of all programs: every night, and when somebody asks."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .loyalty_insight_facts import Span
from .loyalty_program_insight import CUT_FIELDS

#: Members a committed step: each reads the whole journal, and none may take so long that the server ends it.
CHUNK = 250_000
#: Settings that change what members' figures are.
MEASURED_BY = {"insight_days", "rfm_way", "rfm_high", "tz", *CUT_FIELDS.values()}


class LoyaltyInsightJob(models.Model):
    _inherit = "loyalty.program"

    insight_round = fields.Json(
        readonly=True,
        copy=False,
        help="Technical: the day that members are measured for, what is done of it, up to which member.",
    )

    @api.model
    def _cron_measure(self):
        """Measure the members of each program once a day of the program, in committed steps; goes on where it was stopped."""
        # sudo: members of all companies are measured
        programs = self.sudo().search([("is_membership", "=", True)]).filtered(lambda program: not program._is_measured_today())
        cron = self.env["ir.cron"]
        time_left = cron._commit_progress(remaining=sum(program._steps_left() for program in programs))
        for program in programs:
            while time_left and not program._is_measured_today():
                try:
                    program._measure_next()
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # somebody changes the program: the next run sees how
                    self.env.cr.rollback()
                    self.env.invalidate_all(flush=False)
                    self._wake_measuring()
                    break
                time_left = cron._commit_progress(1)
        if time_left:
            cron._commit_progress(remaining=0)

    def _is_measured_today(self):
        self.ensure_one()
        return bool(self.insight_at) and not self.insight_round and self._local(self.insight_at).date() >= self._today()

    # ------------------------------------------------------------------
    # Steps of a round: the facts of all members, then their scores
    # ------------------------------------------------------------------

    def _this_round(self):
        """How far today's round is; one of another day begins anew."""
        begun = self.insight_round or {}
        today = str(self._today())
        return begun if begun.get("day") == today else {"day": today, "step": "facts", "after": 0}

    def _measure_next(self):
        """Take the next step of the round, and note it."""
        self.ensure_one()
        insights, now = self.env["loyalty.member.insight"], self._this_round()
        span = self._next_span(now)
        if span is None and now["step"] == "facts":
            self.rfm_cuts = insights._cuts(self, fields.Date.to_date(now["day"]))
            self.insight_round = now | {"step": "scores", "after": 0}
        elif span is None:
            self.write({"insight_round": False, "insight_at": fields.Datetime.now()})
        else:
            (insights._measure if now["step"] == "facts" else insights._score)(span)
            self.insight_round = now | {"after": span.until}

    def _next_span(self, now):
        [[until]] = self.env.execute_query(SQL(
            """SELECT MAX(id) FROM (
                   SELECT id FROM loyalty_member WHERE program_id = %s AND id > %s ORDER BY id LIMIT %s) m""",
            self.id, now["after"], CHUNK,
        ))  # fmt: skip
        return until and Span(self, fields.Date.to_date(now["day"]), now["after"], until)

    def _steps_left(self):
        now = self._this_round()
        counts = self.env.execute_query(SQL(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE id > %s) FROM loyalty_member WHERE program_id = %s", now["after"], self.id
        ))[0]  # fmt: skip
        everyone, waiting = (-(-count // CHUNK) + 1 for count in counts)
        return waiting + everyone if now["step"] == "facts" else waiting

    # ------------------------------------------------------------------
    # On demand
    # ------------------------------------------------------------------

    def action_measure(self):
        """Let the job begin anew for these programs."""
        if not any(self.env.user.has_group(f"loyalty_membership.group_{name}") for name in ("manager", "marketing")):
            raise AccessError(self.env._("Only a membership manager or marketing may have the statistics worked out."))
        self.check_access("read")
        self._measure_anew()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The statistics are being worked out. It takes a minute or more: come back then."),
            },
        }  # fmt: skip

    def _measure_anew(self):
        # sudo: whoever may ask need not be allowed to configure the program
        programs = self.sudo().filtered("is_membership")
        if programs:
            programs.insight_round = {"day": False}
            self._wake_measuring()

    @api.model
    def _wake_measuring(self):
        # sudo: as above, nor to run jobs
        self.env.ref("loyalty_membership.cron_measure").sudo()._trigger()

    def write(self, vals):
        result = super().write(vals)
        if MEASURED_BY & vals.keys():
            self._measure_anew()
        return result
