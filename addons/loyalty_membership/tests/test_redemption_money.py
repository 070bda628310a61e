from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from .test_redemption_order_points import DealCase


@tagged("post_install", "-at_install")
class TestRedemptionMoneyDue(DealCase):
    """What costs money is not handed over before that was paid or collected."""

    def test_what_is_not_paid_is_not_handed_over(self):
        redemption = self.redeem(self.deal, 2)
        self.assertEqual(redemption.money_due, 60)
        with self.assertRaisesRegex(UserError, "60.00.*still to be paid"):
            redemption.action_hand_over()

    def test_what_is_collected_is_noted_and_handed_over(self):
        redemption = self.redeem(self.deal)
        redemption.action_collect_and_hand_over()
        self.assertEqual((redemption.state, redemption.money_due, redemption.money_collected), ("done", 0, 30))
        self.assertIn("collected at the counter", redemption.sudo().sale_order_id.message_ids[:1].body)

    def test_what_costs_no_money_is_handed_over_as_ever(self):
        redemption = self.redeem(self.mug)
        redemption.action_collect_and_hand_over()
        self.assertEqual((redemption.state, redemption.money_collected), ("done", 0))

    def test_what_was_paid_by_invoice_is_not_due(self):
        redemption = self.redeem(self.deal, 2)
        invoice = self.invoice(redemption.sudo().sale_order_id)
        self.assertEqual(redemption.money_due, 60)
        self.pay(invoice)
        redemption.invalidate_recordset()
        self.assertEqual(redemption.money_due, 0)
        redemption.action_hand_over()
        self.assertEqual((redemption.state, redemption.money_collected), ("done", 0))

    def test_what_was_paid_online_is_not_due(self):
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        provider = self.env["payment.provider"].create({"name": "Online", "code": "none"})
        method = self.env.ref("payment.payment_method_unknown")
        self.env["payment.transaction"].create({
            "provider_id": provider.id, "payment_method_id": method.id, "amount": 30, "currency_id": order.currency_id.id,
            "partner_id": order.partner_id.id, "state": "done", "sale_order_ids": order.ids, "reference": "online",
        })  # fmt: skip
        redemption.invalidate_recordset()
        self.assertEqual(redemption.money_due, 0)

    def test_what_else_was_ordered_is_not_collected_with_it(self):
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        order.order_line = [Command.create({"product_id": self.product.id, "product_uom_qty": 5})]
        self.assertGreater(order.amount_total, 500)
        self.assertEqual(redemption.money_due, 30)
        self.pay(self.invoice(order))
        redemption.invalidate_recordset()
        self.assertEqual(redemption.money_due, 0)

    def test_an_invoice_of_two_orders_pays_for_each_its_own_part(self):
        redemption, other = self.redeem(self.deal), self.make_order(1)
        other.action_confirm()
        invoice = (redemption.sudo().sale_order_id | other)._create_invoices()
        invoice.action_post()
        self.assertEqual((len(invoice), invoice.amount_total), (1, 130))
        self.pay(invoice)
        self.assertEqual(redemption.sudo().sale_order_id._redemption_paid(), 30)

    def test_the_counter_collects_and_hands_over(self):
        redemption = self.redeem(self.deal)
        scan = self.env["loyalty.redemption.scan"].with_user(self.clerk).create({"code": redemption.code})
        self.assertEqual((scan.problem, scan.money_due), (False, 30))
        with self.assertRaisesRegex(UserError, "still to be paid"):
            scan.action_hand_over()
        scan.action_collect_and_hand_over()
        self.assertEqual((redemption.state, redemption.money_collected), ("done", 30))

    def test_only_store_staff_collect(self):
        redemption = self.redeem(self.deal)
        for groups in ("base.group_user", "loyalty_membership.group_marketing"):
            user = self.make_user(f"no {groups}", groups)
            with self.assertRaises(AccessError):
                redemption.with_user(user).action_collect_and_hand_over()
        with self.assertRaises(AccessError):
            redemption.with_user(self.manager).money_collected = 30

    def test_a_service_that_was_used_is_delivered_and_invoiced_for_its_money(self):
        workshop = self.env["product.product"].create({
            "name": "Workshop", "type": "service", "list_price": 90, "taxes_id": False, "invoice_policy": "delivery",
        })  # fmt: skip
        item = self.make_item("Workshop", 100, kind="service", product_id=workshop.id, money=30)
        redemption = self.redeem(item, 2)
        redemption.action_collect_and_hand_over()
        order = redemption.sudo().sale_order_id
        self.assertEqual((order._redeemed_line().qty_delivered, self.invoice(order).amount_total), (2, 60))


@tagged("post_install", "-at_install")
class TestRedemptionRefund(DealCase):
    """Who ends a redemption that was paid is told what becomes of the money, and loses nothing."""

    def todo(self, redemption):
        return html2plaintext(" ".join(redemption.sudo().sale_order_id.activity_ids.mapped("note")))

    def said(self, redemption):
        return html2plaintext(redemption.message_ids.filtered("body")[:1].body)

    def ending(self, redemption):
        wizard = self.env["loyalty.redemption.reason"].with_user(self.clerk)
        return Form(wizard.with_context(default_redemption_ids=redemption.ids, default_purpose="cancel"))

    def test_a_redemption_that_was_invoiced_asks_for_a_credit_note(self):
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        order.user_id = self.make_user("redeem_seller", "sales_team.group_sale_salesman_all_leads")
        invoice = self.invoice(order)
        self.pay(invoice)
        told = f"Make a credit note of $\xa030.00 for {invoice.name}. The member paid $\xa030.00 that is to be given back."
        form = self.ending(redemption)
        self.assertIn(told, form.refund_told)
        form.reason = "No"
        form.save().action_confirm()
        self.assertEqual((redemption.state, order.state, self.points()), ("cancelled", "cancel", 2000))
        self.assertIn(told, self.todo(redemption))
        self.assertIn(told, self.said(redemption))
        self.assertEqual(order.activity_ids.user_id, order.user_id)

    def test_nothing_is_told_of_what_was_not_invoiced(self):
        redemption = self.redeem(self.deal)
        self.assertFalse(self.ending(redemption).refund_told)
        redemption._cancel("No")
        self.assertFalse(redemption.sudo().sale_order_id.activity_ids)

    def test_what_was_collected_is_given_back_with_the_goods(self):
        redemption = self.redeem(self.deal, 2)
        redemption.action_collect_and_hand_over()
        order = redemption.sudo().sale_order_id
        out = redemption.sudo().picking_ids
        self.return_goods(out, 1)
        self.assertIn("paid $\xa030.00 that", self.said(redemption))
        self.assertEqual((redemption.money_collected, redemption.money_due), (30, 0))
        self.return_goods(out, 1)
        self.assertEqual((redemption.state, redemption.money_collected, order.amount_total), ("cancelled", 0, 0))
        self.assertEqual(self.points(), 2000)

    def test_what_was_collected_and_then_registered_is_given_back_once(self):
        redemption = self.redeem(self.deal)
        redemption.action_collect_and_hand_over()
        self.pay(self.invoice(redemption.sudo().sale_order_id))
        redemption.invalidate_recordset()
        self.assertEqual((redemption.money_collected, redemption.money_due), (30, 0))
        self.return_goods(redemption.sudo().picking_ids, 1)
        self.assertIn("The member paid $\xa030.00 that is to be given back", self.said(redemption))

    def test_what_was_paid_before_the_rest_was_collected_is_given_back_too(self):
        redemption = self.redeem(self.deal, 2)
        invoice = self.invoice(redemption.sudo().sale_order_id)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create({
            "amount": 20,
        })._create_payments()  # fmt: skip
        redemption.invalidate_recordset()
        self.assertEqual(redemption.money_due, 40)
        redemption.action_collect_and_hand_over()
        self.assertEqual((redemption.money_collected, redemption.money_due), (40, 0))
        self.return_goods(redemption.sudo().picking_ids, 2)
        self.assertIn("The member paid $\xa060.00 that is to be given back", self.said(redemption))

    def test_what_is_credited_already_is_told_no_more(self):
        redemption = self.redeem(self.deal)
        invoice = self.invoice(redemption.sudo().sale_order_id)
        self.credit(invoice).action_post()
        redemption._cancel("No")
        self.assertFalse(self.todo(redemption))


@tagged("post_install", "-at_install")
class TestRedemptionLinks(DealCase):
    """From the order to its redemption, and back."""

    def test_the_order_opens_its_redemption_and_says_that_it_waits(self):
        self.need_approval()
        redemption = self.redeem(self.deal)
        order = redemption.sudo().sale_order_id
        self.assertEqual(order.action_view_loyalty_redemption()["res_id"], redemption.id)
        self.assertEqual(redemption.action_view_order()["res_id"], order.id)
        seller = self.make_user("redeem_seller", "sales_team.group_sale_salesman_all_leads")
        told = order.with_user(seller).read(["loyalty_redemption_number", "loyalty_redemption_state"])[0]
        self.assertEqual((told["loyalty_redemption_number"], told["loyalty_redemption_state"]), (redemption.name, "to_approve"))
