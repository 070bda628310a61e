"""Random lives of one order against what its goods are worth at each moment."""

import os
from datetime import datetime, timedelta
from math import floor

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase

#: (line, units, price in cents): what an edit makes of a line; -1 is a cancellation, -2 a new confirmation.
EDITS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 500)),
        st.tuples(st.sampled_from([-1, -2]), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=8,
)


#: (line, units): what an edit makes of a line of goods at 1.00; or something that happens to the member or to a rule.
UNITS = st.tuples(st.integers(0, 1), st.integers(0, 4))
MEANWHILE = st.lists(st.one_of(UNITS, UNITS, st.sampled_from(["freeze", "thaw", "archive", "restore"])), min_size=2, max_size=10)
#: (days later, line, units).
DAYS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 30)), min_size=2, max_size=8)


class OrderModel(LoyaltyCase):
    """Hypothesis and the database: each life starts from the same state."""

    def random(self, histories, live):
        examples = int(os.environ.get("LOYALTY_EXAMPLES", "25"))

        @settings(
            max_examples=examples,
            derandomize="LOYALTY_EXAMPLES" not in os.environ,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(histories)
        def run(history):
            savepoint = self.env.cr.savepoint()
            try:
                live(history)
            finally:
                self.env.invalidate_all()
                savepoint.rollback()

        run()

    def by_rule(self):
        """What the member holds, by the names of the rules that gave it."""
        entries = self.Entry.search([("member_id", "=", self.member.id), ("state", "!=", "void")])
        named = entries.grouped(lambda entry: entry.rule_id.name)
        return {name: sum(entries.mapped("points")) for name, entries in named.items()}

    def edit(self, order, line, units, price=1):
        edited = order.order_line.sorted("id")[line]
        order.order_line = [Command.update(edited.id, {"product_uom_qty": units, "price_unit": price})]


@tagged("post_install", "-at_install")
class TestOrderModel(OrderModel):
    def test_points_follow_the_goods_through_every_edit(self):
        self.env["loyalty.earning.rule"].create([
            {"program_id": self.program.id, "name": "Once", "points_mode": "fixed", "points": 50},
            {"program_id": self.program.id, "name": "Unit", "points_mode": "unit", "points": 3},
        ])
        self.random(EDITS, self.live)

    def live(self, edits):
        order = self.make_order(1, 1, price=1.25)
        order.action_confirm()
        for line, units, cents in edits:
            if line == -1:
                order._action_cancel()
            elif line == -2 and order.state == "cancel":
                order.action_draft()
                order.action_confirm()
            elif line >= 0 and order.state == "sale":
                self.edit(order, line, units, cents / 100)
            self.check(order)
        if order.state == "sale":
            order._action_cancel()
        self.check(order)
        self.assertBalanced()

    def check(self, order):
        """One point for 1.00 of the whole, 50 for the purchase, 3 a unit: nothing lost, nothing invented."""
        due = order.order_line if order.state == "sale" else order.order_line.browse()
        worth, units = round(sum(due.mapped("price_total")), 2), sum(due.mapped("product_uom_qty"))
        held = self.by_rule()
        base = held.get("Purchase", 0)
        # A refund is rounded in the member's favour, and what they keep is not given once more.
        self.assertGreaterEqual(base, floor(worth))
        self.assertLessEqual(base, floor(worth) + 2 if worth else 0)
        self.assertEqual(held.get("Unit", 0), 3 * units)
        self.assertLessEqual(held.get("Once", 0), 50)
        self.assertFalse(held.get("Once", 0) and not worth and not units)
        self.assertEqual(self.points(), sum(held.values()))
        self.assertAlmostEqual(self.member.purchase_amount, worth, 2)
        if worth or not units:  # goods whose whole price was given back may count as a purchase, or not
            self.assertEqual(self.member.purchase_count, int(bool(worth)))


class TwoGoods(OrderModel):
    """Shoes and tea at 1.00, so that all points are whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Services: nothing is delivered, so that a life takes less time.
        cls.product, cls.tea = cls.env["product.product"].create([
            {"name": name, "list_price": 1, "type": "service", "taxes_id": False} for name in ("Shoe", "Tea")
        ])

    def rule_of(self, product, points, **values):
        return self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": product.name, "points_mode": "unit", "points": points,
            "product_domain": f"[('id', '=', {product.id})]", **values,
        })  # fmt: skip

    def order_of(self, shoes, tea):
        order = self.make_order(shoes, price=1)
        order.order_line = [Command.create({"product_id": self.tea.id, "product_uom_qty": tea, "price_unit": 1})]
        order.action_confirm()
        return order


@tagged("post_install", "-at_install")
class TestOrderModelMeanwhile(TwoGoods):
    """A member is frozen and a rule archived while the order lives: each unit takes back what it brought, the last first."""

    def test_each_unit_takes_back_what_it_brought(self):
        self.shoes = self.rule_of(self.product, 3)
        self.random(MEANWHILE, self.live)

    def live(self, history):
        order = self.order_of(2, 1)
        brought = [[(1, 3)] * 2, [(1, 0)]]
        for event in history:
            if isinstance(event, str):
                self.happen(event)
                continue
            line, units = event
            self.edit(order, line, units)
            by_rule = self.shoes.active and line == 0
            new = (1, 3 * by_rule) if self.member.state == "active" else (0, 0)
            brought[line] = (brought[line] + [new] * units)[:units]
            self.check(brought)
        order._action_cancel()
        self.check([[], []])
        self.assertBalanced()

    def happen(self, event):
        if event in ("archive", "restore"):
            self.shoes.active = event == "restore"
        elif (event == "freeze") == (self.member.state == "active"):
            self.member._freeze("Asked for") if event == "freeze" else self.member._reactivate("Asked for")

    def check(self, brought):
        held, units = self.by_rule(), [unit for units in brought for unit in units]
        self.assertEqual(held.get("Purchase", 0), sum(base for base, _own in units))
        self.assertEqual(held.get("Shoe", 0), sum(own for _base, own in units))


@tagged("post_install", "-at_install")
class TestOrderModelGroup(TwoGoods):
    """Two rules of a group, one for each of the goods."""

    RATES = (3, 5)

    def test_the_best_of_a_group_stays_with_its_goods(self):
        self.rule.active = False
        for product, points in zip((self.product, self.tea), self.RATES, strict=True):
            self.rule_of(product, points, group="g")
        self.random(st.lists(UNITS, min_size=2, max_size=10), self.live)

    def live(self, history):
        units, order = [1, 1], self.order_of(1, 1)
        won = self.won([0, 0], units)
        for line, now in history:
            self.edit(order, line, now)
            units[line], grown = now, now > units[line]
            won = self.won(won, units) if grown else [min(pair) for pair in zip(won, units, strict=True)]
            held = sum(self.by_rule().values())
            self.assertLessEqual(held, max(self.worth(units)))
            self.assertGreaterEqual(held, max(self.worth(won)))
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def worth(self, units):
        return [rate * number for rate, number in zip(self.RATES, units, strict=True)]

    def won(self, before, units):
        """Units of goods whose rule was the best when the order grew, and that had all its points."""
        worth, held = self.worth(units), sum(self.by_rule().values())
        best = worth.index(max(worth))
        return [units[line] if line == best and held == worth[best] else before[line] for line in (0, 1)]


@tagged("post_install", "-at_install")
class TestOrderModelCap(TwoGoods):
    """At most 10 points a day."""

    CAP = 10

    def test_a_day_gives_no_more_than_its_cap_for_what_is_new(self):
        self.rule.write({"cap_points": self.CAP, "cap_period": "day"})
        self.random(DAYS, self.live)

    def live(self, history):
        moment, units, given, most, only_grown = datetime(2027, 1, 10, 4), [12, 0], {0: 10}, 12, True
        with freeze_time(moment):
            order = self.order_of(*units)
        for later, line, now in history:
            moment += timedelta(days=later)
            only_grown, units[line] = only_grown and now >= units[line], now
            with freeze_time(moment):
                self.edit(order, line, now)
            day, new = (moment - datetime(2027, 1, 10, 4)).days, max(sum(units) - most, 0)
            given[day], most = min(given.get(day, 0) + new, self.CAP), most + new
            held = sum(self.by_rule().values())
            self.assertLessEqual(held, min(sum(given.values()), sum(units)))
            if only_grown:
                self.assertEqual(held, sum(given.values()))
        order._action_cancel()
        self.assertEqual(self.points(), 0)
        self.assertBalanced()
