"""Scores and classes: fifths, cut points of one's own, and what is high."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..domain.rfm import CLASSES
from .common_insight import InsightCase


@tagged("post_install", "-at_install")
class TestRfm(InsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.members = [cls.make_member(f"Member {number}", joined_on="2020-01-01") for number in range(10)]

    def scores(self, member):
        insight = self.insight(member)
        return insight.recency_score, insight.frequency_score, insight.monetary_score

    def buy_times(self, member, times, amount, days):
        self.Transaction._book(self.program, [self.row(amount, member, self.ago(days, hours)) for hours in range(times)])

    def use_cuts(self, **cuts):
        self.program.write({"rfm_way": "cuts", **{f"rfm_{name}_cuts": text for name, text in cuts.items()}})

    # ------------------------------------------------------------ fifths

    def test_a_fifth_of_the_members_gets_each_score(self):
        for number, member in enumerate(self.members):
            self.buy_times(member, number + 1, 100, days=100 - number)
        self.night()
        self.assertEqual([self.scores(member) for member in self.members], [(n // 2 + 1,) * 3 for n in range(10)])

    def test_equal_members_get_equal_scores(self):
        for number, member in enumerate(self.members):
            self.buy_times(member, 1 if number < 6 else 2, 100, days=10)
        self.night()
        self.assertEqual([self.scores(member)[1] for member in self.members], [2] * 6 + [5] * 4)
        self.assertEqual({self.scores(member)[0] for member in self.members}, {3})

    def test_who_bought_nothing_in_the_period_is_no_part_of_the_fifths(self):
        for number, member in enumerate(self.members[:5]):
            self.buy_times(member, 1, 100 + number, days=number)
            self.buy_times(self.members[5 + number], 1, 1, days=500)
        self.night()
        self.assertEqual([self.scores(member)[2] for member in self.members], [1, 2, 3, 4, 5, 0, 0, 0, 0, 0])
        self.assertEqual({self.insight(member).rfm_class for member in self.members[5:]}, {False})

    def test_a_program_with_no_purchases_has_no_scores(self):
        self.night()
        self.assertFalse(any(self.env["loyalty.member.insight"].search([]).mapped("rfm_class")))

    def test_the_program_tells_where_its_fifths_are(self):
        for number, member in enumerate(self.members[:5]):
            self.buy_times(member, number + 1, 100, days=10 * number)
        self.night()
        self.assertEqual(self.program.rfm_told.splitlines(), [
            "5, 4, 3, 2 for a purchase within 0, 10, 20, 30 days",
            "2, 3, 4, 5 from 2, 3, 4, 5 purchases on",
            "2, 3, 4, 5 from a spend of 200.00, 300.00, 400.00, 500.00 on",
        ])  # fmt: skip

    # ------------------------------------------------------------ cut points

    def test_cut_points_of_ones_own_are_reached_exactly(self):
        self.use_cuts(recency="5, 10, 20, 40", frequency="2, 3, 4, 5", monetary="10, 20.5, 30, 40")
        for member, (times, amount, days) in zip(
            self.members, [(1, 9, 41), (1, 10, 40), (2, 10, 10), (5, 4.1, 5), (4, 10, 6)], strict=False
        ):
            self.buy_times(member, times, amount, days)
        self.night()
        self.assertEqual(
            [self.scores(member) for member in self.members[:5]], [(1, 1, 1), (2, 1, 2), (4, 2, 2), (5, 5, 3), (4, 4, 5)]
        )

    def test_the_eight_classes_are_told_by_what_is_high(self):
        self.use_cuts(recency="1, 10, 20, 40", frequency="2, 3, 4, 5", monetary="10, 20, 30, 40")
        for member, (recent, often, much) in zip(self.members, CLASSES, strict=False):
            times = 4 if often else 3
            self.buy_times(member, times, (30 if much else 27) / times, days=10 if recent else 11)
        self.night()
        self.assertEqual([self.insight(member).rfm_class for member in self.members[:8]], list(CLASSES.values()))

    def test_the_program_says_from_which_score_on_is_high(self):
        self.use_cuts(recency="1, 10, 20, 40", frequency="2, 3, 4, 5", monetary="10, 20, 30, 40")
        self.buy_times(self.member, 3, 10, days=20)  # scores of 3, 3 and 4
        self.night()
        self.assertEqual(self.insight().rfm_class, "leaving")
        self.program.rfm_high = "3"
        self.night()
        self.assertEqual(self.insight().rfm_class, "champion")

    def test_cut_points_that_are_none_are_refused_and_say_why(self):
        for text, message in (
            ("10, 20, many, 40", "Number Of Purchases: “many” is no number"),
            ("10, 20, 40", "there must be four cut points, not 3"),
            ("", "there must be four cut points, not 0"),
            ("10, 20, 20, 40", "each cut point must be above the one before, and 20 is not"),
            ("-1, 20, 30, 40", "the first cut point, -1, must be above 0"),
            ("NaN, 20, 30, 40", "“NaN” is no number"),
        ):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, message):
                self.use_cuts(frequency=text)

    def test_cut_points_are_not_asked_for_where_fifths_count(self):
        self.program.write({"rfm_way": "fifths", "rfm_recency_cuts": "none"})
        self.night()
        self.assertTrue(self.program.insight_at)

    def test_a_period_is_at_least_a_day(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.program.insight_days = 0
            self.env.flush_all()

    # ------------------------------------------------------------ words

    def test_the_classes_are_named_in_both_languages_in_the_order_of_the_domain(self):
        self.assertEqual(
            [key for key, _name in self.env["loyalty.member.insight"]._fields["rfm_class"].selection], [*CLASSES.values()]
        )
