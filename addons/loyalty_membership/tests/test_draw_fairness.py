from freezegun import freeze_time
from odoo.tests import Form

from .common_draw import DrawCase, at


class TestDrawFairness(DrawCase):
    """Results are booked with the prizes that a test wants: what chance brings is not for a test to say."""

    def setUp(self):
        super().setUp()
        self.lottery = self.make_draw({"percent": 20, "name": "Cup"}, {"percent": 30, "name": "Pen"})
        self.cup, self.pen, self.nothing = self.lottery.prize_ids

    def book(self, prize, times, draw=None, odds=None, day="2026-03-02"):
        version = self.lottery._version()
        units = odds or {self.cup: 200_000, self.pen: 300_000, self.nothing: 500_000}
        for _time in range(times):
            self.Result._insert({
                "id": self.Result._next_id(), "draw_id": self.lottery.id, "program_id": self.program.id,
                "company_id": self.program.company_id.id, "member_id": self.member.id, "prize_id": prize.id, "kind": prize.kind,
                "date": at(f"{day} 12:00:00"), "day": day, "version_id": version.id, "number": "1", "total": "1000000",
                "odds": {str(key.id): f"{share}/1000000" for key, share in units.items()},
                "source": "test", "reference": self.next_reference(),
            })  # fmt: skip

    def report(self, **values):
        return self.env["loyalty.draw.fairness"].create({"draw_id": self.lottery.id, **values})

    def rows(self, report):
        return {line.prize_id.name: (line.stated, line.expected, line.actual, line.share) for line in report.line_ids}

    def test_counts_are_compared_with_the_odds(self):
        self.book(self.cup, 25), self.book(self.pen, 30), self.book(self.nothing, 45)
        report = self.report()
        self.assertEqual(self.rows(report), {"Cup": (20, 20, 25, 25), "Pen": (30, 30, 30, 30), "Thank you": (50, 50, 45, 45)})
        # 25/20 + 0 + 25/50 = 1.75 with 2 degrees of freedom: exp(-1.75 / 2)
        self.assertEqual((report.draws, report.statistic, report.freedom), (100, 1.75, 2))
        self.assertAlmostEqual(report.p_value, 0.416862, 6)
        self.assertEqual((report.alarm, report.verdict), ("fine", "p = 0.42: what chance alone brings."))

    def test_each_draw_is_expected_by_the_odds_of_its_moment(self):
        self.book(self.cup, 20), self.book(self.nothing, 80)
        self.book(self.nothing, 100, odds={self.cup: 0, self.pen: 300_000, self.nothing: 700_000})
        self.assertEqual(self.rows(self.report())["Cup"], (10, 20, 20, 10))

    def test_odds_that_were_not_kept_are_told_as_alarming(self):
        self.book(self.cup, 60), self.book(self.pen, 10), self.book(self.nothing, 30)
        report = self.report()
        self.assertEqual(report.alarm, "alarming")
        self.assertIn("p < 0.0001", report.verdict)

    def test_too_few_draws_tell_nothing(self):
        self.book(self.cup, 1), self.book(self.nothing, 2)
        report = self.report()
        self.assertEqual((report.alarm, report.told), ("none", False))
        self.assertIn("Too few", report.verdict)

    def test_a_period_counts_its_own_days(self):
        self.book(self.cup, 3), self.book(self.pen, 2, day="2026-03-03"), self.book(self.pen, 4, day="2026-03-04")
        self.assertEqual(self.report(date_from="2026-03-03", date_to="2026-03-03").draws, 2)
        self.assertEqual(self.report(date_from="2026-03-03").draws, 6)
        self.assertEqual(self.report(date_to="2026-03-02").draws, 3)

    def test_a_draw_without_results_has_no_report(self):
        report = self.report()
        self.assertEqual((report.draws, report.line_ids.ids, report.alarm), (0, [], "none"))

    def test_marketing_and_managers_read_it_and_the_form_follows_the_period(self):
        self.book(self.cup, 25), self.book(self.nothing, 45, day="2026-03-09")
        for group in ("marketing", "manager"):
            user = self.make_user(f"fair_{group}", f"loyalty_membership.group_{group}")
            form = Form(self.env["loyalty.draw.fairness"].with_user(user))
            form.draw_id = self.lottery
            self.assertEqual(form.draws, 70)
            form.date_to = "2026-03-08"
            self.assertEqual(form.draws, 25)
            report = form.save()
            self.assertEqual(report.action_view_lines()["domain"], [("report_id", "=", report.id)])

    def test_what_was_really_drawn_is_in_it(self):
        self.grant(1000)
        with freeze_time(at("2026-03-02 12:00:00")):
            for _draw in range(30):
                self.draw(self.lottery)
        report = self.report()
        self.assertEqual(report.draws, 30)
        self.assertEqual(sum(line.actual for line in report.line_ids), 30)
        self.assertEqual(sum(line.expected for line in report.line_ids), 30)
