from datetime import datetime

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestEarning(LoyaltyCase):
    def make_rule(self, **values):
        return self.env["loyalty.earning.rule"].create({"program_id": self.program.id, "name": "Extra", **values})

    def test_points_are_rounded_down_once_a_purchase(self):
        self.assertEqual(self.buy(9.99).points, 9)
        self.program.points_rounding = "up"
        self.assertEqual(self.buy(9.01).points, 10)

    def test_cap_reduces_the_award_and_never_the_purchase(self):
        self.rule.write({"cap_points": 100, "cap_period": "day"})
        with freeze_time("2026-05-01 10:00:00"):
            self.assertEqual([self.buy(70).points, self.buy(70).points, self.buy(70).points], [70, 30, 0])
        with freeze_time("2026-05-01 16:30:00"):  # the next day in Shanghai
            self.assertEqual(self.buy(70).points, 70)
        self.assertEqual(self.member.purchase_amount, 280)

    def test_cap_holds_within_one_batch(self):
        self.rule.write({"cap_points": 100, "cap_period": "lifetime"})
        rows = [self.row(60), self.row(60), self.row(60, self.other)]
        self.assertEqual(self.Transaction._book(self.program, rows).mapped("points"), [60, 40, 60])

    def test_refunded_points_free_the_cap(self):
        self.rule.write({"cap_points": 100, "cap_period": "month"})
        first = self.buy(100)
        self.refund(first)
        self.assertEqual(self.buy(80).points, 80)

    def test_a_refund_frees_the_cap_of_the_day_of_its_purchase_only(self):
        self.rule.write({"cap_points": 100, "cap_period": "day"})
        first = self.buy(100, date=datetime(2026, 5, 1, 4))
        self.refund(first, date=datetime(2026, 5, 2, 4))
        self.assertEqual(sum(self.buy(100, date=datetime(2026, 5, 2, 5)).points for _time in range(3)), 100)

    def test_a_late_purchase_counts_in_the_period_of_its_day(self):
        self.rule.write({"cap_points": 100, "cap_period": "day"})
        self.buy(100, date=datetime(2026, 5, 1, 4))
        self.assertEqual(self.buy(50, date=datetime(2026, 5, 2, 4)).points, 50)
        self.assertEqual(self.buy(50, date=datetime(2026, 5, 1, 5)).points, 0)

    def test_budget_of_a_rule_ends_for_everybody(self):
        self.rule.budget_points = 100
        self.assertEqual(self.buy(70).points, 70)
        self.assertEqual(self.buy(70, self.other).points, 30)
        self.assertEqual(self.rule.budget_used, 100)
        self.assertEqual(self.buy(70).points, 0)

    def test_a_budget_counts_what_was_given_before_it_was_set(self):
        purchase = self.buy(1000)
        self.rule.budget_points = 100
        self.assertEqual(self.rule.budget_used, 1000)
        self.assertEqual(self.buy(10).points, 0)
        self.refund(purchase)
        self.assertEqual(self.rule.budget_used, 0)
        self.assertEqual(self.buy(5000).points, 100)

    def test_a_budget_that_is_set_anew_counts_what_was_given_meanwhile(self):
        self.rule.budget_points = 100
        self.buy(70)
        self.rule.budget_points = 0
        self.buy(20)
        self.rule.budget_points = 100
        self.assertEqual(self.rule.budget_used, 90)
        self.rule.budget_points = 200
        self.assertEqual(self.rule.budget_used, 90)

    def test_a_budget_is_never_more_than_it_was_set_to(self):
        purchase = self.buy(1000)
        self.rule.budget_points = 100
        # As if the purchase had been under way while the budget was set.
        self.env.cr.execute("UPDATE loyalty_earning_rule SET budget_used = 0 WHERE id = %s", [self.rule.id])
        self.rule.invalidate_recordset()
        self.refund(purchase)
        self.assertEqual(self.rule.budget_used, 0)

    def test_a_limit_holds_for_what_merged_members_got(self):
        self.rule.write({"cap_points": 100, "cap_period": "lifetime"})
        self.buy(70, member=self.other)
        self.other._merge_into(self.member)
        self.assertEqual(self.buy(100).points, 30)

    def test_the_welcome_is_not_given_to_whom_a_merged_member_is(self):
        self.make_rule(points_mode="fixed", points=50, first_purchase=True)
        self.buy(10, member=self.other)
        self.other._merge_into(self.member)
        self.assertEqual(self.buy(10).points, 10)

    def test_an_occasion_of_a_merged_member_is_not_rewarded_again(self):
        self.make_rule(trigger="activity", activity_code="profile_completed", points_mode="fixed", points=30)
        record = self.Transaction._record_activity_once
        record(self.other, "profile_completed")
        self.assertEqual(self.points(self.other), 30)
        self.other._merge_into(self.member)
        record(self.member, "profile_completed")
        self.assertEqual(self.points(), 30)

    def test_first_purchase(self):
        self.make_rule(points_mode="fixed", points=50, first_purchase=True)
        self.assertEqual(self.buy(10).points, 60)
        self.assertEqual(self.buy(10).points, 10)

    def test_first_purchase_within_one_batch(self):
        self.make_rule(points_mode="fixed", points=50, first_purchase=True)
        self.assertEqual(self.Transaction._book(self.program, [self.row(10), self.row(10)]).mapped("points"), [60, 10])

    def test_rules_of_the_day_of_the_purchase(self):
        self.make_rule(kind="multiplier", multiplier=2, date_from="2026-06-18", date_to="2026-06-18")
        self.assertEqual(self.buy(10, date=datetime(2026, 6, 17, 16, 30)).points, 20, "already the 18th in Shanghai")
        self.assertEqual(self.buy(10, date=datetime(2026, 6, 18, 16, 30)).points, 10)

    def test_member_and_product_filters(self):
        self.make_rule(points_mode="fixed", points=7, member_domain=[("gender", "=", "female")])
        self.make_rule(points_mode="unit", points=5, category_ids=[(6, 0, self.product.categ_id.ids)])
        self.member.gender = "female"
        self.assertEqual(self.buy(10, quantity=2).points, 10 + 7 + 10)
        self.assertEqual(self.buy(10, self.other, quantity=2).points, 20)

    def test_joining_gives_points_once(self):
        self.make_rule(trigger="activity", activity_code="joined", points_mode="fixed", points=100)
        member = self.make_member("Newcomer")
        self.assertEqual(member.points, 100)
        self.Transaction._record_activity_once(member, "joined")
        self.assertEqual(self.points(member), 100)

    def test_birthday_and_anniversary_give_points_once_a_year(self):
        self.make_rule(trigger="activity", activity_code="birthday", points_mode="fixed", points=66)
        self.make_rule(trigger="activity", activity_code="anniversary", points_mode="fixed", points=33)
        self.member.write({"birthdate": "1992-02-29", "joined_on": "2024-03-01"})
        Member = self.env["loyalty.member"]
        for moment, points in (
            ("2026-02-27 15:00:00", 0), ("2026-02-27 17:00:00", 66), ("2026-02-28 17:00:00", 99), ("2027-02-28 04:00:00", 165),
        ):  # fmt: skip
            with freeze_time(moment):
                for code, year, members in Member._celebrating(self.program):
                    self.Transaction._record_activity_once(members, code, str(year))
                self.assertEqual(self.points(), points, moment)

    def test_a_rule_that_booked_points_may_name_is_archived_not_deleted(self):
        double = self.make_rule(kind="multiplier", multiplier=2)
        self.buy(10)
        with self.assertRaises(UserError):
            double.unlink()
        double.active = False
        self.assertEqual(self.buy(10).points, 10)

    def test_simulation_writes_nothing(self):
        [[award]] = self.Transaction._evaluate(self.program, [self.row(128)])
        self.assertEqual(award.points, 128)
        self.assertFalse(self.member.entry_ids)
        self.assertFalse(self.member.transaction_ids)

    def test_statistics_follow_purchases_and_refunds(self):
        self.buy(100, date=datetime(2026, 1, 5, 4))
        second = self.buy(50, date=datetime(2025, 1, 5, 4))
        self.assertEqual((self.member.purchase_count, self.member.purchase_amount), (2, 150))
        self.assertEqual(self.member.first_purchase_at, datetime(2025, 1, 5, 4))
        self.assertEqual(self.member.last_purchase_at, datetime(2026, 1, 5, 4))
        self.refund(second)
        self.assertEqual((self.member.purchase_count, self.member.purchase_amount), (1, 100))
