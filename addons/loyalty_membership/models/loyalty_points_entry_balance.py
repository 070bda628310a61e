from odoo import api, fields, models
from odoo.tools import SQL


class LoyaltyPointsEntryBalance(models.Model):
    _inherit = "loyalty.points.entry"

    balance = fields.Float(
        digits=(16, 2), compute="_compute_balance", help="What could be spent after this entry, in order of date."
    )

    @api.depends("member_id", "date", "points", "state")
    def _compute_balance(self):
        """One running sum for all entries on the screen, whatever members they belong to."""
        self.env["loyalty.points.entry"].flush_model()
        balances = dict(self.env.execute_query(SQL(
            """SELECT id, balance::float
                 FROM (SELECT id, SUM(points) FILTER (WHERE state = 'posted')
                                  OVER (PARTITION BY member_id ORDER BY date, id) AS balance
                         FROM loyalty_points_entry WHERE member_id = ANY(%s)) running
                WHERE id = ANY(%s)""",
            self._origin.member_id.ids, self._origin.ids,
        )))  # fmt: skip
        for entry in self:
            entry.balance = balances.get(entry._origin.id, 0.0)
