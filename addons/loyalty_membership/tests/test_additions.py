from freezegun import freeze_time
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


class AdditionsCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tea = cls.env["product.product"].create({
            "name": "Tea", "type": "consu", "list_price": 100, "taxes_id": False, "invoice_policy": "order",
        })  # fmt: skip

    def rule_of(self, product=None, **values):
        if product:
            values["product_domain"] = f"[('id', '=', {product.id})]"
        return self.env["loyalty.earning.rule"].create({"program_id": self.program.id, "name": "Extra", **values})

    def confirmed(self, *quantities):
        order = self.make_order(*quantities)
        order.action_confirm()
        return order

    def add(self, order, price, product=None):
        """One more line; it is returned."""
        before = order.order_line
        product = product or self.product
        order.write({"order_line": [Command.create({"product_id": product.id, "price_unit": price})]})
        return order.order_line - before

    def take_back(self, line, quantity=0):
        line.product_uom_qty = quantity


@tagged("post_install", "-at_install")
class TestRefundsAfterAdditions(AdditionsCase):
    """A refund takes the points of its own goods, whatever came to the purchase in between."""

    def test_what_a_frozen_member_adds_and_returns_costs_nothing(self):
        order = self.confirmed(1)
        self.member._freeze("Asked for")
        self.take_back(self.add(order, 100))
        self.assertEqual(self.points(), 100)

    def test_goods_that_earned_take_their_points_along_though_others_stay(self):
        order = self.confirmed(1)
        self.member._freeze("Asked for")
        self.add(order, 300)
        self.take_back(order.order_line[0])
        self.assertEqual(self.points(), 0)

    def test_what_came_while_frozen_has_no_part_in_what_comes_later(self):
        order = self.confirmed(1)
        self.member._freeze("Asked for")
        meanwhile = self.add(order, 300)
        self.member._reactivate("Asked for")
        self.add(order, 100)
        self.assertEqual(self.points(), 200)
        self.take_back(meanwhile)
        self.assertEqual(self.points(), 200)
        self.take_back(order.order_line[0])
        self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_what_came_while_frozen_meets_no_minimum(self):
        self.rule.min_amount = 250
        order = self.confirmed(1)
        self.member._freeze("Asked for")
        self.add(order, 100)
        self.member._reactivate("Asked for")
        self.add(order, 100)
        self.assertEqual(self.points(), 0)
        self.add(order, 100)
        self.assertEqual(self.points(), 300)

    def test_other_goods_take_nothing_of_a_rule_that_is_archived(self):
        rule = self.rule_of(self.product, points_mode="fixed", points=50)
        order = self.confirmed(1)
        rule.active = False
        self.take_back(self.add(order, 100, self.tea))
        self.assertEqual(self.points(), 150)

    def test_other_goods_take_nothing_of_a_rule_that_the_member_dropped_out_of(self):
        self.rule_of(self.product, points_mode="fixed", points=50, member_domain="[('gender', '=', 'female')]")
        self.member.gender = "female"
        order = self.confirmed(1)
        self.member.gender = "male"
        self.take_back(self.add(order, 100, self.tea))
        self.assertEqual(self.points(), 150)
        self.take_back(order.order_line[0])
        self.assertEqual(self.points(), 0)

    def test_what_came_while_a_rule_was_archived_takes_nothing_of_it(self):
        order = self.confirmed(1)
        self.rule.active = False
        meanwhile = self.add(order, 100)
        self.rule.active = True
        self.add(order, 100)
        self.assertEqual(self.points(), 200)
        self.take_back(meanwhile)
        self.assertEqual(self.points(), 200)

    def test_a_partial_refund_before_an_addition_is_not_forgotten(self):
        rule = self.rule_of(self.product, points_mode="unit", points=10)
        order = self.confirmed(4)
        self.take_back(order.order_line, 2)
        rule.active = False
        self.add(order, 100, self.tea)
        self.take_back(order.order_line[0], 1)
        self.assertEqual(self.points(), 210)
        self.take_back(order.order_line[0])
        self.assertEqual(self.points(), 100)
        self.assertBalanced()


@tagged("post_install", "-at_install")
class TestGroupsAfterAdditions(AdditionsCase):
    """After a refund the best of a group is what the goods that are left had brought."""

    def setUp(self):
        super().setUp()
        self.rule.active = False
        for product in (self.product, self.tea):
            self.rule_of(product, name=product.name, group="g")
        self.order = self.confirmed(1)
        self.added = self.add(self.order, 300, self.tea)
        self.assertEqual(self.points(), 300)

    def test_the_best_of_a_group_keeps_what_its_own_goods_earn(self):
        self.take_back(self.order.order_line[0])
        self.assertEqual(self.points(), 300)
        self.take_back(self.added)
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_what_the_first_goods_had_earned_stays_when_better_ones_go(self):
        self.take_back(self.added)
        self.assertEqual(self.points(), 100)
        self.take_back(self.order.order_line[0])
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_a_group_gives_once_though_the_rule_that_gave_first_is_archived(self):
        order = self.confirmed(1)
        self.env["loyalty.earning.rule"].search([("name", "=", self.product.name)]).active = False
        self.add(order, 300, self.tea)
        self.assertEqual(self.points(), 600)


@tagged("post_install", "-at_install")
class TestCapsOfAdditions(AdditionsCase):
    def setUp(self):
        super().setUp()
        self.rule.write({"cap_points": 100, "cap_period": "day"})

    def cut_order(self):
        with freeze_time("2027-01-10 10:00:00"):
            order = self.confirmed(3)
        self.assertEqual(self.points(), 100)
        return order

    def test_down_and_up_on_another_day_gives_nothing_that_the_cap_had_cut(self):
        order = self.cut_order()
        for day in ("2027-01-12 10:00:00", "2027-01-14 10:00:00"):
            with freeze_time(day):
                self.take_back(order.order_line, 2)
                self.assertLess(self.points(), 100)
                self.take_back(order.order_line, 3)
            self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_goods_exchanged_on_another_day_give_nothing_that_the_cap_had_cut(self):
        order = self.cut_order()
        self.rule.cap_points = 1000
        with freeze_time("2027-01-12 10:00:00"):
            self.take_back(order.order_line)
            self.add(order, 300, self.tea)
        self.assertEqual(self.points(), 100)

    def test_qualifying_points_that_the_cap_had_cut_stay_cut(self):
        order = self.cut_order()
        with freeze_time("2027-01-12 10:00:00"):
            self.take_back(order.order_line, 2)
            self.take_back(order.order_line, 3)
        self.assertEqual(self.member.qualifying_points, 100)

    def test_new_goods_on_another_day_may_use_that_days_cap(self):
        order = self.cut_order()
        with freeze_time("2027-01-12 10:00:00"):
            self.take_back(order.order_line, 4)
            self.assertEqual(self.points(), 200)
            self.take_back(order.order_line, 6)
        self.assertEqual(self.points(), 200)

    def test_new_goods_after_a_return_may_use_that_days_cap_too(self):
        order = self.cut_order()
        with freeze_time("2027-01-12 10:00:00"):
            self.take_back(order.order_line, 2)
            self.assertEqual(self.points(), 67)
            order.order_line.write({"product_uom_qty": 3, "price_unit": 110})
        self.assertEqual(self.points(), 130)
