"""The customer's other native cards (coupons, gift cards, e-wallets) when members are merged, and when that is undone."""

from odoo import api, models
from odoo.fields import Domain


class LoyaltyMemberCards(models.Model):
    _inherit = "loyalty.member"

    def _own_cards(self):
        """The customer's cards of other programs that the member's company uses, newest first."""
        company = self.program_id.company_id
        cards = self.env["loyalty.card"].sudo()  # sudo: whoever merges needs no right to read a customer's coupons
        known = Domain("partner_id", "=", self.partner_id.id) & Domain("is_member", "=", False)
        return cards.search(known & (Domain("company_id", "in", [False, company.id]) if company else Domain.TRUE))

    def _hand_over_cards(self, target):
        """Give this customer's coupons to the target's customer; money of one e-wallet program becomes one e-wallet.

        :return: list of {card, points, into}; ``into``: the card that has the points from now on, or None
        """
        if self.partner_id == target.partner_id:
            return []
        theirs = {card.program_id: card for card in target._own_cards() if self._is_one_a_customer(card.program_id)}
        noted = []
        for card in self._own_cards():
            into = theirs.get(card.program_id)
            noted.append({"card": card.id, "points": card.points, "into": into and into.id})
            if into:
                into.points += card.points
                card.write({"points": 0, "active": False})
            else:
                card.partner_id = target.partner_id
        return noted

    @api.model
    def _is_one_a_customer(self, program):
        """Whether Odoo keeps one card of this program for each customer."""
        future = program.applies_on == "future" and program.program_type in ("ewallet", "loyalty")
        return program.applies_on == "both" or future

    def _return_cards(self, survivor, noted):
        """Give the coupons back that are not used up; of an e-wallet, what came in, as far as it is still there."""
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)  # sudo: as in _own_cards
        for row in noted:
            card, into = cards.browse(row["card"]).exists(), cards.browse(row["into"] or ()).exists()
            if into and card:
                back = min(row["points"], max(into.points, 0.0))
                into.points -= back
                card.write({"points": back, "active": True, "partner_id": self.partner_id.id})
            elif card.partner_id == survivor.partner_id and (card.points or not row["points"]):
                card.partner_id = self.partner_id
