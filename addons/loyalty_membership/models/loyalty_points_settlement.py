"""How entries come to rest: which lot pays what, which gets points back, and what stays owed."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.constants import PREFETCH_MAX


class LoyaltyPointsSettlement(models.Model):
    _inherit = "loyalty.points.entry"

    def _settle(self, rows):
        """Bring lots, debts and the posted rows (as of ``_insert_entries``) to rest."""
        reversing = [row for row in rows if row["reverses_id"]]
        restored = [row["id"] for row in reversing if row["points"] > 0]
        targeted = [row["id"] for row in reversing if row["points"] < 0]
        if restored:
            self._give_back(restored)
            self._refuse_excess(restored)
        if targeted:
            self._take_from_own_lot(targeted)
        if owing := self._owing(rows):
            self._pay_owed(owing)

    def _owing(self, rows):
        """Members of these rows who may owe something: debited now, or in debt from before."""
        debited = {row["member_id"] for row in rows if row["points"] < 0}
        credited = {row["member_id"] for row in rows} - debited
        if len(credited) <= PREFETCH_MAX:
            # For fewer than the record cache holds anyway; many are asked by the payment itself.
            credited = self.env["loyalty.member"].browse(credited).filtered("points_debt").ids
        return [*debited, *credited]

    def _give_back(self, ids):
        """Return restored points to the lots that paid, the last one taken first."""
        self._allocate(SQL(
            """
            WITH due AS (
                SELECT id AS entry_id, reverses_id, remaining AS need,
                       SUM(remaining) OVER (PARTITION BY reverses_id ORDER BY id) AS upto
                  FROM loyalty_points_entry WHERE id IN %s
            ), paid AS (
                SELECT t.source_id, t.lot_id, SUM(t.points) AS points, MAX(t.last_id) AS last_id
                  FROM (SELECT entry_id AS source_id, lot_id, points, id AS last_id
                          FROM loyalty_points_allocation WHERE entry_id IN (SELECT reverses_id FROM due)
                         UNION ALL
                        SELECT e.reverses_id, a.lot_id, a.points, 0
                          FROM loyalty_points_entry e
                          JOIN loyalty_points_allocation a ON a.entry_id = e.id
                         WHERE e.reverses_id IN (SELECT reverses_id FROM due) AND e.points > 0) t
                 GROUP BY t.source_id, t.lot_id HAVING SUM(t.points) > 0
            ), source AS (
                SELECT *, SUM(points) OVER (PARTITION BY source_id ORDER BY last_id DESC) AS upto FROM paid
            )
            SELECT s.lot_id, d.entry_id,
                   -(LEAST(s.upto, d.upto) - GREATEST(s.upto - s.points, d.upto - d.need)) AS points
              FROM due d JOIN source s ON s.source_id = d.reverses_id
             WHERE s.upto - s.points < d.upto AND d.upto - d.need < s.upto
            """,
            tuple(ids),
        ))  # fmt: skip

    def _take_from_own_lot(self, ids):
        """Claw points back from the lot that they came from, as far as it still has them."""
        self._allocate(SQL(
            """
            WITH due AS (
                SELECT d.id AS entry_id, d.reverses_id, -d.remaining AS need, l.remaining AS has,
                       SUM(-d.remaining) OVER (PARTITION BY d.reverses_id ORDER BY d.id) AS upto
                  FROM loyalty_points_entry d
                  JOIN loyalty_points_entry l ON l.id = d.reverses_id AND l.remaining > 0
                 WHERE d.id IN %s
            )
            SELECT reverses_id AS lot_id, entry_id, LEAST(need, has - (upto - need)) AS points
              FROM due WHERE has > upto - need
            """,
            tuple(ids),
        ))  # fmt: skip

    def _pay_owed(self, member_ids):
        """Pay what these members' entries still owe, oldest first, from the lots that expire first.

        Member by member inside one statement: a join of all debts with all lots would hang on the
        planner's guess of how many there are, and nobody owes anything when statistics are taken.
        """
        self._allocate(SQL(
            """
            SELECT t.* FROM unnest(%s::integer[]) m(id)
             CROSS JOIN LATERAL (
                WITH owed AS MATERIALIZED (
                    SELECT id AS entry_id, -remaining AS need, SUM(-remaining) OVER (ORDER BY id) AS upto
                      FROM loyalty_points_entry WHERE member_id = m.id AND remaining < 0
                ), lot AS MATERIALIZED (
                    SELECT id AS lot_id, remaining AS has,
                           SUM(remaining) OVER (ORDER BY expires_on NULLS LAST, date, id) AS upto
                      FROM loyalty_points_entry
                     WHERE member_id = m.id AND remaining > 0
                )
                SELECT l.lot_id, o.entry_id,
                       LEAST(l.upto, o.upto) - GREATEST(l.upto - l.has, o.upto - o.need) AS points
                  FROM owed o JOIN lot l ON l.upto - l.has < o.upto AND o.upto - o.need < l.upto
                 ORDER BY o.entry_id, l.upto) t
            """,
            member_ids,
        ))  # fmt: skip

    def _allocate(self, query):
        """Record the takings (lot_id, entry_id, points) that the query yields, and move remainders."""
        self.env.cr.execute(SQL(
            """
            WITH taking AS MATERIALIZED (%(query)s),
            kept AS (
                INSERT INTO loyalty_points_allocation
                            (lot_id, entry_id, points, create_uid, write_uid, create_date, write_date)
                SELECT lot_id, entry_id, points, %(uid)s, %(uid)s, %(now)s, %(now)s FROM taking
            ), moved AS (
                SELECT id, SUM(points) AS points
                  FROM (SELECT lot_id AS id, -points AS points FROM taking
                         UNION ALL
                        SELECT entry_id, points FROM taking) t
                 GROUP BY id
            )
            UPDATE loyalty_points_entry e SET remaining = e.remaining + moved.points
              FROM moved WHERE e.id = moved.id
            """,
            query=query, uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip

    def _refuse_excess(self, ids):
        """Refuse to give back more than was spent: what no lot takes back would be points out of nothing."""
        excess = self.env.execute_query(SQL(
            "SELECT member_id, remaining FROM loyalty_points_entry WHERE id IN %s AND remaining > 0 ORDER BY id LIMIT 1",
            tuple(ids),
        ))  # fmt: skip
        if excess:
            [(member_id, points)] = excess
            # sudo: whoever books for a member is told by name who it was refused for
            raise UserError(self.env._(
                "%(points)s points more than were spent would be given back to %(member)s.",
                points=f"{points:g}", member=self.env["loyalty.member"].browse(member_id).sudo().display_name,
            ))  # fmt: skip

    def _refuse_overdraft(self, ids):
        if not ids:
            return
        short = self.env.execute_query(SQL(
            """SELECT member_id, SUM(-remaining) FROM loyalty_points_entry
                WHERE id IN %s AND remaining < 0 GROUP BY member_id ORDER BY member_id LIMIT 1""",
            tuple(ids),
        ))  # fmt: skip
        if short:
            # sudo: as in _refuse_excess
            member = self.env["loyalty.member"].browse(short[0][0]).sudo()
            raise UserError(self.env._(
                "%(member)s has not enough points: %(missing)s more are needed.",
                member=member.display_name, missing=f"{short[0][1]:g}",
            ))  # fmt: skip
