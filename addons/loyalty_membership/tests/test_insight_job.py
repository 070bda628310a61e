"""The job: what it writes, that it can stop anywhere, when it runs, and that its cost doesn't grow with members."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import loyalty_insight_job as job
from .common_insight import InsightCase

GROUP = "loyalty_membership.group_"


@tagged("post_install", "-at_install")
class TestInsightJob(InsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.members = [cls.make_member(f"Member {number}", joined_on="2020-01-01") for number in range(5)]

    def buy_all(self):
        rows = [self.row(10 * (n + 1), member, self.ago(n)) for n, member in enumerate(self.members)]
        self.Transaction._book(self.program, rows)

    def rows(self):
        self.env.cr.execute("SELECT to_jsonb(i) - 'id' FROM loyalty_member_insight i WHERE program_id = %s ORDER BY member_id",
                            [self.program.id])  # fmt: skip
        return [row for (row,) in self.env.cr.fetchall()]

    def steps(self, count):
        for _number in range(count):
            self.program._measure_next()

    def cost(self):
        self.program.insight_at = False
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.night()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------ what it writes

    def test_a_second_night_writes_nothing(self):
        self.buy_all()
        self.night()
        before = self.versions()
        self.night()
        self.assertEqual(self.versions(), before)

    def test_only_who_changed_is_written(self):
        self.buy_all()
        self.program.write({"rfm_way": "cuts"})
        self.night()
        before = self.versions()
        self.buy(10, self.members[0])
        self.night()
        written = {member_id for member_id, version in self.versions().items() if version != before[member_id]}
        self.assertEqual(written, {self.members[0].id})

    def test_a_round_in_many_steps_has_the_result_of_one(self):
        self.buy_all()
        self.night()
        whole = self.rows()
        self.env.cr.execute("DELETE FROM loyalty_member_insight")
        with patch.object(job, "CHUNK", 2):
            self.night()
        self.assertEqual(self.rows(), whole)

    def test_it_goes_on_where_it_was_stopped(self):
        self.buy_all()
        self.night()
        whole = self.rows()
        for stopped_after in range(1, 9):
            with self.subTest(steps=stopped_after), patch.object(job, "CHUNK", 2):
                self.env.cr.execute("DELETE FROM loyalty_member_insight")
                self.program._measure_anew()
                self.steps(stopped_after)
                done = self.program.insight_round
                self.assertTrue(done)
                self.night()
                self.assertEqual(self.rows(), whole)
                self.assertFalse(self.program.insight_round)

    def test_steps_that_are_done_are_not_done_again(self):
        self.buy_all()
        with patch.object(job, "CHUNK", 3):
            self.program._measure_anew()
            self.steps(1)
            self.assertEqual(self.program._steps_left(), 7)  # of 7 members, 2 spans and the cuts, then 3 spans and the end
            measured = []
            insight = self.env.registry["loyalty.member.insight"]
            original = insight._measure
            with patch.object(insight, "_measure", lambda model, span: measured.append(span.after) or original(model, span)):
                self.night()
        self.assertEqual(len(measured), 2)
        self.assertNotIn(0, measured)

    def test_a_round_of_yesterday_begins_anew(self):
        self.buy_all()
        self.program.insight_round = {"day": "2037-11-17", "step": "scores", "after": 10**9}
        self.night()
        self.assertTrue(self.rows()[-1]["rfm_class"])

    def test_its_cost_does_not_grow_with_members(self):
        self.night()
        few = self.cost()
        for number in range(20):
            self.buy(10, self.make_member(f"More {number}", joined_on="2020-01-01"))
        self.assertEqual(self.cost(), few)

    def test_a_list_of_members_asks_no_more_for_many(self):
        self.buy_all()
        self.night()
        names = ["rfm_class", "recency_days", "period_amount", "favourite_team_id", "habits_told"]

        def cost(members):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["loyalty.member"].browse(member.id for member in members).read(names)
            return self.env.cr.sql_log_count - before

        cost(self.members)
        self.assertEqual(cost(self.members), cost(self.members[:1]))

    # ------------------------------------------------------------ when

    def test_a_program_is_measured_once_a_day(self):
        self.night()
        measured = self.program.insight_at
        self.buy(10)
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_measure").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.program.insight_at, self.insight().purchases), (measured, 0))

    def test_refresh_has_it_measured_anew(self):
        self.night()
        self.buy(10)
        triggers = self.env["ir.cron.trigger"].search_count([])
        marketing = self.make_user("insight_marketing", f"{GROUP}marketing")
        self.program.with_user(marketing).action_measure()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_measure").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.insight().purchases, 1)

    def test_store_staff_may_not_refresh(self):
        clerk = self.make_user("insight_clerk", f"{GROUP}store")
        with self.assertRaisesRegex(AccessError, "manager or marketing"):
            self.program.with_user(clerk).action_measure()

    def test_a_changed_setting_has_it_measured_anew(self):
        self.night()
        for values in ({"insight_days": 30}, {"rfm_high": "5"}, {"tz": "Europe/London"}):
            with self.subTest(values):
                self.program.insight_round = False
                self.program.write(values)
                self.assertFalse(self.program._is_measured_today())

    def test_an_ordinary_program_is_not_measured(self):
        coupons = self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        self.night()
        self.assertFalse(coupons.insight_at)
