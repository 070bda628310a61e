"""Rewards on orders: gifts that points pay for, and discounts that lower what earns."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


class RewardCase(LoyaltyCase):
    def product_of(self, **values):
        return self.env["product.product"].create({
            "name": "Other", "type": "consu", "is_storable": True, "list_price": 100, "taxes_id": False,
            "invoice_policy": "order", **values,
        })  # fmt: skip

    def gift_card(self):
        card = self.product_of(name="Gift card", type="service", is_storable=False)
        self.env["loyalty.program"].create({
            "name": "Gift", "program_type": "gift_card", "applies_on": "future", "trigger": "auto",
            "rule_ids": [Command.create({
                "product_ids": [Command.set(card.ids)], "reward_point_mode": "money", "reward_point_amount": 1,
            })],
            "reward_ids": [Command.create({
                "reward_type": "discount", "discount": 1, "discount_mode": "per_point", "discount_applicability": "order",
                "required_points": 1, "description": "Gift",
            })],
        })  # fmt: skip
        return card


@tagged("post_install", "-at_install")
class TestGifts(RewardCase):
    """A gift for 500 points, beside a shoe that is paid or alone."""

    def order_with_gift(self, paid=1, **values):
        gift = self.product_of(name="Gift", **values)
        reward = self.env["loyalty.reward"].create({
            "program_id": self.program.id, "reward_type": "product", "reward_product_id": gift.id, "required_points": 500,
            "reward_product_qty": 1,
        })  # fmt: skip
        self.grant(500)
        order = self.make_order(*[1] * paid)
        order._update_programs_and_rewards()
        order._apply_program_reward(reward, self.member.card_id, product=gift)
        order.action_confirm()
        return order, gift

    def send_back(self, order, product):
        picking = order.picking_ids[:1]
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model=picking._name).create({})
        for line in wizard.product_return_moves:
            line.write({"quantity": int(line.product_id == product), "to_refund": True})
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 1, "picked": True})
        back.button_validate()

    def test_who_keeps_the_gift_gets_no_points_back(self):
        order, _gift = self.order_with_gift()
        self.deliver(order)
        self.assertEqual(self.points(), 100)
        self.send_back(order, self.product)
        self.assertEqual(self.points(), 0)

    def test_who_returns_the_gift_gets_its_points_back(self):
        order, gift = self.order_with_gift()
        self.deliver(order)
        self.send_back(order, gift)
        self.assertEqual(self.points(), 600)
        self.assertBalanced()

    def test_an_order_of_a_gift_alone_gives_its_points_back(self):
        order, gift = self.order_with_gift(paid=0)
        self.deliver(order)
        self.assertEqual(self.points(), 0)
        self.send_back(order, gift)
        self.assertEqual(self.points(), 500)

    def test_a_credit_note_of_the_order_leaves_points_in_the_gift_that_is_kept(self):
        order, gift = self.order_with_gift()
        self.deliver(order)
        self.credit(self.invoice(order)).action_post()
        self.assertEqual(self.points(), 0)
        self.send_back(order, gift)
        self.assertEqual(self.points(), 500)

    def test_a_service_for_points_is_given_back_by_credit_note(self):
        order, _gift = self.order_with_gift(type="service", is_storable=False)
        self.credit(self.invoice(order)).action_post()
        self.assertEqual(self.points(), 500)

    def test_a_cancelled_order_gives_the_points_of_its_gift_back(self):
        order, _gift = self.order_with_gift()
        order._action_cancel()
        self.assertEqual(self.points(), 500)

    def test_a_discount_for_points_comes_back_with_the_goods_that_it_lowered(self):
        lowered = self.product_of(name="Lowered")
        reward = self.env["loyalty.reward"].create({
            "program_id": self.program.id, "reward_type": "discount", "discount_mode": "percent", "discount": 50,
            "discount_applicability": "specific", "discount_product_ids": [Command.set(lowered.ids)], "required_points": 500,
        })  # fmt: skip
        self.grant(500)
        order = self.make_order(1)
        order.order_line = [Command.create({"product_id": lowered.id, "price_unit": 100})]
        order._update_programs_and_rewards()
        order._apply_program_reward(reward, self.member.card_id)
        order.action_confirm()
        self.deliver(order)
        self.assertEqual(self.points(), 150)
        self.send_back(order, self.product)
        self.assertEqual(self.points(), 50)
        self.send_back(order, lowered)
        self.assertEqual(self.points(), 500)


@tagged("post_install", "-at_install")
class TestDiscounts(RewardCase):
    """Each discount lowers the lines that it was given on, and no others."""

    def order_with(self, product, price, own_price=100):
        order = self.make_order(1, price=own_price)
        order.order_line = [Command.create({"product_id": product.id, "price_unit": price})]
        return order

    def confirm_with(self, order, **values):
        promotion = self.env["loyalty.program"].create({
            "name": "Promotion", "program_type": "promotion", "trigger": "auto", "applies_on": "current",
            "rule_ids": [Command.create({"minimum_qty": 1})],
            "reward_ids": [Command.create({"reward_type": "discount", "discount_mode": "percent", **values})],
        })  # fmt: skip
        order._update_programs_and_rewards()
        order._apply_program_reward(
            promotion.reward_ids, promotion.coupon_ids[:1] or order.coupon_point_ids.coupon_id[:1]
        )  # fmt: skip
        order.action_confirm()
        return order

    def test_the_cheapest_line_alone_is_lowered(self):
        order = self.order_with(self.product_of(loyalty_excluded=True), 100, own_price=300)
        self.confirm_with(order, discount=100, discount_applicability="cheapest")
        self.assertEqual((order.amount_total, self.points()), (300, 300))

    def test_a_discount_on_gift_cards_lowers_no_goods(self):
        card = self.gift_card()
        order = self.order_with(card, 100)
        self.confirm_with(
            order, discount=50, discount_applicability="specific", discount_product_ids=[Command.set(card.ids)]
        )  # fmt: skip
        self.assertEqual((order.amount_total, self.points()), (150, 100))

    def test_a_percentage_of_the_order_lowers_goods_by_their_own(self):
        order = self.order_with(self.gift_card(), 900)
        self.confirm_with(order, discount=10, discount_applicability="order")
        self.assertEqual((order.amount_total, self.points()), (900, 90))

    def test_an_amount_off_the_order_is_borne_by_gift_cards_too(self):
        order = self.order_with(self.gift_card(), 900)
        self.env["sale.order.discount"].create({
            "sale_order_id": order.id, "discount_type": "amount", "discount_amount": 100,
        }).action_apply_discount()  # fmt: skip
        order.action_confirm()
        self.assertEqual((order.amount_total, self.points()), (900, 90))
