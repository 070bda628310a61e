"""The figures of journeys and their steps, gathered from all runs and events after each count and kept as JSON.

A journey's: for ``treated`` and ``control`` each ``members``, ``done``, and of those whose run has begun ``counted``, ``buyers``,
``purchases``, ``revenue``, ``squares`` and ``cubes`` of what each member spent.  A step's: a number for each of STEP_FIGURES.
"""

import json

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .loyalty_journey_count import BEGINS

#: Written by the count alone.
KEPT = {"figures", "counted_at", "counting_at", "counting_after"}
GROUP_FIGURES = ("members", "done", "counted", "buyers", "purchases", "revenue", "squares", "cubes")
STEP_FIGURES = (
    "reached", "done", "left_out", "no_consent", "capped", "unreachable", "failed", "queued", "sent", "opened",
    "coupons", "used", "points",
)  # fmt: skip
#: Members, not runs, are compared: the control group is drawn among members, and runs of one member are not independent.
_GROUPS = """SELECT journey_id, is_control, COUNT(*) AS members, COUNT(*) FILTER (WHERE done) AS done,
       COUNT(*) FILTER (WHERE begun) AS counted, COUNT(*) FILTER (WHERE purchases > 0) AS buyers,
       COALESCE(SUM(purchases), 0)::bigint AS purchases, COALESCE(SUM(revenue), 0) AS revenue,
       COALESCE(SUM(revenue ^ 2), 0) AS squares, COALESCE(SUM(revenue ^ 3), 0) AS cubes
  FROM (SELECT r.journey_id, r.is_control IS TRUE AS is_control, r.member_id, BOOL_OR(r.state IN ('done', 'ended')) AS done,
               BOOL_OR(%(begins)s <= j.counted_at) AS begun,
               SUM(r.purchases) AS purchases, SUM(r.revenue)::float8 AS revenue
          FROM loyalty_journey_run r JOIN loyalty_journey j ON j.id = r.journey_id
         WHERE r.journey_id = ANY(%(journeys)s)
         GROUP BY r.journey_id, r.is_control IS TRUE, r.member_id) m
 GROUP BY journey_id, is_control"""
#: A coupon is used when an order that stands, or a till, has taken of it: Odoo notes that, and takes it back with the order.
_STEPS = """SELECT e.step_id, COUNT(*) AS reached, COUNT(*) FILTER (WHERE e.outcome = 'done') AS done,
       COUNT(*) FILTER (WHERE e.outcome = 'left_out') AS left_out,
       COUNT(*) FILTER (WHERE e.outcome = 'no_consent') AS no_consent,
       COUNT(*) FILTER (WHERE e.outcome = 'capped') AS capped,
       COUNT(*) FILTER (WHERE e.outcome = 'unreachable') AS unreachable,
       COUNT(*) FILTER (WHERE e.outcome = 'failed' OR e.message_state = 'failed') AS failed,
       COUNT(*) FILTER (WHERE e.outcome = 'done' AND e.message_state = 'outgoing') AS queued,
       COUNT(*) FILTER (WHERE e.outcome = 'done' AND e.message_state = 'sent') AS sent,
       COUNT(e.opened_at) AS opened, COUNT(e.card_id) AS coupons,
       COUNT(*) FILTER (WHERE e.card_id IS NOT NULL
                          AND EXISTS (SELECT FROM loyalty_history h WHERE h.card_id = e.card_id AND h.used > 0)) AS used,
       COALESCE(SUM(e.points), 0)::float8 AS points
  FROM loyalty_journey_event e
 WHERE e.journey_id = ANY(%(journeys)s) AND e.step_id IS NOT NULL
 GROUP BY e.step_id"""


class LoyaltyJourneyGathered(models.Model):
    _inherit = "loyalty.journey"

    figures = fields.Json(readonly=True, copy=False, groups="loyalty_membership.group_marketing,loyalty_membership.group_manager")

    def _gather_results(self):
        """Keep the figures of these journeys and of all of their steps as they are now; two queries, however many."""
        self.env.flush_all()
        self._keep_figures(self, self._group_figures())
        self._keep_figures(self.step_ids, self._step_figures())

    def _group_figures(self):
        """Dict journey id -> {group -> figures}."""
        found = {}
        for journey, control, *numbers in self.env.execute_query(SQL(_GROUPS, journeys=self.ids, begins=BEGINS)):
            group = "control" if control else "treated"
            found.setdefault(journey, {})[group] = dict(zip(GROUP_FIGURES, numbers, strict=True))
        return found

    def _step_figures(self):
        """Dict step id -> figures."""
        rows = self.env.execute_query(SQL(_STEPS, journeys=self.ids))
        return {step: dict(zip(STEP_FIGURES, numbers, strict=True)) for step, *numbers in rows}

    def _keep_figures(self, records, figures):
        """Write figures where they changed; not as somebody's edit, which would conflict with people who edit at this moment."""
        texts = [json.dumps(figures.get(record.id), default=float) for record in records]
        self.env.cr.execute(SQL(
            """UPDATE %s t SET figures = v.figures::jsonb FROM unnest(%s::int[], %s::text[]) AS v(id, figures)
                WHERE t.id = v.id AND t.figures IS DISTINCT FROM v.figures::jsonb""",
            SQL.identifier(records._table), records.ids, texts,
        ))  # fmt: skip
        records.invalidate_recordset(["figures"])

    def _check_kept(self, names):
        if KEPT & names and not self.env.su:
            raise AccessError(self.env._("What a journey brought is counted, not written."))
        return super()._check_kept(names)
