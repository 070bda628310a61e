"""Climbing, keeping and losing tiers."""

import json

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..domain import tiers as ladder
from ..domain.points import to_decimal


class LoyaltyMemberTier(models.Model):
    _inherit = "loyalty.member"

    def _compute_tier_value(self):
        # A form computes on unsaved copies; what counts is what the saved member has reached.
        values = self._origin._tier_values()
        for member in self:
            member.tier_value = values.get(member._origin.id, 0.0)

    # ------------------------------------------------------------------
    # What counts
    # ------------------------------------------------------------------

    def _tier_values(self):
        """What each member has reached in the program's window; dict member id -> float."""
        result = {}
        for program, members in self.sudo().grouped("program_id").items():
            result.update(members._tier_values_of(program))
        return result

    def _tier_values_of(self, program, days=None):
        """What these members have reached in the window of today; dict member id -> float.

        :param days: dict member id -> another day, of whose window it is asked
        """
        today, days = program._today(), days or {}
        starts = [
            ladder.window_start(
                program.tier_window, program.tier_window_months, days.get(member.id) or today, member.joined_on or today
            )
            for member in self
        ]
        source = {
            "qualifying_points": SQL(
                """SELECT e.member_id, e.qualifying_points AS value, COALESCE(o.date, e.date) AS date
                     FROM loyalty_points_entry e LEFT JOIN loyalty_points_entry o ON o.id = e.reverses_id
                    WHERE e.state = 'posted' AND e.qualifying_points <> 0"""
            ),
            "amount": SQL(
                """SELECT t.member_id, t.amount AS value, COALESCE(o.date, t.date) AS date
                     FROM loyalty_transaction t LEFT JOIN loyalty_transaction o ON o.id = t.origin_id
                    WHERE t.type <> 'activity'"""
            ),
            "purchases": SQL(
                """SELECT t.member_id, 1 AS value, t.date
                     FROM loyalty_transaction t WHERE t.type = 'purchase' AND t.is_refunded IS NOT TRUE"""
            ),
        }[program.tier_metric]
        for model in ("loyalty.points.entry", "loyalty.transaction", "loyalty.member"):
            self.env[model].flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT m.id, SUM(f.value)::float
                 FROM unnest(%s::int[], %s::date[]) AS m(id, start)
                CROSS JOIN LATERAL (SELECT m.id AS member_id UNION ALL
                                    SELECT s.id FROM loyalty_member s WHERE s.merged_into_id = m.id) k
                 JOIN (%s) f ON f.member_id = k.member_id
                WHERE m.start IS NULL
                   OR (f.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date >= m.start
                GROUP BY m.id""",
            list(self._ids), starts, source, program.tz or "UTC",
        ))  # fmt: skip
        return dict(rows)

    # ------------------------------------------------------------------
    # Up at once, down at the end
    # ------------------------------------------------------------------

    def _update_tiers(self, reason="earned", transactions=None):
        """Raise members to the tier that they have reached; nobody falls here.

        :param transactions: dict member id -> the purchase that may have raised them
        """
        for program, members in self.grouped("program_id").items():
            steps = program._domain_tiers()
            if not steps:
                continue
            every = program._ladder()
            values = members._tier_values_of(program)
            changes = []
            for member in members:
                earned = ladder.earned(steps, to_decimal(values.get(member.id)))
                if ladder.rank(every, earned) > ladder.rank(every, member.tier_id.id or None):
                    changes.append((member, earned, values.get(member.id, 0.0)))
            self._set_tiers(program, changes, reason, transactions or {})

    def _is_tier_guaranteed(self, program):
        return bool(self.tier_manual_until and self.tier_manual_until >= program._today())

    @api.model
    def _cron_review_tiers(self):
        """At the end of a tier's validity (and grace): keep it, fall, or requalify."""
        self.env["loyalty.points.entry"]._run_in_chunks(self._members_with_lapsed_tier, lambda members: members._review_tiers())

    @api.model
    def _members_with_lapsed_tier(self):
        self.flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT m.id
                 FROM loyalty_member m
                 JOIN loyalty_card c ON c.id = m.card_id
                 JOIN loyalty_program p ON p.id = c.program_id
                WHERE m.tier_until + COALESCE(p.tier_grace_days, 0) < %(today)s
                  AND (m.tier_manual_until IS NULL OR m.tier_manual_until < %(today)s)
                ORDER BY m.id""",
            today=self.env["loyalty.points.entry"]._today(),
        ))  # fmt: skip
        return [row[0] for row in rows]

    def _review_tiers(self):
        for program, members in self.grouped("program_id").items():
            steps = program._domain_tiers()
            values = members._tier_values_of(program)
            changes = []
            for member in members:
                earned = ladder.earned(steps, to_decimal(values.get(member.id)))
                tier = ladder.after_validity(program.tier_downgrade, program._ladder(), member.tier_id.id or None, earned)
                changes.append((member, tier, values.get(member.id, 0.0)))
            self._set_tiers(program, changes, "lapsed", {})

    # ------------------------------------------------------------------
    # Writing it down
    # ------------------------------------------------------------------

    @api.model
    def _set_tiers(self, program, changes, reason, transactions):
        """Put members on tiers for a new validity; a change of tier is logged and its coupons issued.

        :param changes: (member, tier id or None, value reached)
        """
        if not changes:
            return
        today = program._today()
        until = ladder.valid_until(today, program.tier_validity_months)
        moved = [
            (member, tier_id, value, member.tier_id.id or None)
            for member, tier_id, value in changes
            if tier_id != (member.tier_id.id or None)
        ]
        rows = [{"id": member.id, "tier_id": tier_id} for member, tier_id, _value in changes]
        self.env["loyalty.tier.change"].create([
            {
                "member_id": member.id,
                "program_id": program.id,
                "company_id": program.company_id.id,
                "tier_from_id": from_id,
                "tier_id": tier_id,
                "reason": reason,
                "metric": program.tier_metric,
                "value": value,
                "tier_until": until,
                "transaction_id": transactions.get(member.id),
            }
            for member, tier_id, value, from_id in moved
        ])
        with self.union(*(member for member, *_rest in changes))._changing("tier_id", "tier_since", "tier_until"):
            self._write_tiers(rows, today, until)
            self._settle_entry_coupons(program, [(member, from_id, to_id) for member, to_id, _value, from_id in moved], reason)

    @api.model
    def _write_tiers(self, rows, today, until):
        self.flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member m
                  SET tier_since = CASE WHEN m.tier_id IS DISTINCT FROM r.tier_id THEN %(today)s ELSE m.tier_since END,
                      tier_id = r.tier_id, tier_until = %(until)s
                 FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id integer, tier_id integer)
                WHERE m.id = r.id""",
            today=today, until=until, rows=json.dumps(rows),
        ))  # fmt: skip
        self.invalidate_model(["tier_id", "tier_since", "tier_until"])

    def _log_manual_tier(self, before):
        """A tier set in the form: logged, valid from today, and kept until the date that is given."""
        for program, members in self.sudo().grouped("program_id").items():
            today = program._today()
            moved = members.filtered(lambda member: member.tier_id != before[member])
            until = ladder.valid_until(today, program.tier_validity_months)
            moved.write({"tier_since": today, "tier_until": until})
            self.env["loyalty.tier.change"].sudo().create([
                {
                    "member_id": member.id,
                    "program_id": program.id,
                    "company_id": program.company_id.id,
                    "tier_from_id": before[member].id,
                    "tier_id": member.tier_id.id,
                    "reason": "manual",
                    "tier_until": until,
                }
                for member in moved
            ])

    def _check_may_manage(self, vals):
        """Store staff enrol and correct contact data; tier and state are the manager's."""
        managed = {"tier_id", "tier_manual_until", "tier_since", "tier_until", "state", "active"}
        if self.env.su or not managed & vals.keys():
            return
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may change a member's tier or state."))
        self._check_not_oneself()
