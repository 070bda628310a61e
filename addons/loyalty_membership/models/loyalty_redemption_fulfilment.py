"""Handing out what was redeemed, by its kind, and taking back what nobody has used."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class LoyaltyRedemptionFulfilment(models.Model):
    _inherit = "loyalty.redemption"

    card_ids = fields.Many2many("loyalty.card", "loyalty_redemption_card_rel", string="Coupons", readonly=True, copy=False)
    voucher_amount = fields.Monetary("Put On E-Wallet", readonly=True, copy=False)
    handed_over_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    def _fulfil(self):
        """Do what approval allows."""
        for redemption in self:
            getattr(redemption, f"_fulfil_{redemption.kind}")()

    def _recall(self):
        """Undo what ``_fulfil`` and submission did, as far as it was not used."""
        for redemption in self:
            getattr(redemption, f"_recall_{redemption.kind}")()

    def _is_returnable(self):
        """Whether something done can still be taken back: a coupon that is whole, a voucher that is unspent."""
        self.ensure_one()
        return self.state == "done" and getattr(self, f"_is_returnable_{self.kind}", bool)()

    # ------------------------------------------------------------------
    # Coupons: cards of a native program
    # ------------------------------------------------------------------

    def _fulfil_coupon(self):
        item, partner = self.item_id, self.member_id.partner_id
        ends = self.program_id._today() + timedelta(days=item.valid_days) if item.valid_days else False
        self.card_ids = self.env["loyalty.card"].create([
            {"program_id": item.coupon_program_id.id, "partner_id": partner.id, "points": 1, "expiration_date": ends}
            for _coupon in range(self.quantity)
        ])
        self._done()

    def _is_returnable_coupon(self):
        """Whole, and on no order that somebody is filling in."""
        used = self.env["sale.order.line"].search_count([("coupon_id", "in", self.card_ids.ids)], limit=1)
        return not used and all(card.points >= 1 and card.active for card in self.card_ids)

    def _recall_coupon(self):
        self.card_ids.write({"points": 0, "active": False})

    # ------------------------------------------------------------------
    # Vouchers: money on the member's native e-wallet
    # ------------------------------------------------------------------

    def _fulfil_voucher(self):
        item, partner = self.item_id, self.member_id.partner_id
        wallets = self.env["loyalty.card"]
        wallet = wallets.search([("program_id", "=", item.voucher_program_id.id), ("partner_id", "=", partner.id)], limit=1)
        wallet = wallet or wallets.create({"program_id": item.voucher_program_id.id, "partner_id": partner.id, "points": 0})
        self.write({"card_ids": wallet.ids, "voucher_amount": item.voucher_amount * self.quantity})
        self._top_up(self.voucher_amount)
        self._done()

    def _top_up(self, amount):
        """Put money on the wallet, or take it off, with a line in the wallet's own history."""
        wallet = self.card_ids
        wallet.points = wallet.currency_id.round(wallet.points + amount)
        self.env["loyalty.history"].create({
            "card_id": wallet.id,
            "description": self._note_for_member(),
            "issued": max(amount, 0),
            "used": max(-amount, 0),
            "order_model": self._name,
            "order_id": self.id,
        })

    def _is_returnable_voucher(self):
        wallet = self.card_ids
        return bool(wallet) and float_compare(wallet.points, self.voucher_amount, precision_digits=2) >= 0

    def _recall_voucher(self):
        if self.voucher_amount:
            self._top_up(-self.voucher_amount)

    # ------------------------------------------------------------------
    # Services: kept until they are used
    # ------------------------------------------------------------------

    def _fulfil_service(self):
        self._confirm_order()
        self.write({"state": "approved", "code": self._new_code()})

    def _recall_service(self):
        self._cancel_order()

    # ------------------------------------------------------------------
    # At the counter
    # ------------------------------------------------------------------

    def action_hand_over(self):
        """Hand over what the member came for: a gift that is picked up, a service that is used."""
        self._check_may_redeem()
        own = self.sudo()  # sudo: store staff hand over without rights to the stock
        own.item_id._lock()
        own.member_id._lock()
        own.member_id.invalidate_recordset(["state", "active"])
        own._check_receivable()
        for redemption in own:
            redemption._hand_over()
        own.handed_over_by_id = self.env.user

    def _hand_over(self):
        if self.state != "approved":
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(self.env._(
                "%(redemption)s can't be handed over: it is %(state)s.",
                redemption=self.display_name, state=states[self.state].lower(),
            ))  # fmt: skip
        if self.kind == "gift":
            self._ship_out()
        else:
            self._done()
