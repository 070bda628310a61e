"""The points of redemptions: taken on submission, given back to their own lots for what the member doesn't get."""

from odoo import fields, models
from odoo.tools import SQL

from ..domain.points import to_decimal
from .loyalty_catalog_item_offer import LIVE


class LoyaltyRedemptionPoints(models.Model):
    _inherit = "loyalty.redemption"

    quantity_back = fields.Integer(
        "Not Delivered",
        readonly=True,
        copy=False,
        help="How many of a gift could not be delivered, or came back: their points did, too.",
    )

    def _take_points(self):
        """Book what this costs; the ledger refuses what a member hasn't got."""
        self.ensure_one()
        if not self.points:
            # Limits per member hold for two free redemptions at once, too: the second one can't write the member.
            self.env.cr.execute(SQL("UPDATE loyalty_member SET write_date = write_date WHERE id = %s", self.member_id.id))
            return
        self.env["loyalty.points.entry"]._post([self._spending(to_decimal(self.points))], locked=True)

    def _spending(self, points):
        return {
            "member_id": self.member_id.id,
            "kind": "spend",
            "points": -points,
            "origin_model": self._name,
            "origin_id": self.id,
            "note": self._note_for_member(),
        }

    def _note_for_member(self):
        """What the member's statement says, in the member's language."""
        told = self.with_context(lang=self.member_id.partner_id.lang or self.env.lang)
        name = told.item_id.name if self.quantity == 1 else f"{told.item_id.name} × {self.quantity}"
        return self.env._("%(item)s, %(number)s", item=name, number=self.name)

    def _points_due(self):
        """What this redemption costs by now."""
        if self.state == "expired" and not self.program_id.pickup_give_back:
            return to_decimal(self.points)
        if self.state not in LIVE:
            return to_decimal(0)
        return to_decimal(self.points) / self.quantity * (self.quantity - self.quantity_back)

    def _spent_entries(self):
        """What was taken for these and given back."""
        return self.env["loyalty.points.entry"]._spent_by(self)

    def _settle_points(self):
        """Give back what was taken and is not due any more, and take what is due again; once more changes nothing."""
        # sudo: the ledger is nobody's to write; who may was asked by the caller
        entries = self.env["loyalty.points.entry"].sudo()
        spent = self._spent_entries().grouped("origin_id")
        back, again = [], []
        for redemption in self:
            booked = spent.get(redemption.id, entries)
            too_much = -sum(to_decimal(points) for points in booked.mapped("points")) - redemption._points_due()
            if too_much < 0:
                again.append(redemption._spending(-too_much))
            else:
                back += booked._undoing(too_much)
        entries._restore(back)
        if again:
            entries._post(again, locked=True)
