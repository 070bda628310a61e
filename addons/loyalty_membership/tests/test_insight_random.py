"""The statement of the statistics against a slow computation of its own, over histories drawn at random."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from odoo.tests import tagged

from ..domain.rfm import fifths, recency_score, rfm_class, score
from .common_insight import NOW, InsightCase

MEMBERS = 40


@tagged("post_install", "-at_install")
class TestInsightOfRandomHistories(InsightCase):
    def draw_histories(self, seed):
        draw = Random(seed)
        teams = self.env["crm.team"].create([{"name": f"Store {number}"} for number in range(3)]).ids
        categories = self.env["product.category"].create([{"name": f"Category {number}"} for number in range(3)]).ids
        members = [self.make_member(f"Member {number}", joined_on="2020-01-01") for number in range(MEMBERS)]
        rows = [
            self.row(0, member, NOW - timedelta(hours=draw.randrange(24 * 500)), team_id=draw.choice(teams), lines=[
                {"amount": draw.randrange(100) + 1, "quantity": draw.randint(1, 3), "category_id": draw.choice(categories)}
                for _line in range(draw.randint(1, 3))
            ])
            for member in members for _purchase in range(draw.randrange(9))
        ]  # fmt: skip
        purchases = self.Transaction._book(self.program, rows)
        for purchase in purchases:
            if draw.random() < 0.25:
                self.return_some(draw, purchase)
        self.Transaction._book(self.program, [
            {"member": draw.choice(members), "type": "activity", "activity_code": draw.choice(("check_in", "birthday")),
             "date": NOW - timedelta(hours=draw.randrange(24 * 40)), "source": "test",
             "reference": self.next_reference(), "lines": []}
            for _activity in range(MEMBERS)
        ])  # fmt: skip
        return members

    def return_some(self, draw, purchase):
        lines = purchase.line_ids.filtered(lambda line: draw.random() < 0.7) or purchase.line_ids
        parts = draw.choice((1, 2))
        self.Transaction._book_refunds(self.program, [
            self.row(0, purchase.member_id, min(NOW, purchase.date + timedelta(days=3)), origin_id=purchase.id, lines=[
                {"origin_line_id": line.id, "amount": line.amount // parts or line.amount, "quantity": line.quantity / parts}
                for line in lines
            ])
        ])  # fmt: skip

    # ------------------------------------------------------------ slowly

    def day(self, moment):
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.program.tz)).date()

    def first(self, counts):
        """The most frequent, of equals the least."""
        return min(counts, key=lambda key: (-counts[key], key)) if counts else False

    def left_of(self, line):
        return line.amount + sum(self.env["loyalty.transaction.line"].search([("origin_line_id", "=", line.id)]).mapped("amount"))

    def slowly(self, member):
        today, rows = self.program._today(), member.transaction_ids
        back = {purchase: rows.filtered(lambda row, purchase=purchase: row.origin_id == purchase) for purchase in rows}
        left = {purchase: sum((purchase | back[purchase]).mapped("amount")) for purchase in rows if purchase.type == "purchase"}
        kept = [purchase for purchase, amount in left.items() if amount > 0]
        period = [purchase for purchase in kept if (today - self.day(purchase.date)).days < self.program.insight_days]
        days = sorted({self.day(purchase.date) for purchase in kept})
        lines = [line for purchase in kept for line in purchase.line_ids if self.left_of(line) > 0]
        done = [*kept, *(row for row in rows if row.type == "activity" and row.activity_code == "check_in")]
        recent = [entry.points for entry in member.entry_ids if (today - self.day(entry.date)).days < 90]
        spend = sum(left[purchase] for purchase in period)
        return {
            "last_on": days[-1] if days else False,
            "purchases": len(period),
            "amount": spend,
            "average_basket": round(spend / len(period), 2) if period else 0,
            "interval_days": median((b - a).days for a, b in pairwise(days)) if days[1:] else 0,
            "category_id": self.first(Counter(line.category_id.id for line in lines)),
            "team_id": self.first(Counter(purchase.team_id.id for purchase in kept)),
            "weekday": self.first(Counter(self.day(purchase.date).weekday() for purchase in kept)),
            "active_days": len({day for row in done if (today - (day := self.day(row.date))).days < 30}),
            "points_earned": sum(recent),
        }

    def as_measured(self, member):
        insight = self.insight(member)
        values = insight.read(["last_on", "purchases", "amount", "average_basket", "interval_days", "category_id", "team_id",
                               "active_days", "points_earned"], load=False)[0]  # fmt: skip
        del values["id"]
        return values | {"weekday": insight.weekday_id.number if insight.weekday_id else False}

    def test_the_statement_says_what_a_slow_count_says(self):
        for seed, tz in ((1, "Asia/Shanghai"), (2, "America/New_York")):
            self.program.tz = tz
            members = self.draw_histories(seed)
            self.night()
            for member in members:
                with self.subTest(seed=seed, member=member.id):
                    self.assertEqual(self.as_measured(member), self.slowly(member))

    def test_scores_and_classes_are_those_of_the_domain(self):
        for seed, high in ((3, "4"), (4, "3")):
            self.program.rfm_high = high
            self.draw_histories(seed)
            self.night()
            today = self.program._today()
            bought = self.env["loyalty.member.insight"].search([("program_id", "=", self.program.id), ("purchases", ">", 0)])
            recency = [(today - day).days for day in reversed(fifths(bought.mapped("last_on")))]
            often, much = fifths(bought.mapped("purchases")), fifths(bought.mapped("amount"))
            for insight in bought:
                scores = (
                    recency_score(insight.recency_days, recency), score(insight.purchases, often), score(insight.amount, much)
                )  # fmt: skip
                with self.subTest(seed=seed, member=insight.member_id.id):
                    self.assertEqual((insight.recency_score, insight.frequency_score, insight.monetary_score), scores)
                    self.assertEqual(insight.rfm_class, rfm_class(*scores, high=int(high)))
