from odoo.tests import tagged

from .common import TillCase


@tagged("post_install", "-at_install")
class TestTill(TillCase):
    # ------------------------------------------------------------ earning

    def test_a_sale_earns_once(self):
        order = self.sell(self.line(self.product, 2))
        self.assertEqual(self.points(), 200)
        self.sync(self.sent)
        order.sudo()._loyalty_reconcile()
        self.assertEqual(self.points(), 200, "sent again, it changes nothing")
        self.assertEqual(order._loyalty_journal(self.program).mapped("display_name"), [f"Purchase {order.name}"])
        self.assertEqual(self.member.purchase_amount, 200)
        self.assertBalanced()

    def test_nobody_earns_without_a_customer_or_a_membership(self):
        self.sell(self.line(self.product), partner=self.env["res.partner"])
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        order = self.sell(self.line(self.product), partner=stranger)
        self.confirm(order, {"-1": {"points": 0, "program_id": self.program.id, "coupon_id": -1, "partner_id": stranger.id}})
        self.assertFalse(self.env["loyalty.card"].search([("partner_id", "=", stranger.id)]))

    def test_a_customer_joins_with_the_first_sale_where_the_program_says_so(self):
        self.program.auto_enroll = True
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.sell(self.line(self.product), partner=stranger)
        member = self.env["loyalty.member"].search([("partner_id", "=", stranger.id)])
        self.assertEqual(member.points, 100)

    def test_discounts_and_tips_earn_nothing(self):
        tip = self.env["product.product"].create({"name": "Tip", "type": "service"})
        self.config.tip_product_id = tip
        off = self.env["product.product"].create({"name": "Discount", "type": "service"})
        self.sell(self.line(self.product), self.line(tip, price=7), self.line(off, price=-30))
        self.assertEqual(self.points(), 70)

    def test_a_till_that_takes_no_part_books_returns_only(self):
        order = self.sell(self.line(self.product, 2))
        self.program.pos_ok = False
        self.sell(self.line(self.product))
        self.assertEqual(self.points(), 200)
        self.give_back(order, (order.lines, 1))
        self.assertEqual(self.points(), 100)

    def test_a_frozen_member_does_not_earn(self):
        self.member.state = "frozen"
        self.sell(self.line(self.product))
        self.assertEqual(self.points(), 0)

    # ------------------------------------------------------------ returns

    def test_returned_goods_take_their_points_back_in_any_number_of_steps(self):
        order = self.sell(self.line(self.product, 3, 33.33))
        self.assertEqual(self.points(), 99)
        self.give_back(order, (order.lines, 1))
        self.assertEqual(self.points(), 66)
        self.give_back(order, (order.lines, 2))
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.member.purchase_count, 0)
        self.assertBalanced()

    def test_a_return_belongs_to_who_bought(self):
        order = self.sell(self.line(self.product))
        self.give_back(order, (order.lines, 1), partner=self.other.partner_id)
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))

    # ------------------------------------------------------------ spending

    def test_points_pay_and_do_not_earn_on_their_part(self):
        self.grant(5000)
        order = self.sell(self.line(self.product), self.points_line(3000, cost=3000.0000000001))
        self.assertEqual(self.points(), 5000 - 3000 + 70)
        spent = self.member.entry_ids.filtered(lambda entry: entry.kind == "spend")
        self.assertEqual((spent.points, spent.origin_model, spent.origin_id), (-3000, "pos.order", order.id))
        self.assertIn(order.name, spent.explanation)
        self.assertBalanced()

    def test_what_the_screen_says_of_points_moves_none(self):
        self.grant(5000)
        order = self.sell(self.line(self.product), self.points_line(3000))
        answer = self.confirm(
            order,
            {
                str(self.card.id): {
                    "points": 999999,
                    "program_id": self.program.id,
                    "coupon_id": self.card.id,
                    "line_codes": ["x"],
                }
            },
        )
        self.assertEqual(self.points(), 2070)
        self.assertEqual([update["points"] for update in answer["coupon_updates"]], [2070])
        self.confirm(
            order, {"-5": {"points": 50, "program_id": self.program.id, "coupon_id": -5, "partner_id": self.member.partner_id.id}}
        )
        self.assertEqual(self.points(), 2070)
        self.assertFalse(self.member.entry_ids.filtered(lambda entry: entry.note and "Balance" in entry.note))

    def test_another_programs_word_does_not_open_a_members_card(self):
        wallet = self.env["loyalty.program"].create({"name": "Wallet", "program_type": "ewallet"})
        order = self.sell(self.line(self.product))
        self.confirm(order, {str(self.card.id): {"points": 500, "program_id": wallet.id, "coupon_id": self.card.id}})
        self.assertEqual(self.points(), 100)

    def test_points_of_somebody_else_pay_nothing(self):
        self.grant(5000)
        order = self.sell(self.line(self.product), self.points_line(3000), partner=self.other.partner_id)
        self.assertEqual(self.points(), 5000)
        self.assertIn("3000 points paid for this order", order.message_ids[:1].body)

    def test_points_that_are_gone_are_not_taken_and_the_sale_stands(self):
        self.grant(1000)
        order = self.sell(self.line(self.product), self.points_line(3000))
        self.assertEqual((order.state, self.points()), ("paid", 70))
        self.assertIn("had only 1000", order.message_ids[:1].body)
        self.assertBalanced()

    def test_a_refunded_reward_gives_its_points_back_once(self):
        self.grant(5000)
        order = self.sell(self.line(self.product), self.points_line(3000))
        goods, reward = order.lines
        self.give_back(order, (goods, 1), (reward, 1))
        self.assertEqual(self.points(), 5000)
        order._loyalty_reconcile()
        self.assertEqual(self.points(), 5000)
        self.assertBalanced()

    def test_a_frozen_member_is_told_before_payment(self):
        self.grant(5000)
        self.member.state = "frozen"
        orders = self.env["pos.order"].with_user(self.cashier)
        answer = orders.validate_coupon_programs({str(self.card.id): -100}, [])
        self.assertFalse(answer["successful"])
        self.assertIn("Li Na", answer["payload"]["message"])

    # ------------------------------------------------------------ other orders of points

    def test_the_screen_knows_which_programs_are_memberships(self):
        self.assertIn("is_membership", self.env["loyalty.program"]._load_pos_data_fields(self.config))
