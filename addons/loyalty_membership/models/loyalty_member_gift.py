"""Points that one member gives to another: who may, how many, and what it costs."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..domain.lots import taken_first
from ..domain.points import plain, quantize, to_decimal


class LoyaltyMemberGift(models.Model):
    _inherit = "loyalty.member"

    def _give(self, target, points, reason):
        """Send points to another member, whose lots keep their last days; the sender pays the program's fee.

        :param points: Decimal; what arrives
        :return: the entries of both, with the fee's
        """
        self.ensure_one()
        (self | target)._lock()
        (self | target).invalidate_recordset()
        entries = self.env["loyalty.points.entry"]
        entries._catch_up(self | target)
        self._check_may_give(target)
        self._check_gift(points)
        booked = entries._transfer(self, target, float(points), reason, kind="gift")
        if fee := self.program_id._transfer_fee(points):
            detail = {"transfer": "fee", "other": target.id}
            booked |= entries._post([{"member_id": self.id, "kind": "transfer_out", "points": -float(fee), "detail": detail}])
        self._log_gift(target, points, fee, reason)
        return booked

    def _check_user_may_give(self):
        """Refuse who may not book a transfer of this member."""
        self.check_access("write")
        if self.env.su or self.env.user.has_group("loyalty_membership.group_manager"):
            return
        allowed = self.program_id.transfer_by_store and self.env.user.has_group("loyalty_membership.group_store")
        if not allowed:
            raise AccessError(self.env._("Only a membership manager may transfer points between members of this program."))

    def _check_may_give(self, target):
        """Refuse a transfer between these two, however many points; without a target, whatever the other one is."""
        if not self.program_id.transfer_allowed:
            raise UserError(self.env._("%s doesn't allow transfers between members.", self.program_id.display_name))
        if target and target == self:
            raise UserError(self.env._("Choose another member to transfer points to."))
        if target and target.program_id != self.program_id:
            raise UserError(self.env._("%s is a member of another program: points stay within theirs.", target.display_name))
        for member in self | target:
            if member.merged_into_id:
                raise UserError(member._merged_message())
            member._refuse_erased()
            member._check_not_barred()
            if member.points_debt:
                raise UserError(self.env._(
                    "%(member)s owes %(points)s points: nothing can be transferred before they are paid off.",
                    member=member.display_name, points=plain(to_decimal(member.points_debt)),
                ))  # fmt: skip

    def _check_gift(self, points):
        """Refuse more points than the program allows, or than the member has with the fee."""
        program = self.program_id
        if points <= 0 or quantize(points, program.points_precision, "down") != points:
            raise UserError(self.env._(
                "Enter how many points to transfer, in steps of %s.", program.points_precision
            ))  # fmt: skip
        most, monthly = to_decimal(program.transfer_max), to_decimal(program.transfer_max_month)
        if most and points > most:
            raise UserError(self.env._("At most %s points can be transferred at once.", plain(most)))
        if monthly and points > (left := max(monthly - self._given_this_month(), 0)):
            raise UserError(self.env._(
                "A member may transfer %(most)s points a month; %(left)s are left for %(member)s.",
                most=plain(monthly), left=plain(left), member=self.display_name,
            ))  # fmt: skip
        needed = points + program._transfer_fee(points)
        if needed > to_decimal(self.points):
            raise UserError(self.env._(
                "%(member)s can spend %(points)s points; the transfer takes %(needed)s with its fee. Pending points can't be "
                "transferred.",
                member=self.display_name, points=plain(to_decimal(self.points)), needed=plain(needed),
            ))  # fmt: skip

    def _given_this_month(self):
        """Points sent since the first of the month, in the program's time zone; Decimal."""
        zone = ZoneInfo(self.program_id.tz or "UTC")
        first = datetime.combine(self.program_id._today().replace(day=1), time(), zone).astimezone(UTC).replace(tzinfo=None)
        sent = self.env["loyalty.points.entry"].search_fetch(
            [("member_id", "=", self.id), ("kind", "=", "transfer_out"), ("date", ">=", first), ("points", "<", 0)],
            ["points", "detail"],
        )
        return sum((to_decimal(-entry.points) for entry in sent if (entry.detail or {}).get("transfer") == "gift"), to_decimal(0))

    def _lots_to_give(self, points):
        """The last days of the points that would be sent, the first to end first: list of (day or None, points)."""
        lots = self.env["loyalty.points.entry"].search([("member_id", "=", self.id), ("remaining", ">", 0)])
        return taken_first([(lot.expires_on or None, lot.date, lot.id, to_decimal(lot.remaining)) for lot in lots], points)

    def _log_gift(self, target, points, fee, reason):
        fee = self.env._(" (fee: %s points)", plain(fee)) if fee else ""
        sent, got = plain(points) + fee, plain(points)
        self._message_log(body=self.env._(
            "Transferred %(points)s points to %(member)s: %(reason)s", points=sent, member=target._masked(), reason=reason
        ))  # fmt: skip
        target._message_log(body=self.env._(
            "Got %(points)s points from %(member)s: %(reason)s", points=got, member=self._masked(), reason=reason
        ))  # fmt: skip
