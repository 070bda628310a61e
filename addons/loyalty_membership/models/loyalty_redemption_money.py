"""The money of points and money: what is still due when goods are handed over, and what is to be given back."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang


class LoyaltyRedemptionMoney(models.Model):
    _inherit = "loyalty.redemption"

    order_currency_id = fields.Many2one(related="sale_order_id.currency_id", string="Currency of the Order")
    money_due = fields.Monetary(
        "Still To Pay", currency_field="order_currency_id", compute="_compute_money_due", compute_sudo=True,
        help="What it costs on its order, as far as that was not paid by invoice or online, nor collected at the counter.",
    )  # fmt: skip
    money_collected = fields.Monetary(
        "Collected", currency_field="order_currency_id", readonly=True, copy=False, tracking=True,
        help="Collected at the counter when the goods were handed over.",
    )  # fmt: skip

    paid_when_collected = fields.Monetary(currency_field="order_currency_id", readonly=True, copy=False)

    @api.depends("state", "money_collected", "sale_order_id.amount_total", "sale_order_id.state")
    def _compute_money_due(self):
        for redemption in self:
            order = redemption.sale_order_id
            # What else is on the order is not handed over here.
            due = min(order._redemption_total() - order._redemption_paid(), order._redeemed_total()) if order else 0
            redemption.money_due = max(due - redemption._collected_alone(), 0)

    def _collected_alone(self):
        """What was collected, as far as no payment was registered since: staff register it with the invoice."""
        registered = self.sale_order_id._redemption_paid() - self.paid_when_collected if self.sale_order_id else 0
        return max(self.money_collected - max(registered, 0), 0)

    def _told(self, money):
        return formatLang(self.env, money, currency_obj=self.order_currency_id)

    # ------------------------------------------------------------------
    # At the counter
    # ------------------------------------------------------------------

    def action_collect_and_hand_over(self):
        """Note that the member paid what was due, and hand over."""
        self._check_may_redeem()
        own = self.sudo()  # sudo: as in action_hand_over
        own.item_id._lock()
        own.member_id._lock()
        own.invalidate_recordset(["money_due", "money_collected"])
        for redemption in own.filtered("money_due"):
            redemption._collect(redemption.money_due)
        return self.action_hand_over()

    def _collect(self, money):
        self.money_collected = self._collected_alone() + money
        self.paid_when_collected = self.sale_order_id._redemption_paid()
        told = self.env._(
            "%(money)s was collected at the counter for %(redemption)s: register the payment with the invoice of the order.",
            money=self._told(money), redemption=self.name,
        )  # fmt: skip
        self.sale_order_id.message_post(body=told)

    def _hand_over(self):
        """What costs money is handed over when that was paid, or is collected now."""
        if self.money_due:
            raise UserError(self.env._(
                "%(money)s is still to be paid for %(redemption)s. Collect it, and choose Collect and Hand Over.",
                money=self._told(self.money_due), redemption=self.display_name,
            ))  # fmt: skip
        result = super()._hand_over()
        if self.sale_order_id and self.kind == "service":
            self.sale_order_id._tell_used(self.quantity)
        return result

    # ------------------------------------------------------------------
    # Given back
    # ------------------------------------------------------------------

    def _end(self, state, reason):
        result = super()._end(state, reason)
        self._tell_refund()
        return result

    def _tell_refund(self):
        """Tell whoever looks after the order what is to be credited and given back."""
        for redemption in self.filtered("sale_order_id"):
            order = redemption.sale_order_id
            told = redemption._refund_told(order._redemption_total())
            if not told:
                continue
            redemption.message_post(body=told)
            order.message_post(body=told)
            if user := order.user_id or order._redemption_bills().create_uid[:1]:
                order.activity_schedule(
                    "mail.mail_activity_data_todo", summary=redemption.display_name, note=told, user_id=user.id
                )
            redemption.money_collected = min(
                redemption.money_collected, max(order._redemption_total() - order._redemption_paid(), 0)
            )

    def _refund_told(self, total):
        """What has to happen when the order costs no more than ``total``; False if nothing has."""
        order = self.sale_order_id
        bills = order._redemption_bills()
        credit = order.currency_id.round(sum(map(order._redemption_share, bills)) - total)
        back = order.currency_id.round(order._redemption_paid() + self._collected_alone() - total)
        told = []
        if bills and credit > 0:
            told.append(self.env._(
                "Make a credit note of %(money)s for %(invoices)s.",
                money=self._told(credit), invoices=", ".join(bills.mapped("name")),
            ))  # fmt: skip
        if back > 0:
            told.append(self.env._("The member paid %(money)s that is to be given back.", money=self._told(back)))
        return " ".join([f"{order.name}:", *told]) if told else False
