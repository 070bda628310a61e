"""The job that settles referrals: one that fails holds up no other, and is tried again a few times."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import split_every

from .halving import done_in_halves

_logger = logging.getLogger(__name__)

BATCH = 200
#: How often a referral that fails is tried; the hours until the next time double.
TRIES = 5
DONE = {"problem": False, "tries": 0, "try_at": False}


class LoyaltyReferralJob(models.Model):
    _inherit = "loyalty.referral"

    problem = fields.Char(readonly=True, help="Why its points could not be given or taken back.")
    tries = fields.Integer(default=0, readonly=True, help="How often that failed; after five times it waits for a manager.")
    try_at = fields.Datetime("Tried Again", readonly=True, help="When the job looks at it again.")

    @api.model
    def _cron_settle(self):
        """Give or take back what purchases of friends have changed, in committed batches."""
        todo = self.search(self._due(), order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(todo))
        for chunk in split_every(BATCH, todo.ids, self.browse):
            try:
                chunk._settle_or_set_aside()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # members who buy at this moment: the next run sees what they bought
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
            if not cron._commit_progress(len(chunk)):
                return
        if self.search_count(self._due(), limit=1):  # somebody holds their members at this moment
            self._wake()

    @api.model
    def _due(self):
        return Domain("to_settle", "=", True) & (
            Domain("try_at", "=", False) | Domain("try_at", "<=", fields.Datetime.now())
        )  # fmt: skip

    @api.model
    def _wake(self):
        # sudo: whoever sells or undoes a merge runs no jobs
        self.env.ref("loyalty_membership.cron_settle_referrals").sudo()._trigger()

    def _settle_or_set_aside(self):
        """Settle these referrals; one that can't be is set aside, and holds up no other."""
        done_in_halves(self.env, self, type(self)._settle_unlocked, type(self)._set_aside)

    def _settle_unlocked(self):
        self._settle(skip_locked=True)
        self.exists().filtered(lambda referral: referral.problem and not referral.to_settle).write(DONE)

    def _set_aside(self, error):
        tries = self.tries + 1
        self.write({
            "problem": self._told(error),
            "tries": tries,
            "try_at": fields.Datetime.now() + timedelta(hours=2**self.tries),
            "to_settle": tries < TRIES,
        })

    def _told(self, error):
        """What people may read of an error; of others only what kind it was, for their words may quote what rows hold."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("referral %s could not be settled: %s", self.id, type(error).__name__)
        return self.env._("It could not be settled (%s).", type(error).__name__)

    def action_try_again(self):
        """Let the job try again those that it gave up or has set aside."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may try referrals again."))
        self.check_access("read")
        # sudo: nobody writes referrals; asked for above
        self.sudo().filtered("problem").write({**DONE, "to_settle": True})
        self._wake()
