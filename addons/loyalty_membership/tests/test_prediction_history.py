"""What a member's purchases come to, before anything is predicted from them: days, not receipts, and money that stayed."""

from datetime import date, datetime

import numpy as np
from odoo.tests import tagged

from ..domain import histories
from .common import LoyaltyCase

DAY = date(2025, 3, 31)


@tagged("post_install", "-at_install")
class TestPredictionHistory(LoyaltyCase):
    def collected(self, day=DAY, split=None):
        """{member: (frequency, recency, age, paid, spent, frequency, recency and age at the split, later)}"""
        fit = self.env["loyalty.prediction.fit"].new({"program_id": self.program.id, "date": day})
        self.env.flush_all()
        rows = self.env.execute_query(fit._histories_sql(split or day))
        return {self.env["loyalty.member"].browse(row[0]): row[1:] for row in rows}

    def history(self, member=None, day=DAY):
        return self.collected(day).get(member or self.member, [None] * 5)[:5]

    def buy_on(self, day, amount=100, hour=4, **values):
        return self.buy(amount, date=datetime.fromisoformat(f"{day} {hour:02}:00:00"), **values)

    def test_the_first_day_makes_a_customer_and_the_days_after_it_count(self):
        self.buy_on("2025-03-01", 10)
        self.buy_on("2025-03-11", 20)
        self.buy_on("2025-03-21", 30)
        self.assertEqual(self.history(), (2, 20, 30, 2, 50.0))

    def test_several_purchases_on_a_day_are_one(self):
        self.buy_on("2025-03-01")
        self.buy_on("2025-03-11", 20)
        self.buy_on("2025-03-11", 30, hour=9)
        self.assertEqual(self.history(), (1, 10, 30, 1, 50.0))

    def test_a_day_is_one_of_the_programs_time_zone(self):
        self.buy_on("2025-03-01", hour=17)  # in Shanghai it is the next day
        self.buy_on("2025-03-02", hour=15)
        self.buy_on("2025-03-02", hour=16)
        self.assertEqual(self.history()[:3], (1, 1, 29))
        self.program.tz = "UTC"
        self.assertEqual(self.history()[:3], (1, 1, 30))

    def test_what_comes_after_the_day_does_not_count(self):
        self.buy_on("2025-03-01")
        self.buy_on("2025-04-01")
        self.assertEqual(self.history()[:3], (0, 0, 30))
        self.assertEqual(self.history(day=date(2025, 4, 1))[:3], (1, 31, 31))

    def test_who_bought_nothing_has_no_history(self):
        self.assertEqual(self.collected(), {})

    def test_a_refund_takes_its_money_from_the_day_of_the_purchase(self):
        self.buy_on("2025-03-01")
        bought = self.buy_on("2025-03-11", 100)
        self.buy_on("2025-03-21", 50)
        self.refund(bought, 40, date=datetime(2025, 3, 21, 4))
        self.assertEqual(self.history(), (2, 20, 30, 2, 110.0))

    def test_a_purchase_that_was_wholly_returned_is_none(self):
        self.buy_on("2025-03-01")
        self.refund(self.buy_on("2025-03-11"))
        self.assertEqual(self.history(), (0, 0, 30, 0, 0.0))

    def test_who_returned_the_first_purchase_began_with_the_next(self):
        self.refund(self.buy_on("2025-03-01"))
        self.buy_on("2025-03-11")
        self.assertEqual(self.history()[:3], (0, 0, 20))

    def test_an_addition_belongs_to_the_day_of_its_purchase(self):
        self.buy_on("2025-03-01")
        bought = self.buy_on("2025-03-11", 100)
        addition = self.Transaction._create_rows(self.program, [
            self.row(30, date=datetime(2025, 3, 21, 4), type="addition", origin_id=bought.id)
        ])  # fmt: skip
        self.assertEqual(self.history(), (1, 10, 30, 1, 130.0))
        self.Transaction._create_rows(self.program, [
            self.row(0, type="refund", date=datetime(2025, 3, 22, 4), lines=[
                {"origin_line_id": addition.line_ids.id, "amount": 5, "quantity": 1}
            ])
        ], sign=-1)  # fmt: skip
        self.assertEqual(self.history(), (1, 10, 30, 1, 125.0))

    def test_a_day_that_cost_nothing_is_a_purchase_that_was_not_paid(self):
        self.buy_on("2025-03-01")
        self.buy_on("2025-03-11", 0)
        self.buy_on("2025-03-21", 10)
        self.assertEqual(self.history(), (2, 20, 30, 1, 10.0))

    def test_activities_are_no_purchases(self):
        self.buy_on("2025-03-01")
        self.Transaction._book(self.program, [
            self.row(0, type="activity", activity_code="review", date=datetime(2025, 3, 11, 4), lines=[])
        ])  # fmt: skip
        self.assertEqual(self.history()[:3], (0, 0, 30))

    def test_a_survivor_has_the_purchases_of_who_was_merged(self):
        self.buy_on("2025-03-01")
        self.buy_on("2025-03-11", member=self.other)
        self.other._merge_into(self.member)
        self.assertEqual([*self.collected()], [self.member])
        self.assertEqual(self.history()[:3], (1, 10, 30))

    def test_another_program_has_its_own(self):
        self.buy_on("2025-03-01")
        second = self.env["loyalty.program"].create({"name": "Second", "is_membership": True, "tz": "Asia/Shanghai"})
        fit = self.env["loyalty.prediction.fit"].new({"program_id": second.id, "date": DAY})
        self.env.flush_all()
        self.assertEqual(self.env.execute_query(fit._histories_sql(DAY)), [])

    def test_a_range_of_members_has_what_all_have(self):
        self.buy_on("2025-03-01")
        self.refund(self.buy_on("2025-03-11"), 30)
        self.buy_on("2025-03-01", member=self.other)
        fit = self.env["loyalty.prediction.fit"].new({"program_id": self.program.id, "date": DAY})
        self.env.flush_all()
        [row] = self.env.execute_query(fit._histories_sql(DAY, (self.member.id, self.member.id)))
        self.assertEqual(row[1:], self.collected()[self.member])

    def test_the_test_knows_the_part_until_its_day(self):
        self.buy_on("2025-03-01")
        self.buy_on("2025-03-11")
        self.buy_on("2025-03-21")
        self.buy_on("2025-03-22")
        self.buy_on("2025-03-20", member=self.other)
        found = self.collected(split=date(2025, 3, 15))
        self.assertEqual(found[self.member][5:], (1, 10, 14, 2))
        self.assertLess(found[self.other][7], 0, "came later")

    def test_it_is_what_the_domain_makes_of_single_purchases(self):
        random = np.random.default_rng(3)
        rows = [
            (member, int(random.integers(1, 31)), int(random.integers(0, 4)) * 10)
            for member in (self.member, self.other) for _time in range(12)
        ]  # fmt: skip
        for member, day, amount in rows:
            self.buy_on(f"2025-03-{day:02}", amount, member=member)
        customers, days, amounts = (np.array(column) for column in zip(*((m.id, d, a) for m, d, a in rows), strict=True))
        days = days + date(2025, 2, 28).toordinal()
        split = date(2025, 3, 15)
        ids, past = histories.collect(customers, days, amounts, DAY.toordinal())
        _ids, before = histories.collect(customers, days, amounts, split.toordinal())
        since, _money = histories.later(customers, days, amounts, ids, split.toordinal(), DAY.toordinal())
        found = self.collected(split=split)
        for at, number in enumerate(ids.tolist()):
            row = found[self.env["loyalty.member"].browse(number)]
            self.assertEqual(row[:5], tuple(column[at] for column in vars(past).values()))
            self.assertEqual(row[5:], (before.frequency[at], before.recency[at], before.age[at], since[at]))
