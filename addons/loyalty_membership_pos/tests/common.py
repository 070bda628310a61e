import uuid

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.fields import Command, Datetime


class TillCase(LoyaltyCase):
    """A till that talks to the server as its screen does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cash = cls.env["account.journal"].create({"name": "Till", "type": "cash", "code": "TILL"})
        cls.method = cls.env["pos.payment.method"].create({"name": "Cash", "journal_id": cash.id})
        cls.config = cls.env["pos.config"].create({
            "name": "Counter",
            "payment_method_ids": [Command.set(cls.method.ids)],
        })
        cls.cashier = cls.make_user("cashier", "base.group_user,point_of_sale.group_pos_user")
        cls.config.with_user(cls.cashier).open_ui()
        cls.session = cls.config.current_session_id
        cls.session.with_user(cls.cashier).set_opening_control(0, "")
        cls.product.available_in_pos = True
        cls.reward = cls.program.reward_ids
        cls.card = cls.member.card_id

    def line(self, product, quantity=1, price=100, **values):
        return Command.create({
            "product_id": product.id,
            "qty": quantity,
            "price_unit": price,
            "price_subtotal": quantity * price,
            "price_subtotal_incl": quantity * price,
            "tax_ids": [],
            "uuid": str(uuid.uuid4()),
            **values,
        })

    def points_line(self, points, cost=None):
        return self.line(
            self.reward.discount_line_product_id, price=-points / 100, is_reward_line=True, reward_id=self.reward.id,
            coupon_id=self.card.id, points_cost=points if cost is None else cost, reward_identifier_code="x",
        )  # fmt: skip

    def sell(self, *lines, partner=None, **values):
        """One order of the till, paid in cash, as its screen sends it."""
        total = sum(line[2]["price_subtotal_incl"] for line in lines)
        partner = self.member.partner_id if partner is None else partner
        sent = {
            "session_id": self.session.id,
            "company_id": self.session.company_id.id,
            "pricelist_id": self.config.pricelist_id.id,
            "user_id": self.cashier.id,
            "partner_id": partner.id,
            "uuid": str(uuid.uuid4()),
            "access_token": str(uuid.uuid4()),
            "date_order": Datetime.to_string(Datetime.now()),
            "state": "paid",
            "amount_total": total,
            "amount_paid": total,
            "amount_tax": 0,
            "amount_return": 0,
            "lines": [Command.create(line[2]) for line in lines],
            "payment_ids": [Command.create({"amount": total, "payment_method_id": self.method.id})],
            **values,
        }
        self.sent = sent
        return self.sync(sent)

    def sync(self, sent):
        orders = self.env["pos.order"].with_user(self.cashier)
        answer = orders.sync_from_ui([{**sent}])
        self.env.invalidate_all()
        return self.env["pos.order"].search([("uuid", "=", sent["uuid"])]) or self.env["pos.order"].browse(
            answer["pos.order"][-1]["id"]
        )

    def give_back(self, order, *parts, **values):
        """Take back (line, quantity) of an order."""
        return self.sell(*(
            self.line(line.product_id, -quantity, line.price_unit, refunded_orderline_id=line.id)
            for line, quantity in parts
        ), **values)  # fmt: skip

    def confirm(self, order, data):
        return order.with_user(self.cashier).confirm_coupon_programs(data)
