"""The import itself: batches that are committed, each row once, and a row that fails fails alone."""

import json
import logging
import threading
import traceback
from contextlib import contextmanager

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain.import_files import BadFile
from .halving import done_in_halves
from .in_process import MOVED_IN
from .loyalty_member_import import AT_WORK
from .loyalty_member_import_check import READ

_logger = logging.getLogger(__name__)

CHUNK = 500
#: A batch that meets somebody else's booking is tried again so often before the job gives up until its next run.
ATTEMPTS = 3


@contextmanager
def _queries_not_logged():
    """Odoo logs a query that fails with all its values: rows of people.  Others of this process go on logging theirs."""
    mine = threading.get_ident()
    logger, others = logging.getLogger("odoo.sql_db"), lambda record: record.thread != mine
    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)


def _of_rows(act):
    """``act`` for groups of rows."""
    return lambda groups, *args: act([row for group in groups for row in group], *args)


class LoyaltyMemberImportRun(models.Model):
    _inherit = "loyalty.member.import"

    @api.model
    def _cron_work(self):
        """Go on with what is to be read, checked or imported, each import as the user who started it."""
        for record in self.search([("state", "in", AT_WORK)], order="id"):
            record._work()
            self.env["ir.cron"]._commit_progress()
        left = self.search_count([("state", "in", AT_WORK)])
        self.env["ir.cron"]._commit_progress(remaining=left)

    def _work(self):
        """Take the step that the state asks for; what fails for good stops the import and says why."""
        worker = self._as_importer()
        try:
            worker._check_may_import()
            step, following = {
                "reading": (worker._read_step, "checking"),
                "checking": (worker._check_step, "checked"),
                "running": (worker._run_step, "done"),
            }[worker.state]
            with _queries_not_logged():
                if step():
                    worker._keep({"state": following})
        except BadFile as error:
            self.env.cr.rollback()
            self._give_up(worker._file_problem(error))
        except (psycopg2.errors.OperationalError, psycopg2.errors.InterfaceError):
            raise  # the job's next run goes on
        except Exception as error:  # one file must not keep those after it waiting
            self.env.cr.rollback()
            self._give_up(worker._failure(error))

    def _give_up(self, problem):
        self._keep({"state": "stopped" if self.state == "running" else "draft", "problem": problem})

    def _as_importer(self):
        """This import as who started it: its rights, its language, the program's company."""
        worker = self.with_user(self.user_id).with_company(self.program_id.company_id)
        return worker.with_context(lang=self.user_id.lang, tz=self.user_id.tz)

    def _members(self):
        """Members as an import makes them: nobody is followed, tracked or welcomed."""
        quiet = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True, "mail_notrack": True}
        # Odoo's own word for contacts without parent and children, which have nobody to share an address with.
        quiet["_partners_skip_fields_sync"] = True
        if not self.welcome:
            quiet |= MOVED_IN | {"loyalty_no_mail": True}
        return self.env["loyalty.member"].with_context(**quiet)

    def _run_step(self):
        """Import the rows that wait, in committed batches; whether all are."""
        while rows := self._next_rows("todo", CHUNK):
            self._import_batch(self._with_their_lots(rows))
            left = self._row_count("todo")
            time_left = self.env["ir.cron"]._commit_progress(len(rows), remaining=left)
            self.env.invalidate_all()  # what is committed may be changed by others, and has its place in memory no more
            if not self._still("running") or (left and not time_left):
                self._sum_up_run()
                return False
        referred = self._refer()
        self._sum_up_run()
        return referred

    def _with_their_lots(self, rows):
        """These rows, and of lots all others of the same persons."""
        if rows[0]["sheet"] != "points":
            return rows
        return rows + self.env.execute_query_dict(SQL(
            """SELECT %s FROM loyalty_member_import_row
                WHERE import_id = %s AND state = 'todo' AND sheet = 'points' AND person = ANY(%s) AND number > %s
                ORDER BY number FOR NO KEY UPDATE""",
            READ, self.id, list({row["person"] for row in rows}), rows[-1]["number"],
        ))  # fmt: skip

    def _import_batch(self, rows, land=None, fail=None):
        """Import these rows, whatever one of them is like."""
        groups = self._inseparable(rows)
        land, fail = _of_rows(land or self._land), _of_rows(fail or self._fail_to_land)
        for attempt in range(ATTEMPTS):
            try:
                done_in_halves(self.env, groups, land, fail, again=psycopg2.errors.OperationalError)
                return
            except psycopg2.errors.OperationalError:  # what somebody else does at this moment: see it, and try again
                self.env.cr.rollback()
                self.env.invalidate_all()
                if attempt == ATTEMPTS - 1:
                    raise

    def _inseparable(self, rows):
        """Each row by itself, but the lots of a person together: an opening balance is given once."""
        groups = {}
        for row in rows:
            groups.setdefault(row["person"] if row["sheet"] == "points" else row["id"], []).append(row)
        return list(groups.values())

    def _fail_to_land(self, rows, error):
        told = self._failure(error)
        self._note_run([dict(row, state="failed", member_id=None, told=told) for row in rows])

    def _failure(self, error):
        """What to tell of an error: only what was written for people to read.

        The log says where it happened, and nothing of what was in the row: that is somebody's personal data.
        """
        if isinstance(error, UserError):
            return str(error)
        where = "".join(traceback.format_tb(error.__traceback__))
        what = getattr(getattr(error, "diag", None), "constraint_name", None) or ""
        _logger.warning("import %s: something could not be imported: %s %s\n%s", self.id, type(error).__name__, what, where)
        return self.env._("This could not be imported (%s); the server's log says more.", type(error).__name__)

    def _land(self, rows):
        land = self._land_members if rows[0]["sheet"] == "members" else self._land_lots
        self._note_run(land(rows))

    def _note_run(self, rows):
        data = [
            {"id": row["id"], "state": row["state"], "member": row.get("member_id"), "told": row.get("told"),
             "referrer": row.get("referrer")}
            for row in rows
        ]  # fmt: skip
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_import_row r
                  SET state = d.state, member_id = d.member, message = COALESCE(d.told, r.message), referrer = d.referrer
                 FROM jsonb_to_recordset(%s::jsonb) AS d(id int, state text, member int, told text, referrer text)
                WHERE r.id = d.id""", json.dumps(data, ensure_ascii=False),
        ))  # fmt: skip
        self.env["loyalty.member.import.row"].invalidate_model()

    def _sum_up_run(self):
        groups = dict(self.env["loyalty.member.import.row"]._read_group([("import_id", "=", self.id)], ["state"], ["__count"]))
        self._keep({f"done_{state}": groups.get(state, 0) for state in ("created", "filled", "booked", "skipped", "failed")})
