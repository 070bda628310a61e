from datetime import datetime

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class LoyaltyCase(TransactionCase):
    """A program with whole points, 1 point for 1.00, and a few members; no tiers unless a test adds them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, lang="en_US"))
        cls.Entry = cls.env["loyalty.points.entry"]
        cls.Transaction = cls.env["loyalty.transaction"]
        cls.program = cls.env["loyalty.program"].create({
            "name": "Club",
            "program_type": "loyalty",
            "is_membership": True,
            "company_id": cls.env.company.id,
            "tz": "Asia/Shanghai",
            "phone_country_id": cls.env.ref("base.cn").id,
            "point_value": 0.01,
        })
        cls.rule = cls.env["loyalty.earning.rule"].create({"program_id": cls.program.id, "name": "Purchase"})
        cls.product = cls.env["product.product"].create({
            "name": "Shoe",
            "default_code": "SHOE",
            "type": "consu",
            "is_storable": True,
            "list_price": 100,
            "taxes_id": False,
            "invoice_policy": "order",
        })
        cls.member = cls.make_member("Li Na", phone="13800138000")
        cls.other = cls.make_member("Wang Wei", phone="13800138001")
        cls.reference = 0

    @classmethod
    def make_member(cls, name, **values):
        partner = cls.env["res.partner"].create({
            "name": name,
            "country_id": cls.env.ref("base.cn").id,
            **{key: values.pop(key) for key in ("phone", "email", "parent_id") if key in values},
        })
        return cls.env["loyalty.member"].create({
            "partner_id": partner.id,
            "program_id": cls.program.id,
            **values,
        })

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(cls.env, login, groups=groups)

    def make_tiers(self, *thresholds, **values):
        return self.env["loyalty.tier"].create([
            {"program_id": self.program.id, "name": f"Tier {number}", "code": f"T{number}", "threshold": threshold}
            | {name: value[number] for name, value in values.items()}
            for number, threshold in enumerate(thresholds)
        ])

    # ------------------------------------------------------------ journal

    def next_reference(self):
        type(self).reference += 1
        return f"R{self.reference}"

    def row(self, amount, member=None, date=None, quantity=1, **values):
        lines = values.pop("lines", None) or [{"amount": amount, "quantity": quantity, "product_id": self.product.id}]
        return {
            "member": member or self.member,
            "type": "purchase",
            "date": date or datetime.now().replace(microsecond=0),
            "source": "test",
            "reference": self.next_reference(),
            "lines": lines,
            **values,
        }

    def buy(self, amount, member=None, date=None, **values):
        return self.Transaction._book(self.program, [self.row(amount, member, date, **values)])

    def refund(self, purchase, amount=None, quantity=0, date=None):
        line = purchase.line_ids[:1]
        return self.Transaction._book_refunds(self.program, [
            self.row(0, purchase.member_id, date, origin_id=purchase.id, lines=[
                {"origin_line_id": line.id, "amount": line.amount if amount is None else amount,
                 "quantity": quantity or line.quantity}
            ])
        ])  # fmt: skip

    def grant(self, points, member=None, **values):
        member = member or self.member
        return self.Entry._post([{"member_id": member.id, "kind": "adjust", "points": points, **values}])

    def spend(self, points, member=None, **values):
        member = member or self.member
        return self.Entry._post([{"member_id": member.id, "kind": "spend", "points": -points, **values}])

    # ------------------------------------------------------------ orders

    def make_order(self, *quantities, partner=None, price=100, **values):
        return self.env["sale.order"].create({
            "partner_id": (partner or self.member.partner_id).id,
            "order_line": [
                Command.create({"product_id": self.product.id, "product_uom_qty": quantity, "price_unit": price})
                for quantity in quantities
            ],
            **values,
        })

    def pay_with_points(self, order):
        """Let an order be paid with points as far as they reach, as the sales form does."""
        order.action_open_reward_wizard()
        self.assertTrue(order.order_line.filtered("points_cost"), "no points were spent")

    def deliver(self, order, quantity=None):
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = quantity if quantity is not None else move.product_uom_qty
            move.picked = True
        picking.with_context(skip_backorder=True, picking_ids_not_to_create_backorder=[]).button_validate()
        return picking

    def return_goods(self, picking, quantity):
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model=picking._name).create({})
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": quantity, "picked": True})
        back.button_validate()
        return back

    def invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})  # fmt: skip
        return wizard._create_payments()

    def credit(self, invoice, **values):
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"journal_id": invoice.journal_id.id, **values})  # fmt: skip
        return self.env["account.move"].browse(wizard.reverse_moves()["res_id"])

    # ------------------------------------------------------------ checks

    def assertBalanced(self):
        result = self.env["loyalty.ledger.verification"].verify(self.program.id)
        self.assertEqual(result["problems"], [])

    def points(self, member=None):
        member = member or self.member
        member.invalidate_recordset()
        return member.points
