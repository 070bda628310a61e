"""Starting, pausing and stopping runs, and the job that works at them."""

import logging
import time
from collections import deque

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.set_wise import insert
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..domain.outcomes import AuthInvalid, Permanent, RemoteError
from .loyalty_connection_meter import Allowance

_logger = logging.getLogger(__name__)

#: Seconds that a run may take before the others have their turn.
SLICE = 60.0
#: Lines that are kept of each kind of finding.
LINES = {"dry": 50, "reconcile": 1000, "first_load": 0}


class LoyaltySyncRunWork(models.Model):
    _inherit = "loyalty.sync.run"

    worked_at = fields.Datetime(readonly=True, help="When the job last went on with it.")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_start(self):
        """Begin."""
        self._check_may_run()
        self._expect("draft")
        for run in self:
            if run.connection_id.state == "draft" and run.kind != "dry":
                raise UserError(self.env._("Activate %s first.", run.connection_id.name))
            # sudo: asked for above; what becomes of a run is written by its own methods
            run.sudo().write({"user_id": self.env.uid, "started_at": fields.Datetime.now(), "state": "running", "problem": False})
            run.sudo()._prepare()
        self._wake()

    def action_pause(self):
        """Go no further for now; it can be resumed where it is."""
        self._check_may_run()
        self._expect("running")
        self.sudo().write({"state": "paused"})  # sudo: see action_start

    def action_resume(self):
        """Go on."""
        self._check_may_run()
        self._expect("paused", "failed")
        self.sudo().write({"state": "running", "problem": False, "finished_at": False})  # sudo: see action_start
        self._wake()

    def action_stop(self):
        """End it; what was done stays."""
        self._check_may_run()
        self._expect("running", "paused")
        for run in self.sudo():  # sudo: see action_start
            run._on_stop()
            run.write({"state": "stopped", "finished_at": fields.Datetime.now()})

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_sync_run_line")
        return dict(action, domain=[("run_id", "=", self.id)], context={"search_default_by_action": 1})

    def _check_may_run(self):
        """Administrators run everything, membership managers reconcile."""
        self.check_access("read")
        user = self.env.user
        if self.env.su or user.has_group("base.group_system"):
            return
        if not user.has_group("loyalty_membership.group_manager") or self.filtered(lambda run: run.kind != "reconcile"):
            raise AccessError(self.env._("Only an administrator may do that."))

    @api.model
    def _check_may_operate(self):
        user = self.env.user
        if not self.env.su and not (user.has_group("loyalty_membership.group_manager") or user.has_group("base.group_system")):
            raise AccessError(self.env._("Only a membership manager may do that."))

    def _expect(self, *states):
        if any(run.state not in states for run in self):
            raise UserError(self.env._("The run has moved on meanwhile: reload the page."))

    @api.model
    def _wake(self):
        # sudo: whoever may start a run wakes the job that does it
        self.env.ref("loyalty_integrations.cron_sync_run").sudo()._trigger()

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """Go on with what is running: who waits longest has the first turn, who isn't done has another after the others."""
        cron = self.env["ir.cron"]
        turns = deque(self.search([("state", "=", "running")], order="worked_at NULLS FIRST, id"))
        time_left = cron._commit_progress(remaining=len(turns))
        while turns and time_left > 0:
            run = turns.popleft()
            share = max(min(SLICE, time_left / (len(turns) + 1)), 1.0)
            if not run._work(time.monotonic() + share):
                turns.append(run)
            time_left = cron._commit_progress(1, remaining=len(turns))

    def _work(self, deadline):
        """Take steps of this run until it is done, has to wait, or the time is up; whether there is nothing to do now."""
        self.ensure_one()
        meter = self.connection_id._meter()
        if meter.blocked_until and meter.blocked_until > fields.Datetime.now():
            return True
        try:
            with self.env.registry.cursor() as cr:
                return self._as_worker(cr)._take_steps(deadline)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            return False  # somebody else was at the same rows: the next run of the job goes on
        finally:
            self.env.invalidate_all(flush=False)

    def _as_worker(self, cr):
        """This run on a cursor of its own, whose steps are committed, in the language of who started it."""
        user = self.user_id or self.connection_id.user_id
        return self.with_env(self.env(cr=cr, su=True)).with_context(lang=user.lang or self.env.lang, active_test=False)

    def _take_steps(self, deadline):
        """Whether there is nothing to do now."""
        step = getattr(self, f"_step_{self.kind}")
        allowance = Allowance(self.connection_id._meter())
        try:
            with self.connection_id._adapter(before=allowance) as adapter:
                while time.monotonic() < deadline:
                    what = step(adapter)
                    if self.problem:
                        self.problem = False
                    if what == "done":
                        self._finish()
                    self._keep()
                    if what in ("done", "wait") or self._read_state() != "running":
                        return True
            return False
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            self._on_error(error)
            self._keep()
            return True
        finally:
            allowance.close()

    def _keep(self):
        """Commit a step, on the cursor that ``_work`` has opened for it."""
        self.worked_at = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.commit()  # noqa: ODE8102
        self.env.invalidate_all(flush=False)  # memory stays flat, and what others did meanwhile is seen

    def _read_state(self):
        return self.exists().state

    def _on_error(self, error):
        """Wait where the other system is out of order; else fail, and say why."""
        connection = self.connection_id
        if isinstance(error, AuthInvalid) and connection.state != "draft":
            connection._stop(error)
            self.write({"state": "paused", "problem": connection._told(error)})
            return
        if isinstance(error, RemoteError) and not isinstance(error, (AuthInvalid, Permanent)):
            if error.code != "own_rate":
                connection._meter()._note(error)
            self.problem = self.env._("It waits: %s", error)
            return
        if isinstance(error, RemoteError):
            told = connection._told(error)
        elif isinstance(error, UserError):
            told = str(error)
        else:
            _logger.exception("run %s failed", self.id)
            told = self.env._("Something went wrong (%s); the server's log says more.", type(error).__name__)
        self.write({"state": "failed", "problem": told, "finished_at": fields.Datetime.now()})

    def _finish(self):
        self.write({"state": "done", "finished_at": fields.Datetime.now(), "problem": False})

    # ------------------------------------------------------------------
    # What each kind does
    # ------------------------------------------------------------------

    def _prepare(self):
        """Count what there is to do, and remember where it begins."""
        getattr(self, f"_prepare_{self.kind}")()

    def _on_stop(self):
        """Hook: the run ends before its time."""

    def _note_lines(self, rows):
        """Count these findings, and keep lines of the first of each kind.

        :param rows: dicts of a line's columns, ``action`` at least
        """
        counts, kept, most = dict(self.counts or {}), [], LINES[self.kind]
        for row in rows:
            counts[row["action"]] = counts.get(row["action"], 0) + 1
            if counts[row["action"]] <= most:
                kept.append({**row, "run_id": self.id})
        insert(self.env["loyalty.sync.run.line"], kept)
        self.counts = counts
