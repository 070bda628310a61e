"""From a draft to done: what is checked, what waits for somebody else, what can be stopped and undone."""

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, float_compare

#: Up to so many members are booked while the user waits.
AT_ONCE = 20


class LoyaltyPointsAdjustmentFlow(models.Model):
    _inherit = "loyalty.points.adjustment"

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def action_submit(self):
        """Fix who is concerned, and book it; or let it wait for a manager where it is large."""
        self._check_manager()
        for adjustment in self:
            adjustment._check_asked()
            adjustment._freeze_audience()
            adjustment._number_of_day()
            if adjustment._needs_approval():
                adjustment._wait_for_approval()
            else:
                adjustment._start()
        return self._tell_submitted()

    def _check_manager(self):
        self.check_access("write")
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may adjust points."))

    def _check_asked(self):
        """Refuse what is incomplete, in words that say what is missing."""
        if self.state != "draft":
            raise UserError(self.env._("%s was submitted already.", self.name))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the points change: members and auditors read it."))
        if not self.points > 0:  # NaN isn't, either
            raise UserError(self.env._("Enter how many points: a number above 0."))
        step = float(self.program_id.points_precision)
        if float_compare(self.points, round(self.points / step) * step, precision_digits=4):
            raise UserError(self.env._("The program's points are counted in steps of %s.", f"{step:g}"))
        if self.expires_on and self.kind == "grant" and self.expires_on < self.program_id._today():
            raise UserError(self.env._("The points would have expired already: choose a later last day."))

    def _number_of_day(self):
        """Note that this is the requester's next request of the day in this program (see ``_day_number_unique``)."""
        today = self.program_id._today()
        mine = [("requested_by_id", "=", self.env.uid), ("program_id", "=", self.program_id.id), ("day", "=", today)]
        last = self.sudo().search(mine, order="day_number desc", limit=1)  # sudo: those of a company left meanwhile count, too
        self.sudo().write({"requested_by_id": self.env.uid, "day": today, "day_number": last.day_number + 1})

    def _needs_approval(self):
        own = bool(self._concerning(self.env.user))
        if self.program_id.adjustment_approval:
            return own or self._is_above_limits()
        if own and not self.env.su:
            raise UserError(self.env._(
                "You are one of these members, and nobody gives points to themselves or takes them: leave yourself out, or let "
                "another manager submit it.",
            ))  # fmt: skip
        return False

    def _is_above_limits(self):
        program = self.program_id
        most, total = self._points_of_day()
        return any(
            float_compare(points, limit, precision_digits=2) > 0
            for points, limit in ((most, program.adjustment_member_limit), (total, program.adjustment_total_limit))
        )

    def _points_of_day(self):
        """The most for one of these members, and all, with what the requester has booked today without approval."""
        self.env["loyalty.points.adjustment"].flush_model()
        [row] = self.env.execute_query(SQL(
            """WITH today AS (
                   SELECT l.member_id, a.points, a.id FROM loyalty_points_adjustment a
                     JOIN loyalty_points_adjustment_line l ON l.adjustment_id = a.id
                    WHERE a.id = %(id)s
                       OR a.requested_by_id = %(uid)s AND a.program_id = %(program)s AND a.day = %(day)s
                          AND a.decided_by_id IS NULL AND a.state IN ('running', 'done') AND l.state <> 'cancelled')
               SELECT (SELECT MAX(points) FROM (SELECT SUM(points) AS points FROM today GROUP BY member_id
                                                HAVING BOOL_OR(id = %(id)s)) m),
                      (SELECT SUM(points) FROM today)""",
            id=self.id, uid=self.env.uid, program=self.program_id.id, day=self.day,
        ))  # fmt: skip
        return [float(points or 0) for points in row]

    def _wait_for_approval(self):
        if self.program_id.adjustment_attachment and not self.attachment_ids:
            raise UserError(self.env._(
                "%(program)s asks for an attachment above its limits: add a document that says why.",
                program=self.program_id.name,
            ))  # fmt: skip
        self.sudo().state = "to_approve"
        self._ask_for_approval()

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_approve(self):
        self._check_may_decide()
        self._note_decision()
        for adjustment in self:
            adjustment._start()

    def action_approve_selected(self):
        """Approve those that the user may; tell which were left alone."""
        allowed = self.filtered("may_decide")
        allowed.action_approve()
        message = self.env._("%s approved.", len(allowed))
        if left := self - allowed:
            names = ", ".join(left.mapped("name"))
            message += " " + self.env._("Left alone, as they are your own or don't wait: %s", names)
        return self._notification(message, "warning" if left else "success")

    def action_reject(self):
        """Ask for the reason."""
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "loyalty.points.adjustment.rejection",
            "view_mode": "form",
            "target": "new",
            "context": {"default_adjustment_ids": self.ids},
        }

    def _reject(self, reason):
        self._check_may_decide()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the requester reads it."))
        self._note_decision(reason)
        for adjustment in self:
            adjustment._cancel_waiting()
        self.sudo().state = "rejected"

    # ------------------------------------------------------------------
    # Running
    # ------------------------------------------------------------------

    def _start(self):
        """Book a few at once, many by the job."""
        self.ensure_one()
        own = self.sudo()  # sudo: the states are written by these methods alone
        own.state = "running"
        own.invalidate_recordset()
        if own.waiting_count > AT_ONCE:
            self._wake_job()
            return
        own._book_at_once()
        if own.audience == "one" and own.failed_count:
            failed = own.line_ids
            raise UserError(self.env._("%(member)s: %(why)s.", member=failed.member_id.display_name, why=failed.error))

    def _wake_job(self):
        # sudo: the job runs for whoever submitted
        self.env.ref("loyalty_membership.cron_adjustment_book").sudo()._trigger()

    def action_pause(self):
        self._check_manager()
        self.sudo().filtered(lambda adjustment: adjustment.state == "running").paused = True

    def action_resume(self):
        self._check_manager()
        self.sudo().filtered(lambda adjustment: adjustment.state == "running").paused = False
        self._wake_job()

    def action_cancel(self):
        """Take back what does not run yet; of what runs, the rest."""
        self._check_manager()
        for adjustment in self:
            if adjustment.state not in ("draft", "to_approve", "running"):
                raise UserError(self.env._("%s is over: reverse it instead.", adjustment.name))
            if adjustment.requested_by_id != self.env.user and adjustment._concerning(self.env.user):
                raise UserError(self.env._("%s concerns your own points: let another manager cancel it.", adjustment.name))
            adjustment._cancel_waiting()
            adjustment._forget_approval()
            own = adjustment.sudo()
            if own.state == "running":
                own._finish()
            else:
                own.write({"state": "cancelled", "pasted": False})

    def action_retry(self):
        """Try the failed members once more."""
        self._check_manager()
        for adjustment in self.sudo().filtered(lambda adjustment: adjustment.state == "done"):
            if adjustment._wait_again():
                adjustment._start()

    # ------------------------------------------------------------------
    # Undoing
    # ------------------------------------------------------------------

    def action_reverse(self):
        """Draft the adjustment that undoes this one, for whoever it was booked for; it is approved like any other."""
        self._check_manager()
        self.ensure_one()
        if not self.done_count or self.state == "running":
            raise UserError(self.env._("%s has booked nothing that could be undone, or is still running.", self.name))
        # sudo: whom it names is written by this method alone
        draft = self.sudo().create({
            "program_id": self.program_id.id,
            "kind": "deduct" if self.kind == "grant" else "grant",
            "points": self.points,
            "is_qualifying": self.is_qualifying,
            "audience": "reversal",
            "reverses_id": self.id,
            "reason": self.env._("Correction: %s", self.reason),
        })  # fmt: skip
        return draft._opened()

    def _opened(self):
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    def _notification(self, message, kind="success", **params):
        params = {"message": message, "type": kind, "next": {"type": "ir.actions.client", "tag": "soft_reload"}} | params
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _tell_submitted(self):
        """Close the window of a member's adjustment, and say so if it waits."""
        close = {"type": "ir.actions.act_window_close"}
        if not self.env.context.get("loyalty_in_window"):
            return True
        if waiting := self.filtered(lambda adjustment: adjustment.state == "to_approve"):
            told = waiting[:1].approval_notice or self.env._("%s waits for another manager's approval.", waiting[:1].name)
            return self._notification(told, "warning", next=close)
        return close
