"""Random lives of one order against what its goods are worth at each moment."""

import os
from math import floor

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


@tagged("post_install", "-at_install")
class TestOrderModel(LoyaltyCase):
    def test_points_follow_the_goods_through_every_edit(self):
        self.env["loyalty.earning.rule"].create([
            {"program_id": self.program.id, "name": "Once", "points_mode": "fixed", "points": 50},
            {"program_id": self.program.id, "name": "Unit", "points_mode": "unit", "points": 3},
        ])
        examples = int(os.environ.get("LOYALTY_EXAMPLES", "25"))

        @settings(
            max_examples=examples,
            derandomize="LOYALTY_EXAMPLES" not in os.environ,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(EDITS)
        def run(edits):
            savepoint = self.env.cr.savepoint()
            try:
                self.live(edits)
            finally:
                self.env.invalidate_all()
                savepoint.rollback()

        run()

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
                edited = order.order_line.sorted("id")[line]
                order.order_line = [Command.update(edited.id, {"product_uom_qty": units, "price_unit": cents / 100})]
            self.check(order)
        if order.state == "sale":
            order._action_cancel()
        self.check(order)
        self.assertBalanced()

    def check(self, order):
        """One point for 1.00 of the whole, 50 for the purchase, 3 a unit: nothing lost, nothing invented."""
        due = order.order_line if order.state == "sale" else order.order_line.browse()
        worth, units = round(sum(due.mapped("price_total")), 2), sum(due.mapped("product_uom_qty"))
        held = {name: sum(entries.mapped("points")) for name, entries in self.by_rule(order).items()}
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

    def by_rule(self, order):
        entries = self.Entry.search([("member_id", "=", self.member.id), ("state", "!=", "void")])
        return entries.grouped(lambda entry: entry.rule_id.name)
