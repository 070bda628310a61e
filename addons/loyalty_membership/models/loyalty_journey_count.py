"""What members bought since their journey began: counted at night, set-wise, a part of the members at a time.

A run, of the treated and of the control group alike, whatever became of its steps, counts what its member bought in the
journey's days after it began.  Where a member's next run of the same journey begins before these days are over, what is bought
from then on counts for that one, so that no purchase counts twice.  Refunds and additions count for their purchase, whenever
they come; GRACE after its last day a run is counted no more.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

#: Runs a batch.
BATCH = 50_000
GRACE = timedelta(days=7)
#: The job comes once a day; who was counted by hand meanwhile is counted again.
AGAIN_AFTER = timedelta(hours=20)
#: A run begins with its first step, but not before it was found: who is silent for long when a journey starts was due long ago.
BEGINS = SQL("GREATEST(r.starts_at, r.create_date)")


class LoyaltyJourneyCount(models.Model):
    _inherit = "loyalty.journey"

    counted_at = fields.Datetime("Results As Of", readonly=True, copy=False)
    counting_at = fields.Datetime(readonly=True, copy=False, help="Technical: a count as of then is to be done, or under way.")
    counting_after = fields.Integer(readonly=True, copy=False, help="Technical: members until this one are counted.")

    def write(self, vals):
        """Another number of days: all is counted anew."""
        if "attribution_days" in vals:
            changed = self.filtered(lambda journey: journey.attribution_days != vals["attribution_days"])
            # sudo: nobody writes when it was counted
            changed.sudo().write({"counted_at": False, "counting_at": False})
        return super().write(vals)

    @api.model
    def _cron_count(self):
        """Count journeys that were not counted today, in committed batches; what is left at the end of its time comes next."""
        self._begin_counts()
        waiting = self.with_context(active_test=False).search([("counting_at", "!=", False)], order="counting_at, id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for journey in waiting:
            while True:
                try:
                    going_on = journey._count_batch()
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # members who take a step at this moment: once more
                    self.env.cr.rollback()
                    self.env.invalidate_all(flush=False)
                    going_on = True
                if not cron._commit_progress(0 if going_on else 1):
                    return
                if not going_on:
                    break

    @api.model
    def _begin_counts(self):
        """Let all journeys that ever ran be counted as of now."""
        now = fields.Datetime.now()
        journeys = self.with_context(active_test=False).search([
            ("started_at", "!=", False), ("counting_at", "=", False),
            "|", ("counted_at", "=", False), ("counted_at", "<", now - AGAIN_AFTER),
        ])  # fmt: skip
        journeys._begin_count()

    def _begin_count(self):
        # sudo: nobody writes when it is counted
        self.sudo().write({"counting_at": fields.Datetime.now(), "counting_after": 0})

    def _count_batch(self):
        """Count the next runs; whether there may be more. At the end, gather what comes out."""
        self.ensure_one()
        self.env.flush_all()
        last = self._last_of_batch()
        if last:
            self._count_runs(last)
            self.counting_after = last
            return True
        self.write({"counted_at": self.counting_at, "counting_at": False, "counting_after": 0})
        self._gather_results()
        return False

    def _last_of_batch(self):
        """The last member of the next batch; None: all are counted."""
        [[last]] = self.env.execute_query(SQL(
            """SELECT MAX(member_id) FROM (SELECT member_id FROM loyalty_journey_run
                                            WHERE journey_id = %s AND member_id > %s ORDER BY member_id LIMIT %s) r""",
            self.id, self.counting_after, BATCH,
        ))  # fmt: skip
        return last

    def _count_runs(self, last):
        """Write what the members after the last batch until this one bought on their runs that are still counted."""
        days = timedelta(days=self.attribution_days)
        self.env.cr.execute(SQL(
            """WITH run AS (
                    SELECT r.id, r.member_id, %(begins)s AS begins,
                           LEAST(%(begins)s + %(days)s,
                                 LEAD(%(begins)s) OVER (PARTITION BY r.member_id ORDER BY %(begins)s, r.id)) AS ends
                      FROM loyalty_journey_run r
                     WHERE r.journey_id = %(journey)s AND r.member_id > %(after)s AND r.member_id <= %(last)s
                       AND %(begins)s <= %(at)s),
                bought AS (
                    SELECT run.id, COUNT(*) FILTER (WHERE p.is_refunded IS NOT TRUE) AS purchases,
                           SUM(p.amount + COALESCE((
                               SELECT SUM(f.amount) FROM loyalty_transaction f
                                WHERE f.origin_id = p.id AND f.type IN ('addition', 'refund')), 0)) AS revenue
                      FROM run JOIN loyalty_transaction p
                           ON p.member_id = run.member_id AND p.type = 'purchase' AND p.date > run.begins AND p.date <= run.ends
                     WHERE run.begins > %(since)s
                     GROUP BY run.id)
               UPDATE loyalty_journey_run r
                  SET purchases = COALESCE(b.purchases, 0), revenue = COALESCE(b.revenue, 0)
                 FROM run LEFT JOIN bought b ON b.id = run.id
                WHERE r.id = run.id AND run.begins > %(since)s
                  AND (COALESCE(r.purchases, 0), COALESCE(r.revenue, 0)) <> (COALESCE(b.purchases, 0), COALESCE(b.revenue, 0))""",
            begins=BEGINS, days=days, journey=self.id, after=self.counting_after, last=last, at=self.counting_at,
            since=self.counted_at - days - GRACE if self.counted_at else fields.Datetime.from_string("1900-01-01 00:00:00"),
        ))  # fmt: skip
        self.env["loyalty.journey.run"].invalidate_model(["purchases", "revenue"])

    # ------------------------------------------------------------------

    def action_count(self):
        """Count now what these journeys brought: a small one at once, others by the job."""
        self.env["loyalty.journey"].check_access("write")
        self.check_access("write")
        # sudo: results are those of all members, and nobody writes runs; who may ask was asked above
        journeys = self.sudo()
        journeys._begin_count()
        later = journeys.filtered(lambda journey: journey._has_many_runs())
        for journey in journeys - later:
            while journey._count_batch():
                pass
        if not later:
            return None
        self.env.ref("loyalty_membership.cron_journey_results").sudo()._trigger()  # sudo: marketing people run no jobs
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.env._("It is being counted: look again in some minutes."), "type": "info"},
        }

    def _has_many_runs(self):
        return self.env["loyalty.journey.run"].search_count([("journey_id", "=", self.id)], limit=BATCH + 1) > BATCH
