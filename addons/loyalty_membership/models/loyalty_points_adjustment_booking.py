"""Booking the lines: in committed batches, each line exactly once, whoever kills or runs the job."""

import logging
import traceback

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .halving import done_in_halves

_logger = logging.getLogger(__name__)

#: Members a committed batch: large enough that statements count, small enough that a till hardly waits.
BATCH = 2_000
#: How often a step of the job is tried that somebody else's booking collides with.
TRIES = 5


class LoyaltyPointsAdjustmentBooking(models.Model):
    _inherit = "loyalty.points.adjustment"

    @api.model
    def _cron_book(self):
        """Book what is running; can stop anywhere, and run anywhere at the same time."""
        cron = self.env["ir.cron"]
        # sudo: the job books for all companies
        running = self.sudo().search([("state", "=", "running"), ("paused", "=", False)], order="id")
        waiting = self.env["loyalty.points.adjustment.line"].sudo()
        waiting = waiting.search_count([("adjustment_id", "in", running.ids), ("state", "=", "waiting")])
        cron._commit_progress(remaining=waiting)
        for adjustment in running:
            while booked := adjustment._retried(adjustment._book_next):
                if not cron._commit_progress(booked):
                    return
            adjustment._retried(adjustment._finish)
            cron._commit_progress()

    def _book_next(self):
        """Book a batch; how many lines it had. Whoever is in somebody else's hands is passed over."""
        claimed = self._claim()
        self._book_lines(claimed)
        return len(claimed)

    def _retried(self, step):
        """Take a step of the job, anew where somebody else's booking collides with it."""
        left = TRIES
        while True:
            left -= 1
            try:
                result = step()
                self.env.flush_all()
                return result
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if not left:
                    raise

    def _claim(self):
        """Lock the next lines with their members, cards in the order of their ids; a line that another worker has is its."""
        rows = self.env.execute_query(SQL(
            """SELECT l.id FROM loyalty_points_adjustment_line l
                 JOIN loyalty_points_adjustment a ON a.id = l.adjustment_id AND a.state = 'running' AND a.paused IS NOT TRUE
                 JOIN loyalty_member m ON m.id = l.member_id
                 JOIN loyalty_card c ON c.id = m.card_id
                WHERE l.adjustment_id = %s AND l.state = 'waiting'
                ORDER BY l.id LIMIT %s FOR NO KEY UPDATE OF l, c, m SKIP LOCKED""",
            self.id, BATCH,
        ))  # fmt: skip
        return [row[0] for row in rows]

    def _book_at_once(self):
        """Book all lines now: they are few, and somebody waits for them."""
        lines = self.env["loyalty.points.adjustment.line"].search([("adjustment_id", "=", self.id), ("state", "=", "waiting")])
        lines.member_id._lock()
        self._book_lines(lines.ids)
        self._finish()

    # ------------------------------------------------------------------
    # A batch, whose members are locked
    # ------------------------------------------------------------------

    def _book_lines(self, ids):
        """Book these lines; whatever is wrong with one member, the others are booked."""
        if ids:
            done_in_halves(self.env, ids, self._post_lines, self._fail)

    def _post_lines(self, ids):
        """Book these lines in a fixed number of statements."""
        # sudo: the ledger is nobody's to write; its entries name the requester
        own = self.with_user(self.requested_by_id).sudo()
        entries = own.env["loyalty.points.entry"]
        lines = own.env["loyalty.points.adjustment.line"].browse(ids)
        lines.flush_model()
        own.flush_model()
        entries._catch_up(lines.member_id)
        own._fail_unbookable(ids)
        post = entries._restore if self.reverses_id and self.kind == "grant" else entries._post
        booked = post(own._batch(ids))
        self.env.cr.execute(SQL(
            """UPDATE loyalty_points_adjustment_line l SET state = 'done', entry_id = e.id, write_date = %(now)s
                 FROM loyalty_points_entry e
                WHERE l.id = ANY(%(lines)s) AND l.state = 'waiting' AND e.id = ANY(%(entries)s)
                  AND e.member_id = l.member_id AND e.kind = 'adjust'""",
            lines=ids, entries=booked.ids, now=fields.Datetime.now(),
        ))  # fmt: skip
        lines.invalidate_model()
        if self.is_qualifying and self.kind == "grant":
            booked.member_id._update_tiers()
        if self.audience == "one":
            own._log_on_member(booked)

    def _batch(self, ids):
        """The entries of these lines, as SQL for the ledger's door."""
        sign = 1 if self.kind == "grant" else -1
        expires = sign > 0 and not self.reverses_id and (self.expires_on or self.program_id._expires_on(self.program_id._today()))
        return SQL(
            """SELECT l.member_id, 'adjust', %(points)s::numeric, %(qualifying)s, 0, %(now)s::timestamp, NULL::date,
                      %(expires)s::date, NULL::integer, NULL::integer, l.reverses_id,
                      %(model)s, %(id)s, NULL::jsonb, NULL::jsonb, %(reason)s
                 FROM loyalty_points_adjustment_line l
                 JOIN loyalty_member m ON m.id = l.member_id
                WHERE l.id = ANY(%(lines)s) AND l.state = 'waiting' ORDER BY l.id""",
            points=sign * self.points, qualifying=self._qualifying(sign), now=fields.Datetime.now(), expires=expires or None,
            model=self._name, id=self.id, reason=self.reason, lines=ids,
        )  # fmt: skip

    def _qualifying(self, sign):
        """What a line changes of ``loyalty_member m``'s qualifying points, as SQL: undone exactly, never taken below zero."""
        if self.reverses_id:
            return SQL("(SELECT -o.qualifying_points FROM loyalty_points_entry o WHERE o.id = l.reverses_id)")
        if not self.is_qualifying:
            return SQL("0")
        if sign > 0:
            return SQL("%s::numeric", self.points)
        return SQL("-LEAST(%s::numeric, GREATEST(m.qualifying_points, 0))", self.points)

    def _fail_unbookable(self, ids):
        """Mark those of these lines that can't be booked, with why."""
        self.env["loyalty.member"].flush_model()
        self.env["loyalty.card"].flush_model(["points"])
        self.env.cr.execute(SQL(
            """UPDATE loyalty_points_adjustment_line l
                  SET state = 'failed', failure = w.failure, detail = w.detail, write_date = %(now)s
                 FROM (SELECT m.id, %(why)s AS failure, CASE WHEN %(why)s = 'short' THEN c.points::numeric::text END AS detail
                         FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id
                         JOIN loyalty_points_adjustment_line l ON l.member_id = m.id
                        WHERE l.id = ANY(%(ids)s)) w
                WHERE l.id = ANY(%(ids)s) AND l.member_id = w.id AND w.failure IS NOT NULL""",
            why=self._why_not(self._has_expired(), self._decided_over().ids), ids=ids, now=fields.Datetime.now(),
        ))  # fmt: skip

    def _decided_over(self):
        """The members of whoever lets this be booked: the approver, or the requester where nobody was asked."""
        return self.env["loyalty.member"]._of_user(self.decided_by_id or self.requested_by_id, self.program_id)

    def _why_not(self, has_expired, own=()):
        """Why ``loyalty_member m`` with ``loyalty_card c`` can't be booked for, as SQL; NULL: nothing hinders.

        One member is adjusted whatever state they are in, on purpose; so is a mistake undone.

        :param has_expired: whether the points that would be taken back have, as SQL
        :param own: ids of the members of who decides
        """
        barred = SQL("m.state <> 'active' OR m.active IS NOT TRUE") if self.audience in ("list", "segment") else SQL("false")
        takes = self.kind == "deduct"
        return SQL(
            """CASE WHEN m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL THEN 'gone'
                    WHEN m.id = ANY(%s::int[]) THEN 'own'
                    WHEN %s THEN 'barred'
                    WHEN %s THEN 'expired'
                    WHEN %s THEN 'short' END""",
            list(own),
            barred,
            has_expired if takes and self.reverses_id else SQL("false"),
            SQL("c.points::numeric < %s", self.points) if takes else SQL("false"),
        )

    def _has_expired(self):
        """Whether points that would be taken back are gone by themselves, as SQL over the line ``l``."""
        return SQL(
            """EXISTS (SELECT FROM loyalty_points_allocation t JOIN loyalty_points_entry x ON x.id = t.entry_id
                        WHERE t.lot_id = l.reverses_id AND x.kind = 'expire')"""
        )

    def _fail(self, ids, error):
        line = self.env["loyalty.points.adjustment.line"].sudo().browse(ids)
        line.write({"state": "failed", "failure": "refused", "detail": self._failure(line, error)})

    def _failure(self, line, error):
        """What to tell of an error: only what was written for people to read."""
        if isinstance(error, UserError):
            return str(error)
        # Where it happened, without the error's own words: they may hold the member's data.
        where = "".join(traceback.format_tb(error.__traceback__))
        _logger.warning("%s: line %s is left out: %s\n%s", self.name, line.id, type(error).__name__, where)
        return self.env._("%s; the server's log says more", type(error).__name__)

    # ------------------------------------------------------------------
    # The end
    # ------------------------------------------------------------------

    def _wait_again(self):
        """Let all that failed wait once more; how many did."""
        self.env["loyalty.points.adjustment.line"].flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_points_adjustment_line SET state = 'waiting', failure = NULL, detail = NULL, write_date = %s
                WHERE adjustment_id = %s AND state = 'failed'""",
            fields.Datetime.now(), self.id,
        ))  # fmt: skip
        count = self.env.cr.rowcount
        self.env["loyalty.points.adjustment.line"].invalidate_model()
        self.invalidate_recordset()
        return count

    def _cancel_waiting(self):
        """Nobody else is booked; lines that a worker has in hand are."""
        # sudo: lines are written by these methods alone
        lines = self.env["loyalty.points.adjustment.line"].sudo()
        lines.flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_points_adjustment_line SET state = 'cancelled', write_date = %s
                WHERE id IN (SELECT id FROM loyalty_points_adjustment_line WHERE adjustment_id = %s AND state = 'waiting'
                                FOR UPDATE SKIP LOCKED)""",
            fields.Datetime.now(), self.id,
        ))  # fmt: skip
        lines.invalidate_model()
        self.invalidate_recordset()

    def _finish(self):
        """Say that it is over, if nobody waits any more."""
        self.invalidate_recordset()
        if self.state != "running" or self.waiting_count:
            return
        self.write({"state": "done" if self.done_count or self.failed_count else "cancelled", "paused": False})

    def _log_on_member(self, entries):
        approved = self.decided_by_id.name
        for entry in entries.filtered(lambda entry: entry.kind == "adjust"):
            body = self.env._(
                "%(number)s: %(points)s points. %(reason)s", number=self.name, points=f"{entry.points:+g}", reason=self.reason
            )
            if approved:
                body += " " + self.env._("Approved by %s.", approved)
            entry.member_id._message_log(body=body)
