"""Every figure of the statistics, by examples worked out by hand."""

from datetime import date, datetime

from odoo.tests import tagged

from .common_insight import InsightCase


@tagged("post_install", "-at_install")
class TestInsightOfPurchases(InsightCase):
    def test_recency_frequency_and_money_are_those_of_the_period(self):
        self.buy(999, date=self.ago(365))
        self.buy(100, date=self.ago(364))
        self.buy(50, date=self.ago(3))
        self.night()
        insight = self.insight()
        self.assertEqual((insight.purchases, insight.amount, insight.average_basket), (2, 150, 75))
        self.assertEqual((insight.last_on, insight.recency_days), (date(2037, 11, 15), 3))

    def test_a_period_of_its_own_counts(self):
        self.program.insight_days = 3
        self.buy(100, date=self.ago(3))
        self.buy(50, date=self.ago(2))
        self.night()
        self.assertEqual((self.insight().purchases, self.insight().amount), (1, 50))

    def test_what_is_to_happen_yet_does_not_count(self):
        self.buy(100, date=self.ago(-1))
        self.night()
        self.assertFalse(self.insight().purchases)
        self.assertFalse(self.insight().last_on)

    def test_days_are_those_of_the_program(self):
        self.buy(100, date=datetime(2037, 11, 13, 16, 30))  # Friday in London, Saturday in Shanghai
        self.night()
        self.assertEqual((self.insight().last_on, self.insight().weekday_id.name), (date(2037, 11, 14), "Saturday"))
        self.program.tz = "Europe/London"
        self.night()
        self.assertEqual((self.insight().last_on, self.insight().weekday_id.name), (date(2037, 11, 13), "Friday"))

    def test_a_purchase_that_was_wholly_returned_is_none(self):
        self.buy(80, date=self.ago(30))
        self.refund(self.buy(500, date=self.ago(2)), date=self.ago(1))
        self.night()
        insight = self.insight()
        self.assertEqual((insight.purchases, insight.amount, insight.recency_days, insight.active_days), (1, 80, 30, 0))

    def test_what_was_returned_of_a_purchase_lowers_its_basket(self):
        purchase = self.buy(100, date=self.ago(20), quantity=4)
        self.refund(purchase, amount=25, quantity=1, date=self.ago(10))
        self.buy(45, date=self.ago(5))
        self.night()
        insight = self.insight()
        self.assertEqual((insight.purchases, insight.amount, insight.average_basket), (2, 120, 60))

    def test_a_return_goes_with_its_purchase_out_of_the_period(self):
        purchase = self.buy(100, date=self.ago(400), quantity=4)
        self.refund(purchase, amount=25, quantity=1, date=self.ago(10))
        self.buy(40, date=self.ago(5))
        self.night()
        self.assertEqual(self.insight().amount, 40)

    def test_an_addition_is_no_purchase_of_its_own(self):
        purchase = self.buy(100, date=self.ago(20))
        row = self.row(60, date=self.ago(1))
        self.member._lock()
        self.Transaction._book_addition(self.program, purchase, row)
        self.night()
        insight = self.insight()
        self.assertEqual((insight.purchases, insight.amount, insight.recency_days, insight.active_days), (1, 160, 20, 1))

    def test_the_days_between_purchases_are_their_median(self):
        for days in (100, 90, 60, 59, 9):  # gaps of 10, 30, 1 and 50 days
            self.buy(10, date=self.ago(days))
        self.night()
        self.assertEqual(self.insight().interval_days, 20)

    def test_purchases_of_one_day_are_one_day(self):
        for days, hours in ((30, 0), (30, 1), (20, 0), (20, 2)):
            self.buy(10, date=self.ago(days, hours))
        self.night()
        self.assertEqual((self.insight().interval_days, self.insight().purchases), (10, 4))

    def test_who_bought_on_one_day_has_no_interval(self):
        self.buy(10, date=self.ago(30))
        self.night()
        self.assertEqual(self.insight().interval_days, 0)

    def test_favourites_are_what_is_most_frequent(self):
        first, second = self.env["crm.team"].create([{"name": "East"}, {"name": "West"}])
        for days, team in ((8, second), (9, first), (15, second)):  # two Tuesdays and a Monday
            self.buy(10, date=self.ago(days), team_id=team.id)
        self.night()
        self.assertEqual((self.insight().team_id, self.insight().weekday_id.name), (second, "Tuesday"))

    def test_of_equal_favourites_the_first_counts(self):
        first, second = self.env["crm.team"].create([{"name": "East"}, {"name": "West"}])
        for days, team in ((7, second), (8, first)):  # a Wednesday and a Tuesday
            self.buy(10, date=self.ago(days), team_id=team.id)
        self.night()
        self.assertEqual((self.insight().team_id, self.insight().weekday_id.name), (first, "Tuesday"))

    def test_the_favourite_category_is_that_of_most_items_kept(self):
        skin, tea = self.env["product.category"].create([{"name": "Skin Care"}, {"name": "Tea"}])
        lines = [{"amount": 10, "quantity": 1, "category_id": category.id} for category in (skin, tea, tea)]
        purchase = self.buy(0, date=self.ago(8), lines=lines)
        self.night()
        self.assertEqual(self.insight().category_id, tea)
        self.Transaction._book_refunds(self.program, [self.row(0, date=self.ago(1), origin_id=purchase.id, lines=[
            {"origin_line_id": line.id, "amount": 10, "quantity": 1} for line in purchase.line_ids[1:]
        ])])  # fmt: skip
        self.night()
        self.assertEqual(self.insight().category_id, skin)

    def test_a_line_of_which_something_stays_counts(self):
        skin, tea = self.env["product.category"].create([{"name": "Skin Care"}, {"name": "Tea"}])
        lines = [{"amount": 20, "quantity": 2, "category_id": category.id} for category in (tea, tea, skin)]
        purchase = self.buy(0, date=self.ago(8), lines=lines)
        self.Transaction._book_refunds(self.program, [self.row(0, date=self.ago(1), origin_id=purchase.id, lines=[
            {"origin_line_id": line.id, "amount": 10, "quantity": 1} for line in purchase.line_ids[:2]
        ])])  # fmt: skip
        self.night()
        self.assertEqual(self.insight().category_id, tea)

    def test_who_never_bought_has_a_row_of_nothing(self):
        self.night()
        insight = self.insight()
        self.assertEqual(len(insight), 1)
        self.assertEqual((insight.purchases, insight.amount, insight.rfm_class, insight.last_on), (0, 0, False, False))


@tagged("post_install", "-at_install")
class TestInsightOfActivity(InsightCase):
    def do(self, code, days):
        return self.Transaction._book(self.program, [
            {"member": self.member, "type": "activity", "activity_code": code, "date": self.ago(days), "source": "test",
             "reference": self.next_reference(), "lines": []}
        ])  # fmt: skip

    def test_active_days_are_those_of_purchases_and_activities(self):
        self.buy(10, date=self.ago(5))
        self.do("check_in", 5)
        self.do("check_in", 29)
        self.do("survey", 0)
        self.do("survey", 30)
        self.night()
        self.assertEqual(self.insight().active_days, 3)

    def test_an_activity_is_no_purchase(self):
        self.do("check_in", 5)
        self.night()
        self.assertEqual((self.insight().purchases, self.insight().last_on), (0, False))

    def test_what_the_calendar_or_a_friend_did_is_no_activity_of_the_member(self):
        for code in ("birthday", "anniversary", "referral", "referred"):
            self.do(code, 3)
        self.night()
        self.assertEqual(self.insight().active_days, 0)

    def test_points_of_90_days_are_earned_less_what_was_clawed_back(self):
        self.buy(500, date=self.ago(90))
        purchase = self.buy(100, date=self.ago(89), quantity=4)
        self.refund(purchase, amount=25, quantity=1, date=self.ago(10))
        self.grant(1000)
        self.night()
        self.assertEqual(self.insight().points_earned, 75)

    def test_pending_points_are_earned_and_withdrawn_ones_are_not(self):
        self.program.hold_days = 30
        self.buy(100, date=self.ago(1))
        self.buy(40, date=self.ago(1)).entry_ids._void()
        self.night()
        self.assertEqual(self.insight().points_earned, 100)

    def test_points_spent_are_less_what_was_given_back(self):
        self.grant(500)
        spent = self.spend(80, date=self.ago(80))
        self.spend(70, date=self.ago(91))
        self.Entry._post([{"member_id": self.member.id, "kind": "restore", "points": 30, "reverses_id": spent.id}])
        self.night()
        self.assertEqual(self.insight().points_spent, 50)

    def test_the_share_of_reduced_orders_counts_discounts_and_rewards(self):
        self.grant(1000)
        plain, reduced, rewarded = (self.make_order(1) for _number in range(3))
        reduced.order_line.discount = 10
        self.pay_with_points(rewarded)
        (plain | reduced | rewarded).action_confirm()
        self.buy(100, date=self.ago(1))  # of another system: unknown
        self.night()
        self.assertAlmostEqual(self.insight().reduced_share, 66.7)

    def test_who_has_no_orders_has_no_share(self):
        self.buy(100, date=self.ago(1))
        self.night()
        self.env.cr.execute("SELECT reduced_share FROM loyalty_member_insight WHERE member_id = %s", [self.member.id])
        self.assertEqual(self.env.cr.fetchone(), (None,))

    def test_a_cancelled_order_is_no_purchase(self):
        order = self.make_order(1)
        order.action_confirm()
        order._action_cancel()
        self.night()
        self.assertEqual((self.insight().purchases, self.insight().amount), (0, 0))


@tagged("post_install", "-at_install")
class TestInsightOfWhom(InsightCase):
    def test_a_survivor_has_what_merged_members_bought_and_earned(self):
        self.buy(100, date=self.ago(10))
        self.buy(50, self.other, date=self.ago(4))
        self.night()
        self.other._merge_into(self.member)
        self.night()
        insight = self.insight()
        self.assertEqual((insight.purchases, insight.amount, insight.recency_days, insight.points_earned), (2, 150, 4, 150))
        self.assertFalse(self.insight(self.other))

    def test_an_undone_merge_gives_each_their_own_again(self):
        self.buy(100, date=self.ago(10))
        self.buy(50, self.other, date=self.ago(4))
        self.other._merge_into(self.member)
        self.night()
        self.env["loyalty.member.merge"].search([("merged_id", "=", self.other.id)])._undo("wrong")
        self.night()
        self.assertEqual((self.insight().amount, self.insight(self.other).amount), (100, 50))

    def test_who_left_is_not_measured_any_more(self):
        for change in ({"state": "closed"}, {"active": False}):
            with self.subTest(change):
                self.other.write({"state": "active", "active": True})
                self.buy(50, self.other, date=self.ago(4))
                self.night()
                self.assertTrue(self.insight(self.other))
                self.other.write(change)
                self.night()
                self.assertFalse(self.insight(self.other))

    def test_who_is_frozen_stays_measured(self):
        self.buy(50, self.other, date=self.ago(4))
        self.other.state = "frozen"
        self.night()
        self.assertEqual(self.insight(self.other).purchases, 1)

    def test_nothing_is_left_of_who_is_erased(self):
        self.buy(50, self.other, date=self.ago(4))
        self.night()
        self.other._erase("asked")
        self.assertFalse(self.insight(self.other))
        self.night()
        self.assertFalse(self.insight(self.other))

    def test_another_program_of_another_company_has_days_and_rows_of_its_own(self):
        company = self.env["res.company"].create({"name": "Other", "currency_id": self.env.ref("base.JPY").id})
        program = self.env["loyalty.program"].create({
            "name": "Theirs", "is_membership": True, "company_id": company.id, "tz": "America/New_York", "currency_id":
            self.env.ref("base.JPY").id, "insight_days": 10,
        })  # fmt: skip
        theirs = self.make_member("Ito", program_id=program.id)
        for days in (20, 9, 8):
            self.Transaction._book(program, [self.row(100 + days, theirs, self.ago(days, hours=2))])
        self.buy(70, date=self.ago(20))
        self.night()
        insight = self.insight(theirs)
        self.assertEqual((insight.company_id, insight.purchases, insight.amount), (company, 2, 217))
        self.assertEqual(insight.average_basket, 109, "whole yen")
        self.assertEqual((insight.last_on, insight.recency_days), (date(2037, 11, 9), 8))
        self.assertEqual((self.insight().purchases, self.insight().company_id), (1, self.env.company))
