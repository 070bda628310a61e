"""Points that an order of the till pays with: its reward lines say what is due, the ledger what is booked."""

import logging

from odoo import models
from odoo.addons.loyalty_membership.domain.points import quantize, to_decimal

from .pos_order import PAID

_logger = logging.getLogger(__name__)


class PosOrderSpending(models.Model):
    _inherit = "pos.order"

    def _loyalty_reconcile_spending(self, program):
        """Spend once what the reward lines cost, and give back what came back of them since.

        The goods are over the counter by now, so a till is never refused: what a member hasn't got (two tills without
        a connection, a card frozen meanwhile) is not taken, and the order says so.
        """
        booked = self._loyalty_spent_entries().filtered(lambda entry: entry.program_id == program)
        member = booked.member_id[:1] or self._loyalty_member_of(program)
        cost = self._loyalty_cost(program)
        if not member or (not cost and not booked):
            return
        if not booked:
            self._loyalty_spend(member, cost)
        elif (too_much := -sum(to_decimal(points) for points in booked.mapped("points")) - cost) > 0:
            booked._undo_spending(too_much)

    def _loyalty_spent_entries(self):
        return self.env["loyalty.points.entry"]._spent_by(self)

    def _loyalty_cost(self, program):
        """Points that the reward lines cost, less those of reward lines that were refunded; whole steps."""
        cost = to_decimal(0)
        for line in self.lines:
            if line.reward_id.program_id != program or line.refunded_orderline_id or line._loyalty_is_settling():
                continue
            refunds = line.refund_orderline_ids.filtered(lambda refund: refund.order_id.state in PAID)
            left = to_decimal(line.qty) + to_decimal(sum(refunds.mapped("qty")))
            # The screen counts in binary fractions: 110.00000000000001 points are 110.
            cost += to_decimal(round(line.points_cost, 6)) * max(left, to_decimal(0)) / to_decimal(line.qty or 1)
        return quantize(cost, program.points_precision, "up")

    def _loyalty_spend(self, member, cost):
        member._lock()
        self.env["loyalty.points.entry"].sudo()._catch_up(member)
        member.invalidate_recordset(["points"])
        may = member.state == "active" and member.active
        points = min(cost, max(to_decimal(member.points), to_decimal(0))) if may else to_decimal(0)
        if points < cost:
            _logger.info("%s: %s of %s points of member %s could not be taken", self.name, cost - points, cost, member.id)
            self.message_post(body=self.env._(
                "%(cost)s points paid for this order, but %(member)s had only %(points)s.",
                cost=f"{cost:g}", member=member.display_name, points=f"{points:g}",
            ))  # fmt: skip
        if points:
            self.env["loyalty.points.entry"].sudo()._post([{
                "member_id": member.id,
                "kind": "spend",
                "points": -points,
                "origin_model": "pos.order",
                "origin_id": self.id,
                "note": self.name,
            }])  # fmt: skip
