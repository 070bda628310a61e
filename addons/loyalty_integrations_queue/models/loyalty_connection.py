import math
import time

from odoo import SUPERUSER_ID, fields, models
from odoo.addons.loyalty_integrations.models.loyalty_outbox_claim import BATCH
from odoo.addons.loyalty_integrations.models.loyalty_outbox_dispatch import SLICE
from odoo.addons.loyalty_integrations.models.own_transaction import own_transaction
from odoo.tools import SQL


class LoyaltyConnection(models.Model):
    _inherit = "loyalty.connection"

    parallel_jobs = fields.Integer(
        default=1, required=True,
        help="So many jobs at most send at a time, where there is more than one batch to send. They share the limit of calls.",
    )  # fmt: skip

    _parallel_jobs_sane = models.Constraint("CHECK (parallel_jobs BETWEEN 1 AND 32)", "There can be 1 to 32 parallel jobs.")

    def _delay_dispatch(self, worker=0):
        """Have a job send what is due; none, where one is waiting that will."""
        for connection in self.with_user(SUPERUSER_ID):
            connection.with_delay(
                identity_key=f"loyalty.connection:{connection.id}:{worker}",
                description=f"{connection.name}: send what is queued",
            )._dispatch_in_job(worker)  # fmt: skip

    def _dispatch_in_job(self, worker=0):
        """Send for a while; of several jobs at one connection the first calls the others.

        What is sent is committed apart, row by row, so that a job may be repeated, or break off, at any point.
        """
        if not worker:
            own_transaction(self.env, lambda cr: self.with_env(self.env(cr=cr))._call_others())
        deadline = time.monotonic() + SLICE
        sent = self._dispatch(deadline)
        if sent and time.monotonic() >= deadline:
            self._delay_dispatch(worker)  # others have their turn first

    def _call_others(self):
        batches = math.ceil(self._count_due(self.parallel_jobs * BATCH) / BATCH)
        for worker in range(1, min(self.parallel_jobs, batches)):
            self._delay_dispatch(worker)

    def _count_due(self, most):
        """How many rows may be sent now, as far as this number."""
        [[number]] = self.env.execute_query(SQL(
            """SELECT count(*) FROM (
                   SELECT FROM loyalty_outbox WHERE connection_id = %s AND state IN ('pending', 'retry', 'verify')
                      AND next_attempt_at <= %s LIMIT %s) due""",
            self.id, fields.Datetime.now(), most,
        ))  # fmt: skip
        return number
