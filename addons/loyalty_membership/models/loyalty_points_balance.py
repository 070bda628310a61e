"""Balances of cards and members, and Odoo's own history, in step with the entries."""

import json

from odoo import fields, models
from odoo.tools import SQL

#: Kinds that make the lifetime figures of the member form.
EARNED_KINDS = ("earn", "revoke", "opening", "adjust")
REDEEMED_KINDS = ("spend", "restore")
#: What a booking changes of a member; everything else stays in the record cache.
BALANCES = [
    "points", "points_display", "history_ids", "points_pending", "points_debt", "qualifying_points", "lifetime_earned",
    "lifetime_redeemed", "last_movement_at", "next_expiry_date", "next_expiry_points", "entry_ids", "tier_value",
    "next_tier_id", "next_tier_missing", "tier_progress",
]  # fmt: skip


class LoyaltyPointsBalance(models.Model):
    _inherit = "loyalty.points.entry"

    def _update_balances(self, ids, posted, pending):
        """Bring card and member in step with these entries.

        :param posted: 1 if the posted ones among them are new to the balance, else 0
        :param pending: 1 if the pending ones are new, -1 if all of them have ceased to be pending
        """
        if not ids:
            return
        self.env.cr.execute(SQL(
            """
            WITH delta AS (%(delta)s), card AS (
                UPDATE loyalty_card c
                   SET points = ROUND(c.points::numeric + d.points, 2),
                       write_uid = %(uid)s, write_date = %(now)s
                  FROM delta d JOIN loyalty_member m ON m.id = d.member_id
                 WHERE c.id = m.card_id
                RETURNING d.*, c.points AS balance
            )
            UPDATE loyalty_member m
               SET points = d.balance,
                   points_pending = COALESCE(m.points_pending, 0) + d.pending,
                   points_debt = GREATEST(-d.balance, 0),
                   qualifying_points = COALESCE(m.qualifying_points, 0) + d.qualifying,
                   lifetime_earned = COALESCE(m.lifetime_earned, 0) + d.earned,
                   lifetime_redeemed = COALESCE(m.lifetime_redeemed, 0) + d.redeemed,
                   last_movement_at = %(moved)s,
                   next_expiry_date = n.expires_on,
                   next_expiry_points = COALESCE(n.points, 0),
                   write_uid = %(uid)s, write_date = %(now)s
              FROM card d LEFT JOIN LATERAL (%(next)s) n ON true
             WHERE m.id = d.member_id
            """,
            delta=self._balance_delta(ids, posted, pending), moved=self._last_movement(), next=self._next_expiry(),
            uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip

    def _balance_delta(self, ids, posted, pending):
        """What entries change of their members' figures, as SQL; arguments as for ``_update_balances``."""
        return SQL(
            """SELECT e.member_id,
                      %(posted)s * COALESCE(SUM(e.points) FILTER (WHERE e.state = 'posted'), 0) AS points,
                      CASE WHEN %(pending)s > 0 THEN COALESCE(SUM(e.points) FILTER (WHERE e.state = 'pending'), 0)
                           ELSE -SUM(e.points) END AS pending,
                      %(posted)s * COALESCE(SUM(e.qualifying_points) FILTER (WHERE e.state = 'posted'), 0) AS qualifying,
                      %(posted)s * COALESCE(SUM(e.points) FILTER (
                           WHERE e.state = 'posted' AND e.kind IN %(earned)s), 0) AS earned,
                      %(posted)s * COALESCE(SUM(-e.points) FILTER (
                           WHERE e.state = 'posted' AND e.kind IN %(redeemed)s), 0) AS redeemed,
                      MAX(GREATEST(e.date, CASE WHEN e.state = 'posted' THEN
                           e.available_on::timestamp AT TIME ZONE COALESCE(p.tz, 'UTC') AT TIME ZONE 'UTC' END))
                          FILTER (WHERE e.kind IN ('earn', 'spend')) AS moved_at,
                      MAX(e.date) FILTER (WHERE e.points > 0 AND e.reverses_id IS NULL) AS given_at
                 FROM loyalty_points_entry e JOIN loyalty_program p ON p.id = e.program_id
                WHERE e.id = ANY(%(ids)s) GROUP BY e.member_id""",
            posted=posted, pending=pending, ids=list(ids), earned=EARNED_KINDS, redeemed=REDEEMED_KINDS,
        )  # fmt: skip

    def _last_movement(self):
        """When a member last earned or spent, as SQL; points that are held move on the day of their release.

        Other points (an opening balance, an adjustment, what a merge brings) count as a movement only for a member who had
        none: they live in full, and keep no older points alive.
        """
        return SQL(
            """GREATEST(m.last_movement_at, d.moved_at,
                        CASE WHEN m.last_movement_at IS NULL OR d.balance <= d.points THEN d.given_at END)"""
        )

    def _next_expiry(self):
        """The next last day of a member's lots and what ends then, as SQL over ``d.member_id``."""
        return SQL(
            """SELECT e.expires_on, SUM(e.remaining) AS points FROM loyalty_points_entry e
                WHERE e.member_id = d.member_id AND e.remaining > 0 AND e.expires_on IS NOT NULL
                GROUP BY e.expires_on ORDER BY e.expires_on LIMIT 1"""
        )

    def _write_native_history(self, ids):
        """Odoo's own portal shows ``loyalty.history``: go on writing it for posted points.

        Orders write the points that they spend themselves, and a cancelled order takes all of its
        lines out again.  It is told in the member's language, whoever books.
        """
        if not ids:
            return
        self.env["res.partner"].flush_model(["lang"])
        own = self.env.lang or "en_US"
        labels = {
            lang: dict(self._fields["kind"]._description_selection(self.with_context(lang=lang).env))
            for lang in {own, *(code for code, _name in self.env["res.lang"].get_installed())}
        }
        self.env.cr.execute(SQL(
            """
            INSERT INTO loyalty_history (card_id, description, issued, used, order_model, order_id,
                                         create_uid, write_uid, create_date, write_date)
            SELECT m.card_id,
                   CONCAT_WS(' ', COALESCE(%(labels)s::jsonb -> p.lang, %(labels)s::jsonb -> %(own)s) ->> e.kind,
                             COALESCE(so.name, e.note)),
                   GREATEST(e.points, 0), GREATEST(-e.points, 0),
                   CASE WHEN so.id IS NOT NULL THEN 'sale.order' END, so.id,
                   %(uid)s, %(uid)s, e.posted_at, e.posted_at
              FROM loyalty_points_entry e
              JOIN loyalty_member m ON m.id = e.member_id
              JOIN loyalty_card c ON c.id = m.card_id
              LEFT JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN sale_order so ON e.origin_model = 'sale.order' AND so.id = e.origin_id
             WHERE e.id = ANY(%(ids)s) AND e.points <> 0 AND so.state IS DISTINCT FROM 'cancel'
               AND (so.id IS NULL OR e.kind NOT IN ('spend', 'restore'))
             ORDER BY e.id
            """,
            labels=json.dumps(labels), own=own, ids=list(ids), uid=self.env.uid,
        ))  # fmt: skip

    def _forget_cache(self):
        self.env["loyalty.points.entry"].invalidate_model()
        self.env["loyalty.points.allocation"].invalidate_model()
        self.env["loyalty.history"].invalidate_model()
        self.env["loyalty.card"].invalidate_model(["points", "points_display", "history_ids"])
        self.env["loyalty.member"].invalidate_model(BALANCES)
