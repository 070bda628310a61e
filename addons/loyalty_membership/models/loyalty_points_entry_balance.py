"""What a member had after each entry: one running sum, for screens, statements and the API."""

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
        balances = dict(self.env.execute_query(SQL(
            "SELECT id, balance::float FROM (%s) running WHERE id = ANY(%s)",
            self._running(self._origin.member_id), self._origin.ids,
        )))  # fmt: skip
        for entry in self:
            entry.balance = balances.get(entry._origin.id, 0.0)

    @api.model
    def _running(self, members):
        """All entries of these members with the balance after each, as SQL; pending and void ones move nothing."""
        self.env["loyalty.points.entry"].flush_model()
        return SQL(
            """SELECT id, date, state,
                      SUM(points) FILTER (WHERE state = 'posted') OVER (PARTITION BY member_id ORDER BY date, id) AS balance
                 FROM loyalty_points_entry WHERE member_id = ANY(%s)""",
            members.ids,
        )

    @api.model
    def _rows_between(self, member, since=None, until=None, *, posted=False, limit=None, offset=0):
        """A member's entries from one moment up to another, newest first: (id, balance after it)."""
        return self.env.execute_query(SQL(
            "SELECT id, balance FROM (%s) running WHERE %s AND %s ORDER BY date DESC, id DESC LIMIT %s OFFSET %s",
            self._running(member), self._between(since, until), SQL("state = 'posted'" if posted else "TRUE"), limit, offset,
        ))  # fmt: skip

    @api.model
    def _between(self, since, until):
        return SQL("date >= %s AND date < %s", since or "-infinity", until or "infinity")
