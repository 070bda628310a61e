"""The statistics on the member: searched as in the domain editor, and told in words."""

from odoo.tests import tagged

from .common_insight import InsightCase


@tagged("post_install", "-at_install")
class TestInsightOnMembers(InsightCase):
    def found(self, *domain):
        members = self.env["loyalty.member"].search([("program_id", "=", self.program.id), *domain])
        return [member.partner_id.name for member in members.sorted("id")]

    def setUp(self):
        super().setUp()
        self.skin = self.env["product.category"].create({"name": "Skin Care"})
        self.store = self.env["crm.team"].create({"name": "Nanjing Road"})
        lines = [{"amount": 30, "quantity": 1, "category_id": self.skin.id}]
        for days in (56, 33, 10):  # Wednesday, Friday, Sunday
            self.buy(0, date=self.ago(days), lines=lines, team_id=self.store.id)
        self.buy(20, self.other, date=self.ago(40))
        self.newcomer = self.make_member("Zhao Min", joined_on="2020-01-01")
        self.night()

    def test_members_are_found_by_each_figure(self):
        for domain, names in (
            ([("period_amount", ">=", 90)], ["Li Na"]),
            ([("period_purchases", "=", 1)], ["Wang Wei"]),
            ([("average_basket", "<", 30), ("period_purchases", ">", 0)], ["Wang Wei"]),
            ([("interval_days", "=", 23)], ["Li Na"]),
            ([("favourite_category_id", "=", self.skin.id)], ["Li Na"]),
            ([("favourite_team_id.name", "ilike", "nanjing")], ["Li Na"]),
            ([("last_bought_on", "<", "2037-10-18")], ["Wang Wei"]),
            ([("rfm_class", "=", False)], ["Zhao Min"]),
            ([("rfm_class", "!=", False)], ["Li Na", "Wang Wei"]),
            ([("rfm_class", "in", ["champion"])], ["Li Na"]),
            ([("recency_score", ">=", 4)], ["Li Na"]),
            ([("active_days", ">", 0)], ["Li Na"]),
            ([("points_earned_90", ">", 50)], ["Li Na"]),
        ):
            with self.subTest(domain):
                self.assertEqual(self.found(*domain), names)

    def test_days_since_the_last_purchase_are_searched_by_number(self):
        for operator, value, names in (
            ("=", 10, ["Li Na"]), ("<=", 10, ["Li Na"]), ("<", 10, []), (">", 10, ["Wang Wei"]),
            (">=", 10, ["Li Na", "Wang Wei"]), ("in", [10, 40], ["Li Na", "Wang Wei"]), ("in", [11], []),
        ):  # fmt: skip
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self.found(("recency_days", operator, value)), names)

    def test_a_day_later_the_days_are_one_more(self):
        self.program.tz = "Pacific/Kiritimati"  # where the next day has begun
        self.assertEqual(self.member.recency_days, 10)
        self.assertEqual(self.found(("recency_days", "=", 10)), ["Li Na"])

    def test_all_of_them_are_offered_by_the_domain_editor(self):
        told = self.env["loyalty.member"].fields_get(attributes=["searchable", "string"])
        for name in (
            "rfm_class", "recency_score", "frequency_score", "monetary_score", "recency_days", "last_bought_on",
            "period_purchases", "period_amount", "average_basket", "interval_days", "favourite_category_id",
            "favourite_team_id", "favourite_weekday_id", "active_days", "reduced_share", "points_earned_90", "points_spent_90",
        ):  # fmt: skip
            self.assertTrue(told[name]["searchable"], name)

    def test_habits_are_told_in_words(self):
        self.assertEqual(self.member.habits_told, "Buys every 23 days · Mostly on Wednesday · At Nanjing Road · Likes Skin Care")
        self.assertEqual(self.newcomer.habits_told, "")
        self.assertIn("Bought on one day only", self.other.habits_told)

    def test_scores_are_told_in_short(self):
        self.assertEqual(self.member.scores_told, "R 4, F 4, M 4")
        self.assertFalse(self.newcomer.scores_told)

    def test_the_statistics_open_their_member(self):
        self.assertEqual(self.insight().action_open_member()["res_id"], self.member.id)

    def test_a_person_who_asks_for_their_data_gets_the_statistics_too(self):
        _name, sections, _files = self.member._portable()
        facts = {row[1]: row[3] for row in sections[0].rows}
        self.assertEqual((facts["rfm_class"], facts["interval_days"]), ("Champions", 23))
