"""Invoices, credit notes and payments of an order, in whatever number and currency."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestSaleOrderDocuments(LoyaltyCase):
    def make_currency(self, rate):
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "x", "rounding": 0.01})
        self.set_rate(currency, "2020-01-01", rate)
        return currency

    def set_rate(self, currency, day, rate):
        self.env["res.currency.rate"].create({
            "name": day, "currency_id": currency.id, "rate": rate, "company_id": self.env.company.id,
        })  # fmt: skip

    def confirmed(self, quantity, earn_on="confirm"):
        self.program.earn_on = earn_on
        order = self.make_order(quantity)
        order.action_confirm()
        return order

    def credit_part(self, invoice, **values):
        note = self.credit(invoice)
        note.invoice_line_ids.filtered("product_id").write(values)
        note.action_post()
        return note

    def test_an_invoice_made_anew_after_its_payment_earns_once_and_when_it_is_paid(self):
        order = self.confirmed(1, "payment")
        first = self.invoice(order)
        self.pay(first)
        note = self.credit(first)
        note.action_post()
        self.pay(note)
        self.assertEqual(self.points(), 0)
        second = self.invoice(order)
        self.assertEqual(self.points(), 0, "it isn't paid yet")
        self.pay(second)
        self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_what_is_credited_before_the_payment_earns_nothing_when_the_rest_is_paid(self):
        order = self.confirmed(4, "payment")
        invoice = self.invoice(order)
        note = self.credit_part(invoice, quantity=1)
        (invoice | note).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.assertEqual(self.points(), 0)
        self.pay(invoice)
        self.assertEqual(self.points(), 300)

    def test_an_invoice_settled_by_the_credit_of_another_order_is_paid(self):
        first = self.confirmed(1, "payment")
        invoice = self.invoice(first)
        self.pay(invoice)
        note = self.credit(invoice)
        note.action_post()
        self.assertEqual(self.points(), 0)
        second = self.invoice(self.confirmed(1, "payment"))
        (second | note).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.assertEqual((second.payment_state, self.points()), ("reversed", 100))

    def test_a_credit_note_in_parts_takes_everything_back(self):
        order = self.confirmed(1)
        invoice = self.invoice(order)
        for part in (33.33, 33.33, 33.34):
            self.credit_part(invoice, price_unit=part)
        self.assertEqual((self.points(), self.member.purchase_count), (0, 0))
        self.assertBalanced()

    def test_goods_that_are_paid_in_part_and_returned_in_part_earn_what_is_kept(self):
        order = self.confirmed(4, "payment")
        picking = self.deliver(order)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 2
        invoice.action_post()
        self.pay(invoice)
        self.return_goods(picking, 1)
        self.assertEqual(self.points(), 200, "two are paid, and three are kept")
        self.return_goods(picking, 2)
        self.assertEqual(self.points(), 100)

    def test_a_credit_note_for_returned_goods_counts_with_their_return_once(self):
        self.product.invoice_policy = "delivery"
        order = self.confirmed(2, "payment")
        picking = self.deliver(order)
        self.pay(self.invoice(order))
        self.return_goods(picking, 1)
        self.assertEqual(self.points(), 100)
        note = order._create_invoices(final=True)
        note.action_post()
        self.assertEqual((note.move_type, self.points()), ("out_refund", 100))

    def test_what_was_delivered_beyond_the_order_and_paid_earns(self):
        extra = self.env["product.product"].create({
            "name": "Extra", "type": "consu", "list_price": 100, "taxes_id": False, "invoice_policy": "delivery",
        })  # fmt: skip
        order = self.confirmed(1, "payment")
        picking = order.picking_ids
        picking.move_ids = [Command.create({
            "product_id": extra.id, "product_uom_qty": 1, "product_uom": extra.uom_id.id,
            "location_id": picking.location_id.id, "location_dest_id": picking.location_dest_id.id,
        })]  # fmt: skip
        self.deliver(order)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [1, 0])
        invoice = self.invoice(order)
        self.pay(invoice)
        self.assertEqual((invoice.amount_total, self.points()), (200, 200))

    # ------------------------------------------------------------ currencies

    def test_a_full_credit_in_another_currency_takes_everything_back_whatever_its_rate(self):
        currency = self.make_currency(2)
        order = self.confirmed(1)
        invoice = order._create_invoices()
        invoice.currency_id = currency
        invoice.invoice_line_ids.price_unit = 200
        invoice.action_post()
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.set_rate(currency, fields.Date.today(), 4)
            self.credit(invoice, date=fields.Date.today()).action_post()
        self.assertEqual(self.points(), 0)

    def test_a_credit_note_of_its_own_counts_at_the_rate_of_the_order(self):
        currency = self.make_currency(2)
        order = self.confirmed(1)
        self.invoice(order)
        line = {"product_id": self.product.id, "price_unit": 100, "sale_line_ids": order.order_line.ids, "tax_ids": False}
        with freeze_time(datetime.now() + timedelta(days=3)):
            self.set_rate(currency, fields.Date.today(), 4)
            self.env["account.move"].create({
                "move_type": "out_refund", "partner_id": order.partner_id.id, "currency_id": currency.id,
                "invoice_line_ids": [Command.create(line)],
            }).action_post()  # fmt: skip
        self.assertEqual(self.points(), 50)

    def test_the_quotation_promises_what_the_order_gives(self):
        pricelist = self.env["product.pricelist"].create({"name": "X", "currency_id": self.make_currency(3).id})
        order = self.make_order(1, price=299.99, pricelist_id=pricelist.id)
        promised = order.loyalty_points
        order.action_confirm()
        self.assertEqual(self.points(), promised)
