from odoo import api, fields, models
from odoo.tools import SQL

from ..domain import tiers as ladder
from ..domain.points import to_decimal

#: What refunds have taken, since a change ``c``, of what had counted for it.
_LOST = {
    "qualifying_points": SQL(
        """SELECT o.member_id, -r.qualifying_points AS value, o.date
             FROM loyalty_points_entry r JOIN loyalty_points_entry o ON o.id = r.reverses_id
            WHERE r.kind = 'revoke' AND r.state = 'posted' AND o.member_id = k.member_id
              AND o.kind <> 'revoke' AND o.posted_at <= c.at AND r.id > c.last_entry
            UNION ALL -- and what was given again since, by the award that had been taken back
           SELECT o.member_id, -g.qualifying_points, o.date
             FROM loyalty_points_entry g JOIN loyalty_points_entry r ON r.id = g.reverses_id
             JOIN loyalty_points_entry o ON o.id = r.reverses_id
            WHERE g.kind = 'revoke' AND g.state = 'posted' AND r.kind = 'revoke' AND o.member_id = k.member_id
              AND o.posted_at <= c.at AND g.id > c.last_entry"""
    ),
    "amount": SQL(
        """SELECT o.member_id, -r.amount AS value, o.date
             FROM loyalty_transaction r JOIN loyalty_transaction o ON o.id = r.origin_id
            WHERE r.type = 'refund' AND o.member_id = k.member_id
              AND o.id <= c.last_transaction AND r.id > c.last_transaction"""
    ),
    "purchases": SQL(
        """SELECT o.member_id, 1 AS value, o.date
             FROM loyalty_transaction o
            WHERE o.type = 'purchase' AND o.is_refunded AND o.member_id = k.member_id AND o.id <= c.last_transaction
              AND EXISTS (SELECT FROM loyalty_transaction r WHERE r.origin_id = o.id AND r.id > c.last_transaction)"""
    ),
}


class LoyaltyTierChange(models.Model):
    _name = "loyalty.tier.change"
    _description = "Tier Change"
    _order = "date desc, id desc"
    _rec_name = "tier_id"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    tier_from_id = fields.Many2one("loyalty.tier", "Previous Tier", readonly=True, ondelete="restrict")
    tier_id = fields.Many2one("loyalty.tier", "New Tier", readonly=True, ondelete="restrict")
    reason = fields.Selection(
        [
            ("joined", "Joined"),
            ("earned", "Threshold reached"),
            ("refunded", "Purchase refunded"),
            ("lapsed", "Validity ended"),
            ("manual", "Set by hand"),
            ("merged", "Members merged"),
            ("imported", "Imported"),
            ("unmerged", "Merge undone"),
        ],
        required=True,
        readonly=True,
    )
    value = fields.Float("Reached", digits=(16, 2), readonly=True, help="What counted for the tier.")
    metric = fields.Selection(
        lambda self: self.env["loyalty.program"]._fields["tier_metric"].selection, "Counted", readonly=True,
        help="What tiers were reached by at that time.",
    )  # fmt: skip
    tier_until = fields.Date("Valid Until", readonly=True)
    transaction_id = fields.Many2one("loyalty.transaction", "Purchase", readonly=True, ondelete="restrict")
    note = fields.Char("Reason Given", readonly=True)
    _created_idx = models.Index("USING brin (create_date)")
    # What counted for the value: the times of a purchase, its refund and the change may be one second.
    last_entry = fields.Integer(readonly=True, help="Technical: the last number of the points ledger at that time.")
    last_transaction = fields.Integer(readonly=True, help="Technical: the last number of the purchase journal at that time.")

    @api.model_create_multi
    def create(self, vals_list):
        # The member is locked: whatever is booked on it later gets a later number.
        [[entry, transaction]] = self.env.execute_query(SQL(
            "SELECT e.last_value, t.last_value FROM loyalty_points_entry_id_seq e, loyalty_transaction_id_seq t"
        ))  # fmt: skip
        return super().create([vals | {"last_entry": entry, "last_transaction": transaction} for vals in vals_list])

    def _to_domain(self, lost):
        """These changes in their order, with what refunds have left of what had counted."""
        return [
            ladder.Change(
                change.reason,
                change.tier_id.id or None,
                to_decimal(round(change.value - lost.get(change.id, 0.0), 2))
                if change.metric == change.program_id.tier_metric
                else None,
            )
            for change in self.sorted("id")
        ]

    def _lost(self):
        """What refunds took, of what had counted for these changes of one program; dict id -> float."""
        program = self.program_id
        self.env.flush_all()
        starts = [
            ladder.window_start(
                program.tier_window,
                program.tier_window_months,
                day := program._local(change.date).date(),
                change.member_id.joined_on or day,
            )
            for change in self
        ]
        return dict(self.env.execute_query(SQL(
            """SELECT c.id, SUM(f.value)::float
                 FROM (SELECT w.id, w.member_id, w.start, t.date AS at, t.last_entry, t.last_transaction
                         FROM unnest(%s::int[], %s::int[], %s::date[]) AS w(id, member_id, start)
                         JOIN loyalty_tier_change t ON t.id = w.id) c
                CROSS JOIN LATERAL (SELECT c.member_id UNION ALL
                                    SELECT s.id FROM loyalty_member s WHERE s.merged_into_id = c.member_id) k
                CROSS JOIN LATERAL (%s) f
                WHERE c.start IS NULL OR (f.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date >= c.start
                GROUP BY c.id""",
            list(self.ids), [change.member_id.id for change in self], starts,
            _LOST[program.tier_metric], program.tz or "UTC",
        )))  # fmt: skip
