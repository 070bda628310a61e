"""The job that does what is in the inbox: in committed batches that can stop anywhere; what fails holds up nothing else."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.halving import done_in_halves
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..domain.inbox import wait
from .loyalty_inbox import ANONYMOUS, NOT_YET, UNKNOWN, WAITING

_logger = logging.getLogger(__name__)

BATCH = 500
#: What fails for a reason that nobody foresaw is tried so often.
TRIES = 5
#: So many batches in a row meet somebody else's booking before the job leaves the rest to its next run.
CONFLICTS = 3
#: Purchases before what takes them back.
ORDER = ("enrolment", "contact", "purchase", "refund", "void", "delivery")


class LoyaltyInboxProcessing(models.Model):
    _inherit = "loyalty.inbox"

    @api.model
    def _cron_process(self):
        """Do what is due, each batch in a transaction of its own."""
        cron, conflicts = self.env["ir.cron"], 0
        cron._commit_progress(remaining=self._count_due())
        while batch := self._claim(BATCH):
            try:
                batch._process()
                done, conflicts = len(batch), 0
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:  # members who buy at this moment: see what they bought, and try again
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                done, conflicts = 0, conflicts + 1
            if not cron._commit_progress(done, remaining=self._count_due()) or conflicts >= CONFLICTS:
                return
        self._end_waiting()

    @api.model
    def _due(self):
        """Rows that are to be done now; those of a connection that is not switched on wait, and callbacks have their own job."""
        return SQL(
            """i.state IN ('received', 'parked') AND i.kind <> 'callback' AND i.next_attempt_at <= %s AND EXISTS (
                   SELECT FROM loyalty_connection c WHERE c.id = i.connection_id AND c.state IN ('active', 'error'))""",
            fields.Datetime.now(),
        )

    @api.model
    def _count_due(self):
        """How many are to be done, as far as many: it is asked after each batch, and a year's documents may wait."""
        self.env.flush_all()
        [[count]] = self.env.execute_query(SQL(
            "SELECT count(*) FROM (SELECT FROM loyalty_inbox i WHERE %s LIMIT %s) due", self._due(), 20 * BATCH
        ))  # fmt: skip
        return count

    @api.model
    def _claim(self, limit):
        """Some rows that are due, locked; those that somebody else works at are left to them."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            "SELECT i.id FROM loyalty_inbox i WHERE %s ORDER BY i.next_attempt_at, i.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            self._due(), limit,
        ))  # fmt: skip
        return self.browse([row_id for (row_id,) in rows])

    def _lock_waiting(self):
        """Those of these rows that still wait and that nobody else works at, locked."""
        locked = self.try_lock_for_update(allow_referencing=True)
        locked.invalidate_recordset()
        return locked.filtered(lambda row: row.state in WAITING)

    def _process(self):
        """Do these rows, which the caller has locked, and what has waited for them."""
        todo = self
        for kind in ORDER:
            rows = todo.filtered(lambda row, kind=kind: row.kind == kind)
            for group in rows.grouped("connection_id").values():
                group.sorted("id")._told_to_readers()._process_or_set_aside()
            if kind == "purchase":
                todo |= rows._waiting_for_these()

    def _told_to_readers(self):
        """Reasons of what was fetched are read by the responsible of the connection; stores are still found as without."""
        lang = self[:1].stream and self.connection_id._readers_lang()
        return self.with_context(lang=lang, facade_lang=self.env.context.get("lang")) if lang else self

    def _waiting_for_these(self):
        """Parked refunds of these purchases, if they are booked now; locked."""
        found = self.browse()
        for connection, rows in self.filtered("transaction_id").grouped("connection_id").items():
            found |= self.search([
                ("state", "=", "parked"),
                ("connection_id", "=", connection.id),
                ("original_reference", "in", rows.mapped("event_id")),
            ])
        return found._lock_waiting()

    def _process_or_set_aside(self):
        """Do these rows of one kind; one that can't be done is set aside, and holds up no other."""
        inbox = type(self)
        done_in_halves(self.env, self, getattr(inbox, f"_process_{self[0].kind}"), inbox._set_aside)

    def _set_aside(self, error):
        """Keep a row that fails for another try; what was written for people to read is no accident, and final."""
        if isinstance(error, UserError):
            self._fail("refused", str(error), int(error.http_status))
            return
        # Only what kind of error it was: its words may quote what somebody bought.
        _logger.warning("inbox %s: it could not be done: %s", self.id, type(error).__name__)
        attempts = self.attempts + 1
        self.write({
            "attempts": attempts,
            "state": "received" if attempts < TRIES else "dead",
            "next_attempt_at": fields.Datetime.now() + timedelta(seconds=wait(attempts)),
            "error_code": "error",
            "error_message": self.env._("It could not be done (%s).", type(error).__name__),
        })

    # ------------------------------------------------------------------
    # What becomes of a row
    # ------------------------------------------------------------------

    def _finish(self, body, transaction_id=False, duplicate=False):
        """It is done; what is answered now is answered whenever it is sent again.

        :param body: plain JSON
        """
        self.write({
            "state": "duplicate" if duplicate else "done",
            "transaction_id": transaction_id,
            "result": {"status": 201, "body": body},
            "done_at": fields.Datetime.now(),
            "next_attempt_at": False,
            "error_code": False,
            "error_message": False,
        })

    def _fail(self, code, message, status=422, argument=None):
        """It can't be done as it is: somebody has to look at it."""
        body = {"status": "failed", "error": code, "message": message}
        if argument:
            body["argument"] = argument
        self.write({
            "state": "dead",
            "error_code": code,
            "error_message": message[:1000],
            "result": {"status": status, "body": body},
            "next_attempt_at": False,
        })

    def _park(self, code, message, again=True):
        """It waits for something else; looked at again by the time, or only when somebody asks (``again`` False)."""
        now = fields.Datetime.now()
        for row in self:
            attempts = row.attempts + 1
            row.write({
                "state": "parked",
                "attempts": attempts,
                "next_attempt_at": again and now + timedelta(seconds=wait(attempts)),
                "error_code": code,
                "error_message": message,
            })

    @api.model
    def _end_waiting(self):
        """Give up what has waited for longer than its connection is patient.

        Tickets of nobody that nobody has claimed, and documents of customers who haven't joined, are no failure: they are done,
        and have earned nothing. What waits for its day waits until then.
        """
        now = fields.Datetime.now()
        for connection in self.env["loyalty.connection"].search([("state", "!=", "draft")]):
            rows = self.search([
                ("connection_id", "=", connection.id),
                ("state", "=", "parked"),
                ("create_date", "<", now - timedelta(days=connection.inbox_patience_days)),
                ("error_code", "!=", NOT_YET),
            ])
            nobodys = rows.filtered(lambda row: row.error_code == ANONYMOUS or (row.stream and row.error_code == UNKNOWN))
            nobodys.write({"state": "done", "done_at": now, "next_attempt_at": False})
            (rows - nobodys).write({"state": "dead", "next_attempt_at": False})
        self.env["ir.cron"]._commit_progress()
