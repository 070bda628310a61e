from odoo import fields, models
from odoo.tools import SQL


class LoyaltyMemberStatistics(models.Model):
    _inherit = "loyalty.member"

    def _count_transactions(self, transactions, emptied=(), revived=()):
        """Add booked purchases and refunds to the members' figures.

        :param emptied: purchases of which these refunds took back the last bit
        :param revived: such purchases to which something was added since
        """
        transactions.flush_model()
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """WITH fact AS (
                    SELECT member_id,
                           COUNT(*) FILTER (WHERE type = 'purchase' AND id = ANY(%(new)s))
                           - COUNT(*) FILTER (WHERE id = ANY(%(emptied)s))
                           + COUNT(*) FILTER (WHERE id = ANY(%(revived)s)) AS purchases,
                           COALESCE(SUM(amount) FILTER (WHERE id = ANY(%(new)s)), 0) AS amount,
                           MIN(date) FILTER (WHERE type = 'purchase') AS first,
                           MAX(date) FILTER (WHERE type = 'purchase') AS last
                      FROM loyalty_transaction
                     WHERE id = ANY(%(new)s || %(emptied)s || %(revived)s) GROUP BY member_id)
               UPDATE loyalty_member m
                  SET purchase_count = COALESCE(m.purchase_count, 0) + f.purchases,
                      purchase_amount = COALESCE(m.purchase_amount, 0) + f.amount,
                      first_purchase_at = LEAST(m.first_purchase_at, f.first),
                      last_purchase_at = GREATEST(m.last_purchase_at, f.last),
                      write_uid = %(uid)s, write_date = %(now)s
                 FROM fact f WHERE m.id = f.member_id""",
            new=list(transactions.ids), emptied=list(emptied), revived=list(revived),
            uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip
        self.invalidate_model([
            "purchase_count", "purchase_amount", "purchase_average", "first_purchase_at", "last_purchase_at",
        ])  # fmt: skip
