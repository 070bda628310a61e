"""How far members are on the way to their next tier: told of one, and looked for among all, set-wise."""

import operator as operators

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain import tiers as ladder

_COMPARED = {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}
#: What the ledger and the journal keep of a member is what counts, where every day does.
_KEPT = {"qualifying_points": "qualifying_points", "amount": "purchase_amount", "purchases": "purchase_count"}
#: (member, value, day) of what counts, as ``_tier_values_of`` has it for a few members.
_FACTS = {
    "qualifying_points": """
        SELECT e.member_id, e.qualifying_points AS value, COALESCE(o.date, e.date) AS date
          FROM loyalty_points_entry e LEFT JOIN loyalty_points_entry o ON o.id = e.reverses_id
         WHERE e.program_id = %(program)s AND e.state = 'posted' AND e.qualifying_points <> 0""",
    "amount": """
        SELECT t.member_id, t.amount AS value, COALESCE(o.date, t.date) AS date
          FROM loyalty_transaction t LEFT JOIN loyalty_transaction o ON o.id = t.origin_id
         WHERE t.program_id = %(program)s AND t.type <> 'activity'""",
    "purchases": """
        SELECT t.member_id, 1 AS value, t.date FROM loyalty_transaction t
         WHERE t.program_id = %(program)s AND t.type = 'purchase' AND t.is_refunded IS NOT TRUE""",
}
#: The day of joining in this year, or in the last one if it is still to come.
_YEAR_BEGINS = """
    (k.joined_on + make_interval(years => EXTRACT(year FROM %(today)s::date)::int - EXTRACT(year FROM k.joined_on)::int
        - CASE WHEN (k.joined_on + make_interval(years => EXTRACT(year FROM %(today)s::date)::int
                                                          - EXTRACT(year FROM k.joined_on)::int))::date > %(today)s::date
               THEN 1 ELSE 0 END))::date"""
_INVERTED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class LoyaltyMemberTierWay(models.Model):
    _inherit = "loyalty.member"

    next_tier_progress = fields.Float(
        "Way To The Next Tier (%)", compute="_compute_next_tier_progress", search="_search_next_tier_progress",
        help="How much of what the next tier needs is reached. 0 for who is on the highest tier.",
    )  # fmt: skip

    @api.depends("next_tier_id", "tier_progress")
    def _compute_next_tier_progress(self):
        for member in self:
            member.next_tier_progress = member.tier_progress if member.next_tier_id else 0.0

    @api.model
    def _search_next_tier_progress(self, operator, value):
        if operator in _COMPARED:
            found = self._on_the_way(operator, float(value))
            # Who is on no way stands at 0.
            return ~self._on_the_way(_INVERTED[operator], float(value)) if _COMPARED[operator](0.0, float(value)) else found
        return NotImplemented

    @api.model
    def _on_the_way(self, operator, value):
        """Members with a next tier whose way there compares so with a percentage."""
        # sudo: what a program counts is the same for whoever searches
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False).search([("is_membership", "=", True)])
        self.env.flush_all()
        ways = [way for program in programs if (way := self._way_of(program, operator, value))]
        if not ways:
            return Domain.FALSE
        return Domain("id", "in", SQL("(%s)", SQL(" UNION ALL ").join(ways)))

    @api.model
    def _way_of(self, program, operator, value):
        steps = program._domain_tiers()
        following = [(tier.id, ladder.following(steps, tier.id)) for tier in program._ladder()]
        following.append((None, ladder.following(steps, None)))
        rows = [(tier, after.threshold) for tier, after in following if after and after.threshold]
        if not rows:
            return None
        reached, source = self._reached(program)
        return SQL(
            """SELECT m.id FROM loyalty_member m
                 JOIN (VALUES %(steps)s) n(tier, threshold) ON n.tier = COALESCE(m.tier_id, 0) %(source)s
                WHERE m.program_id = %(program)s
                  AND LEAST(100, 100 * COALESCE(%(reached)s, 0) / n.threshold) %(operator)s %(value)s""",
            steps=SQL(", ").join(SQL("(%s, %s::numeric)", tier or 0, threshold) for tier, threshold in rows),
            source=source, program=program.id, reached=reached, operator=SQL(operator), value=value,
        )  # fmt: skip

    @api.model
    def _reached(self, program):
        """(what a member has reached, the join that it needs).

        Added up once, whatever PostgreSQL believes of tables that it has not looked at yet: not once for each member.
        """
        if program.tier_window == "lifetime":
            return SQL.identifier("m", _KEPT[program.tier_metric]), SQL()
        today = program._today()
        # A membership year begins on a day of each member's own.
        if program.tier_window == "membership_year":
            start = SQL(_YEAR_BEGINS, today=today)
        else:
            start = SQL("%s::date", ladder.window_start(program.tier_window, program.tier_window_months, today, today))
        return SQL("s.value"), SQL(
            """LEFT JOIN (WITH sums AS MATERIALIZED (
                   SELECT k.id, SUM(f.value) AS value FROM (%(facts)s) f
                     JOIN loyalty_member x ON x.id = f.member_id JOIN loyalty_member k ON k.id = COALESCE(x.merged_into_id, x.id)
                    WHERE (f.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date >= %(start)s GROUP BY k.id
               ) SELECT * FROM sums) s ON s.id = m.id""",
            facts=SQL(_FACTS[program.tier_metric], program=program.id), zone=program.tz or "UTC", start=start,
        )  # fmt: skip
