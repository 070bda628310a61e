"""The nightly job: each program learns from its purchases, then its members are predicted in committed batches.

A run that was stopped goes on where it was, unless another day has begun; a program that fails is told, and stops no other.
"""

import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .loyalty_prediction_fit import UNFINISHED

_logger = logging.getLogger(__name__)

#: Members that are predicted in one transaction.
BATCH = 10_000
#: Days of a program that are kept: how the parameters move over a month.
KEPT = 31


class LoyaltyPredictionJob(models.Model):
    _inherit = "loyalty.prediction.fit"

    @api.model
    def _cron_predict(self):
        """Predict the members of all programs that are not done today."""
        cron = self.env["ir.cron"]
        programs = self.env["loyalty.program"].search([("is_membership", "=", True)])
        todo = self._of_today(programs).filtered(lambda fit: fit.state in UNFINISHED)
        time_left = cron._commit_progress(remaining=sum(fit._left() for fit in todo))
        for fit in todo:
            while time_left and fit.state in UNFINISHED:
                try:
                    done = fit._go_on()
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # members who are changed at this moment: the next run predicts them
                    self.env.cr.rollback()
                    self.env.invalidate_all(flush=False)
                    break
                time_left = cron._commit_progress(done)

    @api.model
    def _of_today(self, programs):
        """The fits of today, each by the calendar of its program; those that are missing are made, unfinished older ones go."""
        days = {program: program._today() for program in programs}
        known = self.search([("program_id", "in", programs.ids)])
        known.filtered(lambda fit: fit.state in UNFINISHED and fit.date != days[fit.program_id]).unlink()
        today = known.exists().filtered(lambda fit: fit.date == days[fit.program_id])
        missing = programs - today.program_id
        return today | self.create([{"program_id": program.id, "date": days[program]} for program in missing])

    def _ask(self):
        """Learn anew, and predict everybody, as soon as the job can."""
        for fit in self:
            fit.write({"state": "waiting", "reached": 0, "problem": False})
        # sudo: whoever may ask for predictions runs no jobs
        self.env.ref("loyalty_membership.cron_predict").sudo()._trigger()

    def _left(self):
        """How many members there still are to look at, and the learning itself."""
        members = self.env["loyalty.member"].with_context(active_test=False)
        found = members.search_count([("program_id", "=", self.program_id.id), ("id", ">", self.reached)])
        return found + (self.state == "waiting")

    def _go_on(self):
        """Do the next part of a run; how much was done."""
        try:
            with self.env.cr.savepoint():
                return self._learn_first() if self.state == "waiting" else self._predict_next()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all(flush=False)
            self.write({"state": "failed", "problem": self._told(error)})
            return 1

    def _told(self, error):
        """What people may read of an error; of others only what kind it was, for their words may quote what rows hold."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("program %s could not be predicted: %s", self.program_id.id, type(error).__name__)
        return self.env._("The job failed (%s).", type(error).__name__)

    def _learn_first(self):
        self._learn()
        if self.state == "too_little":
            self._forget_predictions()
            self._forget_old()
        return 1

    def _predict_next(self):
        """Predict the members of the next ids; how many ids there were."""
        members = self.env["loyalty.member"].with_context(active_test=False)
        ids = members.search([("program_id", "=", self.program_id.id), ("id", ">", self.reached)], order="id", limit=BATCH)._ids
        if not ids:
            self.state = "done"
            self._forget_old()
            return 1
        predicted = self._predict(self.reached + 1, ids[-1])
        self.write({"reached": ids[-1], "predicted_count": self.predicted_count + predicted})
        return len(ids)

    def _forget_old(self):
        self.search([("program_id", "=", self.program_id.id)], offset=KEPT).unlink()
