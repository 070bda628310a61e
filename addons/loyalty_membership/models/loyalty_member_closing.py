"""Closing a member: what becomes of the points is said then, and stands in log and ledger."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..domain.points import plain, to_decimal


class LoyaltyMemberClosing(models.Model):
    _inherit = "loyalty.member"

    points_end_on = fields.Date(
        readonly=True, copy=False, index="btree_not_null", help="Of a closed member: the last day of the points that are left."
    )

    def _close(self, reason, points="keep", days=0, target=None, withdraw=False):
        """Close a member and settle the points that are left.

        :param points: ``keep``, ``expire`` after some ``days``, ``forfeit`` now, or ``transfer`` to the ``target``
        :param withdraw: whether pending points are withdrawn; else they become points like the others
        """
        self._refuse_erased()
        self._lock()
        for member in self:
            end = member.program_id._today() + timedelta(days=days) if points == "expire" else False
            member.write({"state": "closed", "state_reason": reason, "frozen_until": False, "points_end_on": end})
            member.env["loyalty.points.entry"]._catch_up(member)
            pending = member._withdraw_pending() if withdraw else 0
            told = [member.env._("Closed: %s", reason), member._settle_points(points, reason, target)]
            if pending:
                told.append(member.env._("%s pending points were withdrawn.", plain(to_decimal(pending))))
            member._message_log(body=" ".join(filter(None, told)))

    def _withdraw_pending(self):
        pending = self.entry_ids.filtered(lambda entry: entry.state == "pending" and entry.kind == "earn")
        before = self.points_pending
        pending._withdraw()
        self.invalidate_recordset()
        return before - self.points_pending

    def _settle_points(self, points, reason, target):
        """Do with the points that are left what was chosen, and say so."""
        self.invalidate_recordset()
        entries, left = self.env["loyalty.points.entry"], self.points
        told = {"points": plain(to_decimal(left))}
        if left <= 0:
            return ""
        if points == "forfeit":
            note = self.env._("Closed: %s", reason)
            entries._post([{"member_id": self.id, "kind": "adjust", "points": -left, "note": note}], locked=True)
            return self.env._("%(points)s points were forfeited.", **told)
        if points == "transfer":
            self._check_heir(target)
            entries._transfer(self, target, left, reason, kind="close")
            target._message_log(body=self.env._(
                "Got %(points)s points from %(member)s, who was closed.", member=self._masked(), **told
            ))  # fmt: skip
            return self.env._("%(points)s points went to %(member)s.", member=target._masked(), **told)
        if points == "expire":
            day = format_date(self.env, self.points_end_on)
            return self.env._("%(points)s points end on %(day)s.", day=day, **told)
        return self.env._("%(points)s points stay.", **told)

    def _check_heir(self, target):
        if not target or target == self or target.program_id != self.program_id:
            raise UserError(self.env._("Choose another member of the same program for the points."))
        if target.merged_into_id:
            raise UserError(target._merged_message())
        target._refuse_erased()
        target._check_not_barred()

    @api.model
    def _cron_end_points(self):
        """End the points of closed members whose last day is over."""
        self.env["loyalty.points.entry"]._run_in_chunks(self._members_to_empty, lambda members: members._end_points())

    @api.model
    def _members_to_empty(self):
        today = self.env["loyalty.points.entry"]._today()
        return self._members_past(SQL("m.state = 'closed' AND m.points > 0 AND m.points_end_on < %s", today))

    def _end_points(self):
        """Book the end of what closed members have left, at the end of the last day that they were told."""
        entries = self.env["loyalty.points.entry"]
        entries._catch_up(self)
        self.invalidate_recordset()
        entries._post(
            [
                {
                    "member_id": member.id,
                    "kind": "expire",
                    "points": -member.points,
                    "note": self.env._("Closed: %s", member.state_reason or ""),
                }
                for member in self
                if member.points > 0
            ],
            locked=True,
        )
