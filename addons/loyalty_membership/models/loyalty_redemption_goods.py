"""What became of a gift's goods: what the customer has is paid for, what came back or never left is not."""

from odoo import models


class LoyaltyRedemptionGoods(models.Model):
    _inherit = "loyalty.redemption"

    def _has_left(self):
        """Whether any of it has ever gone to the customer, come back or not."""
        return any(move.state == "done" and move.location_dest_id.usage == "customer" for move in self.move_ids)

    def _number_out(self):
        """How many of those redeemed the customer has; who gets more than that pays for it otherwise."""
        return min(max(self._count_out(), 0), self.quantity)

    def _count_out(self):
        """Whole units of the gift that left and did not come back."""
        moved = self.move_ids.filtered(lambda move: move.state == "done")
        out = moved.filtered(lambda move: move.location_dest_id.usage == "customer")
        back = moved.filtered(self._came_back)
        return int(self._units(out) - self._units(back))

    def _came_back(self, move):
        """Whether goods came back for good: with an order only if its delivered quantity follows, as its invoices do."""
        return move.location_id.usage == "customer" and (move.to_refund or not self.sale_order_id)

    def _units(self, moves):
        unit = self.product_id.uom_id
        return sum(move.product_uom._compute_quantity(move.quantity, unit) for move in moves)

    def _follow_delivery(self):
        """Move on with what the warehouse did: done when the goods have left, cancelled when none will."""
        for redemption in self.filtered("move_ids"):
            number = redemption._number_out()
            redemption.sale_order_id._tell_delivered(number)
            if redemption._open_moves():
                continue
            if redemption.state in ("approved", "delivering", "done"):
                redemption._delivered(number)
            elif redemption.state == "cancelled" and number:
                # All of it came back, and goes out after all.
                redemption.item_id._take(redemption.quantity)
                redemption.end_reason = False
                redemption._delivered(number)

    def _delivered(self, number):
        if not number:
            self._end("cancelled", self.env._("The delivery was cancelled, or all of it came back."))
            self.quantity_back = self.quantity
            return
        if self.state != "done":
            self._done()
        before, self.quantity_back = self.quantity - self.quantity_back, self.quantity - number
        self.member_id._lock()
        self.sale_order_id._order_what_is_kept(before, number)
        self._settle_points()
        if number < before:
            self._tell_refund()
