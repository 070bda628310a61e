import contextlib

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestLedgerFrozen(LoyaltyCase):
    """Frozen, closed and archived members neither earn nor spend, whatever code tries."""

    def setUp(self):
        super().setUp()
        self.grant(1000)
        self.card = self.member.card_id
        self.manager = self.make_user("chief", "loyalty_membership.group_manager,sales_team.group_sale_salesman")

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertEqual((self.member.points, len(self.member.entry_ids)), (1000, 1))
        self.assertBalanced()

    def test_native_code_does_not_spend_the_points_of_a_barred_member(self):
        for state in ({"state": "frozen"}, {"state": "closed"}, {"active": False}):
            self.member.write({"state": "active", "active": True})
            self.member.write(state)
            for card in (self.card, self.card.sudo(), self.card.with_user(self.manager)):
                with self.subTest(state, user=card.env.user.login), self.assertRaisesRegex(UserError, "Li Na.*[Rr]eactivate"):
                    card.points -= 500
                card.invalidate_recordset()
        self.assertUntouched()

    def test_a_context_from_outside_is_no_adjustment(self):
        self.member._freeze("Asked for")
        for key in ("loyalty_adjustment", "loyalty_note", "loyalty_order_spending"):
            with self.subTest(key), self.assertRaises(UserError):
                self.card.with_context(**{key: True}).points = 500
            self.card.invalidate_recordset()
        self.assertUntouched()

    def test_a_manager_adjusts_a_frozen_member_with_a_reason(self):
        self.member._freeze("Asked for")
        self.env["loyalty.card.update.balance"].with_user(self.manager).create({
            "card_id": self.card.id, "new_balance": 500, "description": "Fraud",
        }).action_update_card_point()  # fmt: skip
        entry = self.member.entry_ids.sorted("id")[-1]
        self.assertEqual((self.points(), entry.kind, entry.points, entry.note), (500, "adjust", -500, "Fraud"))
        self.assertBalanced()

    def test_what_native_code_gives_back_arrives_at_a_frozen_member(self):
        self.member._freeze("Asked for")
        self.card.points += 20
        self.assertEqual(self.points(), 1020)
        self.assertBalanced()

    def test_an_order_prepared_before_spends_nothing_after_the_freeze(self):
        for state in ({"state": "frozen"}, {"state": "closed"}, {"active": False}):
            with self.subTest(state), self.env.cr.savepoint() as savepoint:
                order = self.make_order(1)
                self.pay_with_points(order)
                self.member.write(state)
                with contextlib.suppress(UserError):
                    order.action_confirm()
                self.assertUntouched()
                self.assertFalse(order.state == "sale" and order.order_line.filtered("points_cost"), "paid by nobody's points")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_points_still_end_and_are_clawed_back_while_frozen(self):
        purchase = self.buy(100)
        self.member._freeze("Asked for")
        self.refund(purchase)
        self.assertEqual(self.points(), 1000)
        self.assertBalanced()
