from datetime import datetime
from unittest.mock import patch

from odoo import models

from ..models import loyalty_sums
from .common import LoyaltyCase


class TestSums(LoyaltyCase):
    """Pivots over tables of many rows say what Odoo's own, slower way of grouping says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        teams = cls.env["crm.team"].create([{"name": name, "sequence": 9 - place} for place, name in enumerate("AB")])
        for day, team, amount in (((2026, 1, 31, 20), teams[0], 10), ((2026, 2, 1), teams[1], 20), ((2026, 1, 5), None, 30)):
            cls.Transaction._book(cls.program, [{
                "member": cls.member, "type": "purchase", "date": datetime(*day), "team_id": team and team.id, "source": "t",
                "reference": str(day), "lines": [{"quantity": 1, "amount": amount}],
            }])  # fmt: skip

    def assertSame(self, model, sets, aggregates, domain):
        ours = model._read_grouping_sets(domain, sets, aggregates, order=", ".join(sets[-1]))
        native = models.BaseModel._read_grouping_sets(model, domain, sets, aggregates, order=", ".join(sets[-1]))
        self.assertTrue(any(native))
        self.assertEqual(ours, native)

    def test_groups_in_their_order_with_their_sums(self):
        domain = [("program_id", "=", self.program.id)]
        for tz in ("UTC", "Asia/Shanghai"):
            rows = self.Transaction.with_context(tz=tz)
            sets = [(), ("team_id",), ("date:month",), ("team_id", "date:month")]
            aggregates = ["amount:sum", "amount:sum_currency", "currency_id:array_agg_distinct", "__count"]
            self.assertSame(rows, sets, aggregates, domain)
        self.assertSame(self.Entry, [(), ("kind",), ("kind", "rule_id")], ["points:sum", "__count"], domain)

    def test_nothing_at_all(self):
        nothing = [("source", "=", "nowhere")]
        self.assertSame(self.Transaction, [(), ("team_id",)], ["amount:sum", "__count"], nothing)

    def test_what_does_not_add_up_is_left_to_odoo(self):
        domain = [("program_id", "=", self.program.id)]
        self.assertSame(self.Transaction, [(), ("team_id",)], ["amount:avg", "member_id:count_distinct"], domain)
        by_store_of_the_member = [(), ("member_id.team_id",), ("member_id.team_id", "date:month")]
        self.assertSame(self.Transaction, by_store_of_the_member, ["amount:sum"], domain)
        with patch.object(loyalty_sums, "MOST_GROUPS", 1):
            self.assertSame(self.Transaction, [(), ("team_id",)], ["amount:sum", "__count"], domain)

    def test_an_order_of_the_asker_is_kept(self):
        domain = [("program_id", "=", self.program.id)]
        for order in ("team_id DESC", "amount:sum DESC"):
            ours = self.Transaction._read_grouping_sets(domain, [("team_id",)], ["amount:sum"], order=order)
            native = models.BaseModel._read_grouping_sets(self.Transaction, domain, [("team_id",)], ["amount:sum"], order=order)
            self.assertEqual(ours, native)
