"""What members buy in a journey's days: which purchases count, for which run, and until when."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_journey_results import JourneyResultsCase


@tagged("post_install", "-at_install")
class TestJourneyCount(JourneyResultsCase):
    def test_purchases_from_the_first_step_until_the_last_day_count(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 20)
        self.buy(1, date=self.ago(20, seconds=1))
        self.buy(2, date=self.ago(20))  # what it answers
        self.buy(10, date=self.ago(20, seconds=-1))
        self.buy(20, date=self.ago(10))
        self.buy(4, date=self.ago(10, seconds=-1))
        self.buy(8, self.other, date=self.ago(15))
        self.count(journey)
        self.assertEqual(self.bought(run), (2, 30))

    def test_the_control_group_is_counted_alike(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 20, is_control=True)
        self.buy(10, date=self.ago(15))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 10))

    def test_who_left_is_counted_alike(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 20, state="cancelled")
        self.buy(10, date=self.ago(15))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 10))

    def test_nothing_counts_before_the_first_step(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, -1, state="waiting")
        self.buy(10, date=self.ago(0))
        self.count(journey)
        self.assertEqual(self.bought(run), (0, 0))
        self.assertEqual(journey.treated_members, 0)

    def test_who_was_due_before_the_journey_found_them_counts_from_when_it_did(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 300)
        self.env.cr.execute("UPDATE loyalty_journey_run SET create_date = %s WHERE id = %s", [self.ago(5), run.id])
        self.buy(10, date=self.ago(295))
        self.buy(20, date=self.ago(4))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 20))

    def test_a_refund_counts_for_its_purchase_whenever_it_comes(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 14)
        before, inside, whole = (self.buy(100, date=self.ago(days)) for days in (15, 10, 9))
        self.refund(before, 50, date=self.ago(12))
        self.refund(inside, 30, date=self.ago(1))
        self.refund(whole, date=self.ago(1))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 70))

    def test_an_addition_counts_for_its_purchase(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 14)
        order = self.make_order(1)
        order.action_confirm()
        purchase = order.loyalty_transaction_ids if "loyalty_transaction_ids" in order else self.Transaction.search(
            [("sale_order_id", "=", order.id)]
        )  # fmt: skip
        self.assertEqual(len(purchase), 1)
        order.order_line.product_uom_qty = 3
        self.assertEqual(len(self.Transaction.search([("origin_id", "=", purchase.id), ("type", "=", "addition")])), 1)
        self.env.cr.execute("UPDATE loyalty_transaction SET date = %s WHERE id = %s", [self.ago(9), purchase.id])
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 300))

    def test_activities_do_not_count(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 14)
        self.Transaction._book(self.program, [self.row(0, date=self.ago(9), type="activity", activity_code="review")])
        self.count(journey)
        self.assertEqual(self.bought(run), (0, 0))

    # ------------------------------------------------------------ runs that overlap

    def test_what_is_bought_after_the_next_run_began_counts_for_that_one(self):
        journey = self.empty_journey()
        first, second, other = (self.make_run(journey, member, days) for member, days in (
            (self.member, 20), (self.member, 15), (self.other, 16),
        ))  # fmt: skip
        self.buy(1, date=self.ago(18))
        self.buy(10, date=self.ago(15))
        self.buy(100, date=self.ago(14))
        self.buy(1000, date=self.ago(6))
        self.buy(7, self.other, date=self.ago(7))
        self.count(journey)
        self.assertEqual([self.bought(run) for run in (first, second, other)], [(2, 11), (2, 1100), (1, 7)])
        self.assertEqual((journey.treated_members, journey.treated_purchases, journey.treated_revenue), (2, 5, 1118))

    def test_a_run_that_has_not_begun_takes_nothing_from_the_one_before(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 5)
        self.make_run(journey, self.member, -1, state="waiting")
        self.buy(10, date=self.ago(1))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 10))

    def test_two_journeys_count_the_same_purchase_each(self):
        journeys = [self.empty_journey(), self.empty_journey()]
        runs = [self.make_run(journey, self.member, 5) for journey in journeys]
        self.buy(10, date=self.ago(1))
        for journey in journeys:
            self.count(journey)
        self.assertEqual([self.bought(run) for run in runs], [(1, 10), (1, 10)])

    # ------------------------------------------------------------ when it is counted again

    def test_late_purchases_and_refunds_count_for_7_days_after_the_last_day(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 10)
        self.count(journey)
        purchase = self.buy(100, date=self.ago(1))
        self.count(journey, self.now + timedelta(days=6))
        self.assertEqual(self.bought(run), (1, 100))
        self.refund(purchase, 40)
        self.count(journey, self.now + timedelta(days=7))
        self.assertEqual(self.bought(run), (1, 60))
        self.refund(purchase, 60)
        self.count(journey, self.now + timedelta(days=9))
        self.assertEqual(self.bought(run), (1, 60), "counted for the last time 7 days after its last day")

    def test_a_run_is_counted_to_its_end_when_the_job_stood_still(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 5)
        self.count(journey)
        self.buy(10, date=self.now + timedelta(days=3))
        self.count(journey, self.now + timedelta(days=100))
        self.assertEqual(self.bought(run), (1, 10))

    def test_other_days_count_everything_anew(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 100)
        self.buy(10, date=self.ago(99))
        self.buy(20, date=self.ago(80))
        self.count(journey)
        self.assertEqual(self.bought(run), (1, 10))
        journey.attribution_days = 30
        self.assertFalse(journey.counted_at)
        self.count(journey)
        self.assertEqual(self.bought(run), (2, 30))

    def test_what_did_not_change_is_not_written(self):
        journey = self.empty_journey()
        runs = self.make_run(journey, self.member, 5) | self.make_run(journey, self.other, 5)
        self.buy(10, date=self.ago(1))
        self.count(journey)
        before = self.versions(runs)
        self.count(journey)
        self.assertEqual(self.versions(runs), before)
        self.buy(5, date=self.ago(1))
        self.count(journey)
        after = self.versions(runs)
        self.assertEqual([after[run] == before[run] for run in runs.sorted("id").ids], [False, True])

    def versions(self, runs):
        self.env.cr.execute("SELECT id, xmin::text || ctid::text FROM loyalty_journey_run WHERE id = ANY(%s)", [runs.ids])
        return dict(self.env.cr.fetchall())

    # ------------------------------------------------------------ the job

    def test_members_are_counted_in_batches_however_they_fall(self):
        journey = self.empty_journey()
        runs = self.Run
        for days in (20, 15):
            for member in (self.member, self.other):
                runs |= self.make_run(journey, member, days)
        self.buy(10, date=self.ago(12))
        self.buy(20, self.other, date=self.ago(18))
        self.patch(self.env.registry["loyalty.journey"], "_last_of_batch", self.one_member_a_batch())
        self.count(journey)
        self.assertEqual([self.bought(run) for run in runs], [(0, 0), (1, 20), (1, 10), (0, 0)])

    def one_member_a_batch(self):
        def last(journey):
            journey.env.cr.execute(
                "SELECT MIN(member_id) FROM loyalty_journey_run WHERE journey_id = %s AND member_id > %s",
                [journey.id, journey.counting_after],
            )
            return journey.env.cr.fetchone()[0]

        return last

    def test_the_job_counts_every_journey_that_ever_ran_once_a_day(self):
        journeys = self.env["loyalty.journey"].union(*(self.empty_journey(**v) for v in ({}, {"active": False})))
        draft = self.make_journey("joined", start=False)
        runs = self.Run.union(*(self.make_run(journey, self.member, 5) for journey in journeys))
        self.buy(10, date=self.ago(1))
        self.run_job()
        self.assertEqual([self.bought(run) for run in runs], [(1, 10), (1, 10)])
        self.assertTrue(all(journeys.mapped("counted_at")))
        self.assertFalse(any(journeys.mapped("counting_at")))
        self.assertFalse(draft.counted_at)
        self.buy(10, date=self.ago(1))
        self.run_job()
        self.assertEqual(runs[0].purchases, 1, "counted a moment ago")
        journeys.counted_at = self.ago(1)
        self.run_job()
        self.assertEqual(runs[0].purchases, 2)

    def run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_journey_results").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_count_goes_on_where_it_stopped(self):
        journey = self.empty_journey()
        first, second = self.make_run(journey, self.member, 5), self.make_run(journey, self.other, 5)
        for member in (self.member, self.other):
            self.buy(10, member, date=self.ago(1))
        journey.write({"counting_at": self.now, "counting_after": self.member.id})
        self.run_job()
        self.assertEqual((first.purchases, second.purchases), (0, 1))
        self.assertEqual((journey.counted_at, journey.counting_at, journey.counting_after), (self.now, False, 0))

    # ------------------------------------------------------------ by hand

    def test_marketing_people_count_now(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 5)
        self.buy(10, date=self.ago(1))
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        self.assertFalse(journey.with_user(marketing).action_count())
        self.assertEqual(self.bought(run), (1, 10))
        self.assertTrue(journey.counted_at)

    def test_store_staff_do_not_count(self):
        journey = self.empty_journey()
        store = self.make_user("store", "loyalty_membership.group_store")
        with self.assertRaises(AccessError):
            journey.with_user(store).action_count()

    def test_large_journeys_are_left_to_the_job(self):
        journey = self.empty_journey()
        run = self.make_run(journey, self.member, 5)
        self.buy(10, date=self.ago(1))
        self.patch(self.env.registry["loyalty.journey"], "_has_many_runs", lambda journey: True)
        triggers = self.env["ir.cron.trigger"].search_count([])
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        self.assertEqual(journey.with_user(marketing).action_count()["tag"], "display_notification")
        self.assertFalse(run.purchases)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self.run_job()
        self.assertEqual(self.bought(run), (1, 10))

    def test_nobody_writes_what_is_counted(self):
        journey = self.empty_journey()
        admin = self.make_user("chief", "loyalty_membership.group_admin")
        for values in ({"figures": {}}, {"counted_at": self.now}):
            with self.assertRaises(AccessError):
                journey.with_user(admin).write(values)
        with self.assertRaises(AccessError):
            journey.step_ids.with_user(admin).write({"figures": {}})
