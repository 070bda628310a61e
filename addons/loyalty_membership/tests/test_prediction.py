"""From a journal to what members are expected to do: by the models of the papers, and never without enough data."""

from datetime import timedelta

import numpy as np
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..domain import buying, calibration, spending
from ..domain.forecast import Terms, churn_risk, forecast
from ..domain.histories import Cells
from .common_predicted import PredictionCase
from .common_prediction import cells, taken


@tagged("post_install", "-at_install")
class TestPrediction(PredictionCase):
    """CDNOW's sample of 2,357 customers, as the journal has it, on the day that the papers fit it."""

    def of(self, place):
        """The prediction of the sample's customer at this place."""
        return self.Prediction.search([("member_id", "=", self.members[place].id)])

    def test_the_parameters_are_those_of_the_papers_own_data(self):
        fit = self.run_fit()
        when, optimum = buying.fit(cells(self.histories))
        much, spent = spending.fit(self.histories)
        self.assertEqual((fit.state, fit.customers), ("done", 2357))
        np.testing.assert_allclose([fit.buying_r, fit.buying_alpha, fit.buying_a, fit.buying_b], list(vars(when).values()), 1e-6)
        np.testing.assert_allclose(
            [fit.spending_p, fit.spending_q, fit.spending_gamma, fit.spending_paid], list(vars(much).values()), 1e-4
        )
        np.testing.assert_allclose(
            [fit.buying_likelihood, fit.spending_likelihood], [optimum.log_likelihood, spent.log_likelihood]
        )
        # What Fader, Hardie and Lee print, in weeks.
        np.testing.assert_allclose(
            [fit.buying_r, fit.buying_alpha / 7, fit.buying_a, fit.buying_b], [0.243, 4.414, 0.793, 2.426], 0.02
        )

    def test_members_get_what_the_models_foretell(self):
        fit = self.run_fit()
        when, much = fit._models()
        told = forecast(self.histories, when, much, Terms())
        self.assertEqual(len(self.stored()), fit.predicted_count)
        self.assertEqual(fit.predicted_count, 2357)
        for place in range(0, 2357, 97):
            row = self.of(place)
            self.assertAlmostEqual(row.alive, told.alive[place], 9)
            self.assertEqual(row.churn_risk, told.risk[place])
            for found, expected in (
                (row.purchases_90, told.purchases[90]), (row.purchases_365, told.purchases[365]), (row.amount_90, told.money[90]),
                (row.amount_365, told.money[365]), (row.lifetime_value, told.value),
            ):  # fmt: skip
                self.assertAlmostEqual(found, expected[place], delta=0.0051)
            self.assertTrue(row.money_known)
            self.assertEqual(row.predicted_on, self.today)

    def test_the_test_is_that_of_the_domain(self):
        later = np.minimum(self.later, 250).astype(int)
        rows = [
            (member, self.today + timedelta(days=1 + number), 10)
            for member, count in zip(self.members, later.tolist(), strict=True) for number in range(count)
        ]  # fmt: skip
        self.book(self.program, rows)
        day = self.today + timedelta(days=self.histories.age.max())
        fit = self.run_fit(day=day)
        self.assertEqual((fit.split_on, fit.split_days), (self.today, int(self.histories.age.max())))
        _verdict, _model, found = calibration.hold_out(self.histories, later, fit.split_days)
        rows = [(row.frequency, row.customers) for row in found.rows]
        self.assertEqual([(row.frequency, row.customers) for row in fit.calibration_ids], rows)
        for stored, row in zip(fit.calibration_ids, found.rows, strict=True):
            self.assertAlmostEqual(stored.predicted, row.predicted, delta=0.006)
            self.assertAlmostEqual(stored.actual, row.actual, delta=0.006)
        self.assertAlmostEqual(fit.total_predicted, found.model.predicted, delta=1)
        self.assertEqual(fit.total_actual, later.sum())
        self.assertAlmostEqual(fit.error, found.model.error, delta=0.001)
        self.assertAlmostEqual(fit.error_naive, found.naive.error, delta=0.001)

    def test_a_second_run_changes_nothing(self):
        fit = self.run_fit()
        before, parameters = self.stored(), fit.read(["buying_r", "spending_q", "total_predicted", "predicted_count"])
        self.run_fit()
        self.assertEqual(self.stored(), before)
        self.assertEqual(fit.read(["buying_r", "spending_q", "total_predicted", "predicted_count"]), parameters)

    def test_a_later_refund_changes_what_is_expected(self):
        place = int(np.argmax(self.histories.frequency))
        member = self.members[place]
        self.run_fit()
        before = self.of(place).lifetime_value
        last = self.Transaction.search([("member_id", "=", member.id)], order="date desc", limit=3)
        last.write({"is_refunded": True})
        self.run_fit()
        self.env.invalidate_all()
        self.assertLess(self.of(place).lifetime_value, before)

    def test_the_value_goes_by_the_programs_terms(self):
        self.run_fit()
        before = self.of(0).lifetime_value
        self.program.value_margin = 0.25
        fit = self.run_fit()
        self.env.invalidate_all()
        self.assertAlmostEqual(self.of(0).lifetime_value, before / 4, delta=0.01)
        self.program.write({"value_days": 365, "value_interest": 0, "value_margin": 1})
        self.run_fit()
        self.env.invalidate_all()
        when, much = fit._models()
        told = forecast(taken(self.histories, slice(0, 1)), when, much)
        self.assertAlmostEqual(self.of(0).lifetime_value, told.money[365][0], delta=0.01)

    def test_the_risk_goes_by_the_programs_thresholds(self):
        self.program.write({"churn_safe": 0.95, "churn_lost": 0.6})
        fit = self.run_fit()
        told = forecast(self.histories, fit._models()[0])
        risk = churn_risk(self.histories.frequency, told.alive, 0.95, 0.6)
        found = {row["member_id"][0]: row["churn_risk"] for row in self.stored()}
        self.assertEqual([found[member.id] for member in self.members], risk.tolist())
        self.assertEqual(set(risk), {"low", "medium", "high", "single"})

    def test_who_is_no_active_member_any_more_is_not_predicted_but_learned_from(self):
        fit = self.run_fit()
        customers = fit.customers
        frozen, closed, archived = self.members[:3]
        frozen.state, closed.state, archived.active = "frozen", "closed", False
        self.run_fit()
        self.assertFalse(self.Prediction.search([("member_id", "in", (frozen | closed | archived).ids)]))
        self.assertEqual((fit.customers, fit.predicted_count), (customers, customers - 3))

    def test_who_never_bought_is_not_predicted(self):
        self.run_fit()
        self.assertFalse(self.Prediction.search([("member_id", "=", self.member.id)]))

    def test_predictions_are_sliced_by_the_members_tier_and_store(self):
        tier = self.make_tiers(0)
        team = self.env["crm.team"].create({"name": "Store"})
        self.members[0].write({"tier_id": tier.id, "team_id": team.id})
        self.run_fit()
        self.assertEqual((self.of(0).tier_id, self.of(0).team_id, self.of(0).company_id), (tier, team, self.env.company))

    def test_another_programs_predictions_stay(self):
        second = self.program.copy({"name": "Second", "is_membership": True, "company_id": False})
        members = self.make_members(second, 300)
        self.book_histories(second, members, taken(self.histories, slice(0, 300)), self.today)
        self.run_fit(second)
        theirs = self.stored(second)
        self.assertEqual(len(theirs), 300)
        self.run_fit()
        self.assertEqual(self.stored(second), theirs)
        self.assertEqual(self.Prediction.search_count([]), 2657)

    # ------------------------------------------------------------ settings

    def test_settings_that_make_no_sense_are_refused(self):
        for values in (
            {"value_days": 29}, {"value_days": 3651}, {"value_interest": -0.1}, {"value_interest": 1.1}, {"value_margin": 0},
            {"value_margin": 1.2}, {"churn_lost": 0}, {"churn_safe": 1.1}, {"churn_lost": 0.8}, {"churn_safe": 0.3},
        ):  # fmt: skip
            refused = self.assertRaises(IntegrityError)
            with self.subTest(**values), mute_logger("odoo.sql_db"), refused, self.env.cr.savepoint():
                self.program.write(values)
                self.program.flush_recordset()
            self.env.invalidate_all()

    # ------------------------------------------------------------ on the member

    def test_members_are_found_by_what_is_predicted(self):
        fit = self.run_fit()
        told = forecast(self.histories, *fit._models())
        in_danger = self.members.browse(np.array(self.members.ids)[told.risk == "high"].tolist())
        found = self.env["loyalty.member"].search([("churn_risk", "=", "high")])
        self.assertTrue(found)
        self.assertEqual(found, in_danger.sorted("id", reverse=True))
        worth = self.env["loyalty.member"].search([("lifetime_value", ">=", 100), ("program_id", "=", self.program.id)])
        self.assertEqual(len(worth), int((told.value.round(2) >= 100).sum()))
        self.assertNotIn(self.member, self.env["loyalty.member"].search([("lifetime_value", "<", 100)]))

    def test_a_member_shows_it(self):
        self.run_fit()
        self.env.invalidate_all()
        member, row = self.members[0], self.of(0)
        self.assertEqual(
            (member.alive, member.churn_risk, member.purchases_90, member.amount_365, member.lifetime_value, member.predicted_on),
            (row.alive, row.churn_risk, row.purchases_90, row.amount_365, row.lifetime_value, self.today),
        )
        self.assertFalse(member.prediction_missing)
        self.assertIn("bought nothing", self.member.prediction_missing)

    def test_whose_data_are_erased_is_not_predicted_any_more(self):
        self.run_fit()
        self.members[0]._erase("asked for")
        self.assertFalse(self.of(0))
        self.assertTrue(self.of(1))


@tagged("post_install", "-at_install")
class TestTooLittle(PredictionCase):
    """A tenth of the sample: some figures can be asked for, and some can't."""

    size = 260

    def test_it_is_enough_until_purchases_are_gone(self):
        fit = self.run_fit()
        self.assertEqual((fit.state, fit.notice), ("done", False))
        self.assertEqual(len(self.stored()), 260)

    def test_too_few_members_are_told_with_what_is_needed_and_have_no_predictions(self):
        self.run_fit()
        lost = self.members[180:]
        self.Transaction.search([("member_id", "in", lost.ids)]).write({"is_refunded": True})
        fit = self.run_fit()
        self.assertEqual(fit.state, "too_little")
        self.assertIn("180 members have bought; 200 are needed", fit.notice)
        self.assertEqual(self.stored(), [], "old ones go, too")
        self.assertEqual((fit.buying_r, fit.spending_q, fit.buying_likelihood), (0, 0, 0))
        self.assertIn("too little", self.members[0].prediction_missing)

    def test_a_short_history_is_told(self):
        fit = self.run_fit(day=self.today - timedelta(days=150))
        self.assertEqual(fit.state, "too_little")
        self.assertRegex(fit.notice, r"The first purchase was \d+ days ago on average; 120 days are needed")

    def test_nobody_who_bought_is_told(self):
        fit = self.run_fit(day=self.today - timedelta(days=900))
        self.assertEqual((fit.state, fit.customers), ("too_little", 0))
        self.assertIn("0 members have bought; 200 are needed", fit.notice)

    def test_the_program_tells_it_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        fit = self.run_fit(day=self.today - timedelta(days=900))
        self.assertEqual(self.program.prediction_notice, fit.notice)
        self.assertEqual(self.program.prediction_state, "too_little")

    def test_without_paid_purchases_there_is_no_money(self):
        self.Transaction.search([("program_id", "=", self.program.id)]).write({"amount": 0})
        fit = self.run_fit()
        self.assertEqual(fit.state, "done")
        self.assertIn("No money is predicted: 0 members have paid on a second day; 100 are needed", fit.doubts)
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT DISTINCT money_known, amount_90 IS NULL, amount_365 IS NULL, lifetime_value IS NULL
                 FROM loyalty_member_prediction WHERE program_id = %s""", [self.program.id],
        )  # fmt: skip
        self.assertEqual(self.env.cr.fetchall(), [(False, True, True, True)])
        self.assertFalse(self.members[0].money_predicted)
        self.assertGreater(self.members[0].purchases_365, 0)

    def test_what_can_not_be_tested_yet_says_so_and_is_predicted(self):
        fit = self.run_fit()
        self.assertFalse(fit.calibration_ids)
        self.assertEqual((fit.split_days, fit.total_actual, fit.test_told, fit.plot), (0, 0, False, False))
        self.assertIn("can't be tested yet", fit.doubts)

    def test_cells_are_what_the_journal_has(self):
        fit = self.Fit.create({"program_id": self.program.id, "date": self.today})
        found, _before, _later, _split = fit._histories()
        theirs = Cells.of(self.histories.frequency, self.histories.recency, self.histories.age)
        ours = Cells.of(found.frequency, found.recency, found.age)
        np.testing.assert_array_equal(ours.counts, theirs.counts)
        np.testing.assert_array_equal(ours.recency, theirs.recency)
