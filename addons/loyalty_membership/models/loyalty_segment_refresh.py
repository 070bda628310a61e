"""Letting members enter and leave: every night, on demand, and never twice at once."""

import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: The nightly job, run again before that many hours have passed, goes on where it stopped.
NIGHT = timedelta(hours=6)


class LoyaltySegmentRefresh(models.Model):
    _inherit = "loyalty.segment"

    def action_refresh(self):
        self.check_access("write")
        # sudo: nobody writes memberships; asked for above
        self.sudo()._refresh()
        self.sudo().tried_at = fields.Datetime.now()

    def _refresh(self):
        """Let members enter and leave these segments and what those are made of, parts first."""
        for segment in self._with_parts().filtered("active"):
            segment._refresh_one()

    def _refresh_one(self):
        self.ensure_one()
        self.env.flush_all()
        self._lock_segment()
        now = fields.Datetime.now()
        self._after_move(now, *self._move_members(now))
        self.write({"refreshed_at": now, "problem": False})

    def _after_move(self, now, came, went):
        """Show who came and who went on their contacts, tell of it, and add up who is there now."""
        if came or went:
            self._mirror(now)
            self._segments_changed(SQL(
                """SELECT member_id FROM loyalty_segment_membership
                    WHERE segment_id = %(id)s AND (entered_at = %(now)s OR left_at = %(now)s)""", id=self.id, now=now,
            ))  # fmt: skip
        self.write(self._sums())

    def _lock_segment(self):
        """Whoever refreshes it at the same moment goes second, and begins anew."""
        self.env.cr.execute(SQL("SELECT FROM loyalty_segment WHERE id = %s FOR NO KEY UPDATE", self.id))

    def _move_members(self, now, wanted=None):
        """Note who enters and who leaves, in one statement that looks for the members once.

        A full join is never done row by row, whatever PostgreSQL believes of a table that has just been filled.

        :param wanted: the members who belong to it, as a subselect; what the segment says, if not given
        :return: how many entered, how many left
        """
        [(came, went)] = self.env.execute_query(SQL(
            """WITH wanted(id) AS (%(wanted)s),
                    changed AS MATERIALIZED (
                        SELECT w.id AS member_id, r.id AS row_id
                          FROM wanted w
                          FULL JOIN (SELECT id, member_id FROM loyalty_segment_membership
                                      WHERE segment_id = %(id)s AND left_at IS NULL) r ON r.member_id = w.id
                         WHERE w.id IS NULL OR r.id IS NULL),
                    gone AS (UPDATE loyalty_segment_membership r SET left_at = %(now)s FROM changed c WHERE r.id = c.row_id
                          RETURNING r.id),
                    come AS (INSERT INTO loyalty_segment_membership (segment_id, member_id, company_id, entered_at)
                             SELECT %(id)s, member_id, %(company)s, %(now)s FROM changed WHERE row_id IS NULL ORDER BY member_id
                          RETURNING id)
               SELECT (SELECT COUNT(*) FROM come), (SELECT COUNT(*) FROM gone)""",
            wanted=wanted or self._wanted(), id=self.id, company=self.company_id.id or None, now=now,
        ))  # fmt: skip
        self._forget_cached()
        return came, went

    def _forget_cached(self):
        self.env["loyalty.segment.membership"].invalidate_model()
        self.env["loyalty.member"].invalidate_model(["segment_ids", "segment_membership_ids"])
        self.invalidate_model(["membership_ids"])

    def _sums(self):
        """What its members come to, as values of the segment."""
        [row] = self.env.execute_query(SQL(
            """SELECT COUNT(*), COALESCE(SUM(m.purchase_amount), 0)::float, COALESCE(SUM(m.purchase_count), 0)::float,
                      COALESCE(SUM(p.lifetime_value), 0)::float
                 FROM loyalty_segment_membership r JOIN loyalty_member m ON m.id = r.member_id
                 LEFT JOIN loyalty_member_prediction p ON p.member_id = r.member_id
                WHERE r.segment_id = %s AND r.left_at IS NULL""", self.id,
        ))  # fmt: skip
        count, value, purchases, lifetime = row
        return {
            "member_count": count,
            "member_value": value,
            "average_basket": value / purchases if purchases else 0.0,
            "lifetime_value": lifetime,
            "share": 100.0 * count / (self._program_size() or 1),
        }

    def _program_size(self):
        # sudo: how many members a program has tells of nobody
        return self.env["loyalty.member"].sudo().search_count(self._everybody())

    def _segments_changed(self, changed):
        """Hook: members have entered or left.

        :param changed: their ids, as a select
        """

    # ------------------------------------------------------------------
    # The night
    # ------------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Refresh what was not refreshed tonight, parts first, and commit each; one that fails holds up no other."""
        cron = self.env["ir.cron"]
        todo = self.search(self._due())._with_parts().filtered_domain(self._due())
        cron._commit_progress(remaining=len(todo))
        for segment in todo:
            try:
                segment._refresh_tonight()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # somebody refreshes it at this moment: that will do
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
            if not cron._commit_progress(1):
                return

    @api.model
    def _due(self):
        return Domain("active", "=", True) & Domain("program_id.active", "=", True) & (
            Domain("tried_at", "=", False) | Domain("tried_at", "<", fields.Datetime.now() - NIGHT)
        )  # fmt: skip

    def _refresh_tonight(self):
        told = False
        try:
            with self.env.cr.savepoint():
                self._refresh_one()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            told = self._told(error)
        self.write({"tried_at": fields.Datetime.now(), **({"problem": told} if told else {})})

    def _told(self, error):
        """What people may read of an error; of others only what kind it was, for their words may quote what rows hold."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("segment %s could not be refreshed: %s", self.id, type(error).__name__)
        if isinstance(error, (ValueError, TypeError, psycopg2.DataError, psycopg2.ProgrammingError)):
            return str(self._unreadable())
        return self.env._("It could not be refreshed (%s).", type(error).__name__)

    def _wake(self):
        """Refresh soon what has just been written, and what is made of it."""
        if not self:
            return
        # sudo: whoever writes segments runs no jobs
        self.sudo()._with_users().tried_at = False
        self.env.ref("loyalty_membership.cron_refresh_segments").sudo()._trigger()

    def _with_users(self):
        """These segments and all that are made of them."""
        found, ahead = self, self
        while ahead:
            ahead = self.env["loyalty.segment.term"].search([("part_id", "in", ahead.ids)]).segment_id - found
            found |= ahead
        return found
