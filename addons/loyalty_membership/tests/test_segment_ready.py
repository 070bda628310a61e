"""The segments that every program begins with, and the way to the next tier that one of them asks for."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields

from .common_segment import SegmentCase


class TestSegmentReady(SegmentCase):
    def ready(self, key):
        return self.Segment.search([("program_id", "=", self.program.id), ("ready_made", "=", key)])

    def test_every_program_has_them_once(self):
        mine = self.Segment.search([("program_id", "=", self.program.id)])
        self.assertEqual(len(mine), 10)
        self.env["loyalty.program"]._make_all_ready_segments()
        self.program.is_membership = True
        self.assertEqual(self.Segment.search([("program_id", "=", self.program.id)]), mine)
        self.env["loyalty.journey"].search([("program_id", "=", self.program.id)]).unlink()  # one of them asks for segments
        mine[:1].unlink()
        self.env["loyalty.program"]._make_all_ready_segments()
        self.assertEqual(self.Segment.search_count([("program_id", "=", self.program.id)]), 9)

    def test_a_program_made_before_segments_were_gets_them(self):
        self.env["loyalty.journey"].search([("program_id", "=", self.program.id)]).unlink()
        self.Segment.search([("program_id", "=", self.program.id)]).unlink()
        self.program.has_ready_segments = False
        self.env["loyalty.program"]._make_all_ready_segments()
        self.assertEqual(self.Segment.search_count([("program_id", "=", self.program.id)]), 10)

    def test_coupon_programs_have_none(self):
        coupons = self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        self.assertFalse(self.Segment.search([("program_id", "=", coupons.id)]))

    def test_they_go_with_their_program_and_so_do_their_tags(self):
        program = self.env["loyalty.program"].create({"name": "Short", "is_membership": True})
        tags = self.Segment.search([("program_id", "=", program.id)]).tag_id
        self.assertEqual(len(tags), 10)
        program.active = False
        program.unlink()
        self.assertFalse(tags.exists())

    def test_each_finds_who_it_is_named_for(self):
        today = self.program._today()
        gone, old = self.make_member("Gone"), self.make_member("Old")
        (self.both + gone + old).joined_on = today - timedelta(days=400)
        self.member.joined_on = today - timedelta(days=5)
        for member, days in ((self.member, 1), (self.other, 45), (gone, 70), (old, 100)):
            self.buy(100, member, self.ago(days))
        self.insight(self.member, monetary_score=5, reduced_share=50, purchases=3)
        self.insight(self.other, monetary_score=4, reduced_share=90, purchases=2)
        self.env["loyalty.member.prediction"].create([
            {"member_id": member.id, "program_id": self.program.id, "churn_risk": risk}
            for member, risk in ((old, "high"), (gone, "medium"))
        ])
        self.other.birthdate = today.replace(day=1, year=1990)
        (self.both + gone).flush_recordset()
        old.write({"next_expiry_date": today + timedelta(days=30), "next_expiry_points": 5})
        gone.write({"next_expiry_date": today + timedelta(days=31), "next_expiry_points": 5})
        for key, wanted in {
            "high_value": self.member, "new": self.member, "dormant_30": self.other + gone + old, "dormant_60": gone + old,
            "dormant_90": old, "discount": self.member, "churn": old, "birthday": self.other, "expiring": old,
        }.items():  # fmt: skip
            self.assertEqual(self.inside(self.ready(key)), wanted, key)

    def test_one_step_from_the_next_tier_is_80_percent_of_the_way(self):
        self.make_tiers(100, 1000)
        self.buy(80, self.member)
        self.buy(79, self.other)
        top = self.make_member("Top")
        self.buy(5000, top)
        self.assertEqual(self.inside(self.ready("next_tier")), self.member)

    # ------------------------------------------------------------ names

    def test_they_are_named_in_the_languages_of_the_database(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.ready("new").with_context(lang="zh_CN").name = "Fresh"  # somebody's own word
        own = self.Segment.with_context(lang="zh_CN").env._("High Value")
        self.Segment.search([("ready_made", "!=", False)])._name_ready_made()
        self.assertEqual(self.ready("high_value").with_context(lang="zh_CN").name, own)
        self.assertEqual(self.ready("high_value").tag_id.with_context(lang="zh_CN").name, own)
        self.assertEqual(self.ready("new").with_context(lang="zh_CN").name, "Fresh")


class TestTierWay(SegmentCase):
    """What a search for the way to the next tier finds is what each member tells."""

    def assertSearchTells(self, why):
        members = self.env["loyalty.member"].search([("program_id", "=", self.program.id)])
        for operator, holds in ((">=", float.__ge__), (">", float.__gt__), ("<", float.__lt__), ("<=", float.__le__)):
            for percent in (0.0, 50.0, 80.0, 100.0):
                found = members.search([("id", "in", members.ids), ("next_tier_progress", operator, percent)])
                wanted = members.filtered(lambda m: holds(m.next_tier_progress, percent))  # noqa: B023 - used at once
                self.assertEqual(found, wanted, (why, operator, percent))

    def test_search_and_member_agree_for_every_metric_and_window(self):
        self.make_tiers(0, 500, 2000)
        people = self.both + self.make_member("Half") + self.make_member("Leap", joined_on=date(2024, 2, 29))
        self.member.joined_on = date(2025, 11, 20)
        for member, amounts in zip(people, ((400, 50), (900, 900, 100), (250,), (2100,)), strict=True):
            for place, amount in enumerate(amounts):
                purchase = self.buy(amount, member, self.ago(200 * place + 1))
        self.refund(purchase, 600)
        merged = self.make_member("Merged")
        self.buy(100, merged, self.ago(3))
        merged._merge_into(self.member)
        self.env.invalidate_all()
        for metric in ("qualifying_points", "amount", "purchases"):
            for window in ("lifetime", "rolling", "calendar_year", "membership_year"):
                self.program.write({"tier_metric": metric, "tier_window": window, "tier_window_months": 6})
                self.env.invalidate_all()
                self.assertSearchTells((metric, window))

    def test_the_membership_year_begins_on_the_day_of_joining(self):
        self.make_tiers(1000)
        self.program.write({"tier_metric": "amount", "tier_window": "membership_year"})
        for joined, today, bought, counts in (
            (date(2024, 2, 29), "2026-02-28 08:00:00", "2026-02-28 01:00:00", True),
            (date(2024, 2, 29), "2026-02-28 08:00:00", "2026-02-27 01:00:00", False),
            (date(2024, 6, 15), "2026-06-14 08:00:00", "2025-06-15 01:00:00", True),
            (date(2024, 6, 15), "2026-06-15 08:00:00", "2026-06-14 01:00:00", False),
        ):
            member = self.make_member("Year", joined_on=joined)
            self.buy(500, member, fields.Datetime.to_datetime(bought))
            with freeze_time(today):
                found = member.search([("id", "=", member.id), ("next_tier_progress", ">=", 50)])
            self.assertEqual(bool(found), counts, (joined, today, bought))
