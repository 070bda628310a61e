"""The job that predicts: every program once a day, in batches that can stop anywhere, whatever fails elsewhere."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import loyalty_prediction_history as history
from ..models import loyalty_prediction_job as job
from .common_predicted import PredictionCase
from .common_prediction import taken


@tagged("post_install", "-at_install")
class TestPredictionJob(PredictionCase):
    size = 260

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([("is_membership", "=", True), ("id", "!=", cls.program.id)]).active = False

    def fit(self, program=None):
        return self.Fit.search([("program_id", "=", (program or self.program).id)], limit=1)

    def second(self):
        """Another program with as many customers, predicted after the first one."""
        second = self.program.copy({"name": "Second", "is_membership": True})
        self.book_histories(second, self.make_members(second, 260), self.histories, self.today)
        return second

    def poison(self, program):
        """Let a purchase have an amount that nobody can reckon with."""
        row = self.Transaction.search([("program_id", "=", program.id)], limit=1)
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_transaction SET amount = 'NaN' WHERE member_id = %s", [row.member_id.id])

    def test_every_program_is_predicted_once_a_day(self):
        second = self.second()
        self.work()
        self.assertEqual((self.fit().state, self.fit(second).state), ("done", "done"))
        before = self.fit().write_date
        self.env.cr.execute("DELETE FROM loyalty_member_prediction")
        self.work()
        self.assertEqual(self.stored(), [], "it was done today")
        self.assertEqual(self.fit().write_date, before)

    def test_the_next_day_it_is_predicted_anew(self):
        self.work()
        tomorrow = self.today + timedelta(days=1)
        with freeze_time(f"{tomorrow} 03:00:00"):
            self.work()
        self.assertEqual(self.Fit.search_count([("program_id", "=", self.program.id)]), 2)
        self.assertEqual({row["predicted_on"] for row in self.stored()}, {tomorrow})

    def test_a_day_is_one_of_the_programs_calendar(self):
        with freeze_time("2025-06-06 20:00:00"):
            self.work()
        self.assertEqual(str(self.fit().date), "2025-06-07")

    def test_the_job_of_the_night_does_it(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_predict").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.fit().state, "done")
        self.assertEqual(len(self.stored()), 260)

    def test_a_run_that_was_stopped_goes_on_where_it_was(self):
        with patch.object(job, "BATCH", 100):
            self.work(stop=True)
            self.assertEqual((self.fit().state, len(self.stored())), ("predicting", 0))
            self.work(stop=True)
            first = self.stored()
            self.assertEqual((self.fit().state, len(first) > 0, len(first) <= 100), ("predicting", True, True))
            self.env.cr.execute("DELETE FROM loyalty_member_prediction")
            self.work()
        self.assertEqual(self.fit().state, "done")
        self.assertEqual(len(self.stored()), 260 - len(first), "those who were predicted already aren't again")
        self.assertEqual(self.fit().predicted_count, 260)

    def test_in_batches_it_predicts_what_it_does_at_once(self):
        self.work()
        whole = self.stored()
        self.fit()._ask()
        with patch.object(job, "BATCH", 7), patch.object(history, "CHUNK", 11):
            self.work()
        self.assertEqual(self.stored(), whole)

    def test_a_run_of_yesterday_that_was_stopped_begins_anew_today(self):
        with patch.object(job, "BATCH", 100):
            self.work(stop=True)
            self.work(stop=True)
        tomorrow = self.today + timedelta(days=1)
        with freeze_time(f"{tomorrow} 03:00:00"):
            self.work()
        self.assertEqual(self.Fit.search([("program_id", "=", self.program.id)]).mapped("date"), [tomorrow])
        self.assertEqual({row["predicted_on"] for row in self.stored()}, {tomorrow})

    @mute_logger("odoo.addons.loyalty_membership.models.loyalty_prediction_job")
    def test_a_program_that_fails_is_told_and_stops_no_other(self):
        second = self.second()
        self.poison(self.program)
        self.work()
        self.assertEqual((self.fit().state, self.fit(second).state), ("failed", "done"))
        self.assertIn("ValueError", self.program.prediction_problem)
        self.assertFalse(second.prediction_problem)
        self.assertEqual(len(self.stored(second)), 260)

    @mute_logger("odoo.addons.loyalty_membership.models.loyalty_prediction_job")
    def test_a_failure_leaves_what_was_predicted_before(self):
        self.work()
        self.poison(self.program)
        self.fit()._ask()
        self.work()
        self.assertEqual((self.fit().state, len(self.stored())), ("failed", 260))

    def test_a_month_of_days_is_kept(self):
        self.Fit.create([
            {"program_id": self.program.id, "date": self.today - timedelta(days=number), "state": "done"}
            for number in range(1, 40)
        ])
        self.work()
        kept = self.Fit.search([("program_id", "=", self.program.id)])
        self.assertEqual(len(kept), 31)
        self.assertEqual(kept[0].date, self.today)

    def test_an_archived_program_is_left_alone(self):
        self.program.active = False
        self.work()
        self.assertFalse(self.fit())

    # ------------------------------------------------------------ on demand

    def test_a_manager_asks_for_predictions_now(self):
        self.work()
        self.env.cr.execute("DELETE FROM loyalty_member_prediction")
        manager = self.make_user("predict_manager", "loyalty_membership.group_manager")
        triggers = self.env["ir.cron.trigger"].search_count([])
        told = self.program.with_user(manager).action_predict()
        self.assertIn("background", told["params"]["message"])
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self.assertEqual(self.program.with_user(manager).prediction_state, "waiting")
        self.work()
        self.assertEqual(len(self.stored()), 260, "though it was done today")

    def test_store_staff_may_not_ask(self):
        clerk = self.make_user("predict_clerk", "loyalty_membership.group_store")
        with self.assertRaisesRegex(AccessError, "may ask for predictions"):
            self.program.with_user(clerk).action_predict()

    def test_so_few_statements_however_many_members(self):
        self.work()
        counts = []
        for _time in range(2):
            self.fit()._ask()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.work()
            counts.append(self.env.cr.sql_log_count - before)
            more = self.make_members(self.program, 260)
            self.book_histories(self.program, more, taken(self.histories, slice(0, 260)), self.today)
        self.assertEqual(*counts)
