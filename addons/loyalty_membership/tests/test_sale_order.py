from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestSaleOrder(LoyaltyCase):
    # ------------------------------------------------------------ earning

    def test_confirmation_earns_once(self):
        order = self.make_order(2)
        order.action_confirm()
        self.assertEqual(self.points(), 200)
        order._loyalty_reconcile()
        self.assertEqual(self.points(), 200, "calling it again changes nothing")
        self.assertEqual(order.loyalty_points, 200)
        self.assertIn("200.00 × 1", order.loyalty_explanation)
        self.assertBalanced()

    def test_quotation_says_what_it_will_earn_and_books_nothing(self):
        order = self.make_order(3)
        self.assertEqual(order.loyalty_points, 300)
        self.assertIn("300.00 × 1", order.loyalty_explanation)
        self.assertFalse(self.Transaction.search([("sale_order_id", "=", order.id)]))

    def test_each_of_several_quotations_could_have_what_is_left_of_a_budget(self):
        self.rule.budget_points = 150
        orders = self.make_order(1) | self.make_order(2)
        self.assertEqual(orders.mapped("loyalty_points"), [100, 150])

    def test_cancellation_claws_back_everything(self):
        order = self.make_order(2)
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.purchase_count, 0)
        self.assertEqual(self.member.purchase_amount, 0)
        self.assertBalanced()

    def test_edited_lines_follow(self):
        order = self.make_order(2)
        order.action_confirm()
        order.write({"order_line": [Command.update(order.order_line.id, {"product_uom_qty": 5})]})
        self.assertEqual(self.points(), 500)
        order.order_line.product_uom_qty = 1
        self.assertEqual(self.points(), 100)
        order.order_line.discount = 50
        self.assertEqual(self.points(), 50)
        order.write({"order_line": [Command.create({"product_id": self.product.id, "price_unit": 30})]})
        self.assertEqual(self.points(), 80)
        self.assertEqual(self.member.purchase_amount, 80)
        self.assertBalanced()

    def test_no_member_no_journal(self):
        partner = self.env["res.partner"].create({"name": "Passer-by"})
        order = self.make_order(1, partner=partner)
        order.action_confirm()
        self.assertFalse(order.loyalty_transaction_ids)
        self.assertFalse(self.env["loyalty.member"].search([("partner_id", "=", partner.id)]))

    def test_customer_joins_with_the_first_order_where_the_program_says_so(self):
        self.program.auto_enroll = True
        partner = self.env["res.partner"].create({"name": "Newcomer"})
        address = self.env["res.partner"].create({"name": "Home", "parent_id": partner.id, "type": "delivery"})
        self.make_order(1, partner=address).action_confirm()
        member = self.env["loyalty.member"].search([("partner_id", "=", partner.id)])
        self.assertEqual(member.points, 100)

    def test_member_serves_child_contacts(self):
        child = self.env["res.partner"].create({"name": "Colleague", "parent_id": self.member.partner_id.id})
        self.make_order(1, partner=child).action_confirm()
        self.assertEqual(self.points(), 100)

    def test_frozen_member_neither_earns_nor_spends(self):
        self.grant(500)
        self.member._freeze("Asked for")
        order = self.make_order(1)
        self.assertEqual(order._get_real_points_for_coupon(self.member.card_id), 0)
        order.action_confirm()
        self.assertEqual(self.points(), 500)
        with self.assertRaisesRegex(UserError, "frozen"):
            self.spend(1)

    def test_other_company_does_not_earn_here(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= company
        order = self.env["sale.order"].with_company(company).create({
            "partner_id": self.member.partner_id.id, "company_id": company.id,
        })  # fmt: skip
        order.order_line = [Command.create({"product_id": self.product.id, "price_unit": 100, "tax_ids": False})]
        order.action_confirm()
        self.assertEqual(self.points(), 0)
        self.assertFalse(order.loyalty_transaction_ids)

    def test_foreign_currency_counts_in_the_programs(self):
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "x", "rounding": 0.01})
        self.env["res.currency.rate"].create({
            "name": fields.Date.today() - timedelta(days=1), "currency_id": currency.id, "rate": 4,
            "company_id": self.env.company.id,
        })  # fmt: skip
        pricelist = self.env["product.pricelist"].create({"name": "X", "currency_id": currency.id})
        order = self.make_order(1, pricelist_id=pricelist.id)
        order.action_confirm()
        self.assertEqual(self.points(), 25)
        self.env["res.currency.rate"].search([("currency_id", "=", currency.id)]).rate = 2
        order._loyalty_reconcile()
        self.assertBalanced()

    # ------------------------------------------------------------ what counts

    def test_excluded_and_top_up_products_earn_nothing(self):
        category = self.env["product.category"].create({"name": "Gold", "loyalty_excluded": True})
        below = self.env["product.category"].create({"name": "Bars", "parent_id": category.id})
        bar = self.env["product.product"].create({"name": "Bar", "categ_id": below.id, "taxes_id": False})
        order = self.make_order(1)
        order.order_line = [Command.create({"product_id": bar.id, "price_unit": 1000})]
        order.action_confirm()
        self.assertEqual(self.points(), 100)

    def test_tax_counts_where_the_program_says_so(self):
        tax = self.env["account.tax"].create({"name": "10%", "amount": 10, "price_include_override": "tax_excluded"})
        order = self.make_order(1)
        order.order_line.tax_ids = tax
        self.assertEqual(order.loyalty_points, 110)
        self.program.amount_basis = "tax_excluded"
        order.invalidate_recordset()
        order.action_confirm()
        self.assertEqual(self.points(), 100)

    def test_a_manual_discount_lowers_every_line_in_proportion(self):
        order = self.make_order(1, 3)
        order.order_line = [Command.create({"product_id": self.product.id, "price_unit": -100})]
        order.action_confirm()
        lines = order.loyalty_transaction_ids.line_ids
        self.assertEqual(lines.mapped("amount"), [75, 225])
        self.assertEqual(self.points(), 300)

    def test_what_a_gift_card_pays_still_earns(self):
        gift = self.env["loyalty.program"].create({
            "name": "Gift", "program_type": "gift_card", "applies_on": "future", "trigger": "auto",
            "reward_ids": [Command.create({
                "reward_type": "discount", "discount_mode": "per_point", "discount": 1,
                "discount_applicability": "order", "required_points": 1,
            })],
        })  # fmt: skip
        card = self.env["loyalty.card"].create({"program_id": gift.id, "points": 40})
        order = self.make_order(1)
        order._apply_program_reward(gift.reward_ids, card)
        self.assertEqual(order.amount_total, 60)
        order.action_confirm()
        self.assertEqual(self.points(), 100)

    # ------------------------------------------------------------ paying with points

    def test_part_paid_with_points_earns_nothing_and_comes_back_on_cancellation(self):
        lot = self.grant(2000, expires_on=fields.Date.today() + timedelta(days=30))
        order = self.make_order(1)
        self.pay_with_points(order)
        self.assertEqual(order.amount_total, 80)
        self.assertEqual(order.loyalty_points, 80)
        order.action_confirm()
        self.assertEqual(self.points(), 80)
        self.assertEqual(lot.remaining, 0)
        order._action_cancel()
        self.assertEqual(self.points(), 2000)
        self.assertEqual(lot.remaining, 2000, "the points are back in their own lot")
        self.assertBalanced()

    def test_part_refund_gives_that_part_of_the_points_back(self):
        lot = self.grant(2000)
        order = self.make_order(4)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 380)
        picking = self.deliver(order)
        self.return_goods(picking, 1)
        self.assertEqual(lot.remaining, 500)
        self.assertEqual(self.points(), 500 + 285)
        self.return_goods(picking, 3)
        self.assertEqual(self.points(), 2000)
        self.assertBalanced()

    def test_points_are_spent_whole(self):
        self.program.point_value = 0.03
        self.grant(5000)
        order = self.make_order(1)
        self.pay_with_points(order)
        [cost] = order.order_line.filtered("points_cost").mapped("points_cost")
        self.assertEqual(cost, 3333)
        self.assertAlmostEqual(order.amount_total, 0.01)
        order.action_confirm()
        self.assertEqual(self.points(), 5000 - 3333)

    def test_points_that_are_gone_meanwhile_stop_the_confirmation(self):
        self.grant(1000)
        order = self.make_order(1)
        self.pay_with_points(order)
        self.spend(900)
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_emptying_the_points_line_of_a_confirmed_order_gives_the_points_back(self):
        self.grant(1000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 90)
        order.order_line.filtered("points_cost")._reset_loyalty()
        self.assertEqual(self.points(), 1000 + 100)
        self.assertBalanced()

    def test_child_contact_pays_with_the_members_points(self):
        self.grant(1000)
        child = self.env["res.partner"].create({"name": "Colleague", "parent_id": self.member.partner_id.id})
        order = self.make_order(1, partner=child)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 90)

    def test_points_pay_for_nobody_elses_order(self):
        self.grant(5000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.partner_id = self.env["res.partner"].create({"name": "Thief"})
        with self.assertRaisesRegex(UserError, "Li Na"):
            order.action_confirm()

    def test_points_come_back_whoever_the_order_belongs_to_meanwhile(self):
        self.program.earn_on = "delivery"
        self.grant(5000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.action_confirm()
        order.partner_id = self.env["res.partner"].create({"name": "Heir"})
        order._action_cancel()
        self.assertEqual(self.points(), 5000)

    def test_an_order_that_points_paid_in_full_gives_them_back_when_returned(self):
        self.grant(20000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 10000)
        self.return_goods(self.deliver(order), 1)
        self.assertEqual(self.points(), 20000)

    def test_an_archived_program_still_gives_back_and_takes_back(self):
        self.grant(5000)
        order = self.make_order(1)
        self.pay_with_points(order)
        order.action_confirm()
        self.program.active = False
        order._action_cancel()
        self.assertEqual(self.points(), 5000)

    def test_an_order_of_negative_lines_alone_is_readable_and_confirms(self):
        order = self.make_order(1, price=-10)
        self.assertEqual(order.loyalty_points, 0)
        order.action_confirm()

    def test_a_salesperson_confirms_without_seeing_members(self):
        seller = self.make_user("seller", "sales_team.group_sale_salesman_all_leads")
        self.grant(1000)
        order = self.make_order(1).with_user(seller)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 90)
        self.assertEqual(order.loyalty_points, 90)
        with Form(order) as form:
            self.assertEqual(form.loyalty_points, 90)


@tagged("post_install", "-at_install")
class TestEarnOn(LoyaltyCase):
    def test_delivered_goods_earn_as_they_leave(self):
        self.program.earn_on = "delivery"
        order = self.make_order(4)
        order.action_confirm()
        self.assertEqual(self.points(), 0)
        first = self.deliver(order, 1)
        self.assertEqual(self.points(), 100)
        self.deliver(order, 3)
        self.assertEqual(self.points(), 400)
        self.return_goods(first, 1)
        self.assertEqual(self.points(), 300)
        self.assertBalanced()

    def test_paid_invoices_earn(self):
        self.program.earn_on = "payment"
        order = self.make_order(2)
        order.action_confirm()
        invoice = self.invoice(order)
        self.assertEqual(self.points(), 0)
        self.pay(invoice)
        self.assertEqual(self.points(), 200)
        note = self.credit(invoice)
        note.invoice_line_ids.filtered("product_id").quantity = 1
        note.action_post()
        self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_a_payment_taken_back_takes_the_points_back(self):
        self.program.earn_on = "payment"
        order = self.make_order(1)
        order.action_confirm()
        invoice = self.invoice(order)
        self.pay(invoice)
        self.assertEqual(self.points(), 100)
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.points(), 0)

    def test_an_unpaid_invoice_that_is_reversed_takes_nothing_from_the_paid_one(self):
        self.program.earn_on = "payment"
        order = self.make_order(2)
        order.action_confirm()
        wrong = self.invoice(order)
        note = self.credit(wrong)
        note.action_post()
        self.assertEqual(wrong.payment_state, "reversed")
        self.pay(self.invoice(order))
        self.assertEqual(self.points(), 200)

    def test_return_and_credit_note_of_the_same_goods_count_once(self):
        order = self.make_order(2)
        order.action_confirm()
        picking = self.deliver(order)
        invoice = self.invoice(order)
        self.return_goods(picking, 1)
        self.assertEqual(self.points(), 100)
        note = self.credit(invoice)
        note.invoice_line_ids.filtered("product_id").quantity = 1
        note.action_post()
        self.assertEqual(self.points(), 100)
        note.button_draft()
        self.assertEqual(self.points(), 100)

    def test_a_price_reduction_by_credit_note_claws_back_its_part(self):
        order = self.make_order(1)
        order.action_confirm()
        note = self.credit(self.invoice(order))
        note.invoice_line_ids.filtered("product_id").price_unit = 30
        note.action_post()
        self.assertEqual(self.points(), 70)
        self.assertEqual(self.member.purchase_count, 1)

    def test_an_invoice_made_anew_keeps_the_points(self):
        order = self.make_order(1)
        order.action_confirm()
        invoice = self.invoice(order)
        self.credit(invoice).action_post()
        self.assertEqual(self.points(), 0)
        self.invoice(order)
        self.assertEqual(self.points(), 100)

    def test_a_credit_of_a_discounted_invoice_takes_everything_back(self):
        order = self.make_order(2)
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_line_ids.filtered("product_id").discount = 50
        invoice.action_post()
        self.credit(invoice).action_post()
        self.assertEqual(self.points(), 0)

    def test_goods_sent_again_after_their_return_earn_again(self):
        order = self.make_order(1)
        order.action_confirm()
        back = self.return_goods(self.deliver(order), 1)
        self.assertEqual(self.points(), 0)
        self.return_goods(back, 1)
        self.assertEqual(self.points(), 100)

    def test_hold_days_keep_points_pending(self):
        self.program.hold_days = 7
        order = self.make_order(1)
        order.action_confirm()
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.points_pending, 100)
        order._action_cancel()
        self.assertEqual(self.member.points_pending, 0)
        self.assertBalanced()
