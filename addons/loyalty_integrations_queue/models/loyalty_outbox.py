"""Waking the dispatcher: by a job for each connection that has something to send, instead of the scheduled action."""

import logging

from odoo import SUPERUSER_ID, api, models
from odoo.addons.loyalty_integrations.models.own_transaction import own_transaction

_logger = logging.getLogger(__name__)


class LoyaltyOutbox(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _wake(self):
        """Have jobs send at once, after this transaction.

        After it, and in another: a job that was still waiting when this transaction began may have run by its end, and not
        have seen these rows. Should no job come of it, the scheduled action sends them within a minute, as ever.
        """
        postcommit = self.env.cr.postcommit
        if "loyalty.outbox.wake" not in postcommit.data:
            postcommit.data["loyalty.outbox.wake"] = True
            postcommit.add(self._delay_waiting)

    @api.model
    def _delay_waiting(self):
        try:
            own_transaction(self.env, self._delay_waiting_in)
        except Exception:  # what was committed must not look as if it had failed
            _logger.exception("no job could be made; the scheduled action sends what is queued")

    @api.model
    def _delay_waiting_in(self, cr):
        self.with_env(self.env(cr=cr, user=SUPERUSER_ID))._waiting_connections()._delay_dispatch()
