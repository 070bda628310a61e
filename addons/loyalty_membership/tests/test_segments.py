"""Who is in a segment: by what it says, since when, and how that is kept."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2.errors import ForeignKeyViolation

from .common_segment import SegmentCase


class TestSegments(SegmentCase):
    # ------------------------------------------------------------ kinds

    def test_a_filter_may_ask_for_member_purchases_points_tier_and_customer(self):
        self.buy(500, date=self.ago(3))
        [tier] = self.make_tiers(100)
        self.member.tier_id = tier
        self.member.partner_id.city = "Suzhou"
        for domain in (
            [("purchase_amount", ">", 400)],
            [("points", ">=", 500)],
            [("tier_id.name", "=", "Tier 0")],
            [("partner_id.city", "=", "Suzhou")],
            [("transaction_ids.line_ids.product_id", "in", self.product.ids)],
            [("entry_ids.kind", "=", "earn")],
            [("name", "ilike", "li na")],
        ):
            self.assertEqual(self.inside(self.segment(domain)), self.member, domain)

    def test_a_filter_may_ask_what_somebody_did_in_the_last_days(self):
        for member, days in ((self.member, 3), (self.other, 20)):
            self.Transaction._book(self.program, [
                self.row(0, member, self.ago(days), type="activity", activity_code="review")
            ])  # fmt: skip
        recently = [("transaction_ids", "any", [("activity_code", "=", "review"), ("date", ">=", "today -7d")])]
        self.assertEqual(self.inside(self.segment(recently)), self.member)

    def test_a_day_of_a_filter_is_the_programs(self):
        night = fields.Datetime.to_datetime("2026-03-10 17:00:00")  # already the 11th in Shanghai
        self.buy(10, date=night)
        self.env.user.tz = "America/New_York"
        segment = self.segment([("last_purchase_at", ">=", "2026-03-11")])
        self.assertEqual(self.inside(segment), self.member)

    def test_rfm_classes_and_scores_are_cells(self):
        self.insight(self.member, rfm_class="champion", recency_score=5, frequency_score=4, monetary_score=5)
        self.insight(self.other, rfm_class="lost", recency_score=1, frequency_score=4, monetary_score=2)
        champion = self.env.ref("loyalty_membership.rfm_class_champion")
        self.assertEqual(self.inside(self.segment(kind="rfm", rfm_class_ids=[Command.set(champion.ids)])), self.member)
        self.assertEqual(self.inside(self.segment(kind="rfm", recency_to="2")), self.other)
        self.assertEqual(self.inside(self.segment(kind="rfm", frequency_from="4", frequency_to="4")), self.both)
        both_ways = self.segment(kind="rfm", rfm_class_ids=[Command.set(champion.ids)], monetary_to="3")
        self.assertFalse(self.inside(both_ways))

    def test_a_list_keeps_who_is_put_on_it(self):
        segment = self.segment(kind="list")
        self.assertEqual(segment._add_members(self.both), 2)
        self.assertEqual(segment._add_members(self.member), 0)
        self.assertEqual(self.inside(segment), self.both)
        self.assertEqual(segment._remove_members(self.member), 1)
        self.assertEqual(self.inside(segment), self.other)
        self.assertEqual(segment.member_count, 1)

    def test_nobody_is_put_by_hand_where_a_filter_decides(self):
        with self.assertRaisesRegex(UserError, "Choose a list"):
            self.segment([])._add_members(self.member)

    def test_a_combination_is_all_any_or_none_of_others(self):
        third = self.make_member("Zhao Min", phone="13800138002")
        ones, twos = self.of_members(self.both), self.of_members(self.other + third)
        for match, terms, wanted in (
            ("all", [("in", ones), ("in", twos)], self.other),
            ("any", [("in", ones), ("in", twos)], self.both + third),
            ("all", [("in", ones), ("out", twos)], self.member),
            ("any", [("out", ones), ("out", twos)], self.member + third),
        ):
            self.assertEqual(self.inside(self.combined(*terms, match=match)), wanted, (match, terms))

    def test_a_combination_follows_its_parts_at_the_same_refresh(self):
        part = self.of_members(self.both)
        inner = self.combined(("in", part), sequence=1)
        outer = self.combined(("in", inner), sequence=0)
        self.assertEqual(self.inside(outer), self.both)
        part.member_domain = repr([("id", "=", self.other.id)])
        self.assertEqual(self.inside(outer), self.other)

    def test_no_segment_is_made_of_itself(self):
        part = self.of_members(self.member)
        inner = self.combined(("in", part))
        outer = self.combined(("in", inner))
        with self.assertRaisesRegex(ValidationError, "made of it itself"):
            inner.term_ids = [Command.create({"part_id": outer.id})]
        with self.assertRaisesRegex(ValidationError, "made of it itself"):
            inner.term_ids = [Command.create({"part_id": inner.id})]

    def test_a_combination_is_of_one_program(self):
        other = self.env["loyalty.program"].create({"name": "Other", "is_membership": True})
        with self.assertRaisesRegex(ValidationError, "another program"):
            self.combined(("in", self.segment([], program_id=other.id)))

    def test_what_others_are_made_of_is_not_deleted(self):
        part = self.of_members(self.member)
        self.combined(("in", part))
        with self.assertRaises(ForeignKeyViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            part.unlink()

    def test_an_empty_choice_is_not_everybody(self):
        for values in ({"kind": "rfm"}, {"kind": "combination"}):
            with self.assertRaisesRegex(ValidationError, "choose"):
                self.segment(**values)

    def test_a_score_range_is_the_right_way_round(self):
        with self.assertRaisesRegex(ValidationError, "turn them round"):
            self.segment(kind="rfm", recency_from="4", recency_to="2")

    # ------------------------------------------------------------ who may be in one

    def test_only_the_programs_own_members_are_in_it(self):
        other = self.env["loyalty.program"].create({"name": "Other", "is_membership": True})
        partner = self.env["res.partner"].create({"name": "Sun Li"})
        stranger = self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": other.id})
        segment = self.segment([])
        self.assertIn(self.member, self.inside(segment))
        self.assertNotIn(stranger, self.inside(segment))

    def test_closed_archived_and_erased_members_leave(self):
        segment, everyone = self.segment(kind="list"), self.both
        erased, frozen = self.make_member("Gone"), self.make_member("Frozen")
        segment._add_members(everyone + erased + frozen)
        self.member._close("Asked for")
        self.other.active = False
        frozen._freeze("Asked for")
        erased._erase("Asked for")
        self.assertEqual(self.inside(segment), frozen)
        self.assertEqual(segment.member_count, 1)

    # ------------------------------------------------------------ coming and going

    def test_entering_leaving_and_coming_back_are_rows_with_their_time(self):
        segment = self.segment([("purchase_amount", ">", 100)])
        self.assertFalse(self.inside(segment))
        purchase = self.buy(200)
        self.inside(segment)
        self.later()
        self.refund(purchase)
        self.assertFalse(self.inside(segment))
        [row] = segment.membership_ids
        self.assertLess(row.entered_at, row.left_at)
        self.later()
        self.buy(300)
        self.assertEqual(self.inside(segment), self.member)
        self.assertEqual(segment.membership_ids.mapped(lambda row: bool(row.left_at)), [False, True])
        directions = self.env["loyalty.segment.move"].search([("segment_id", "=", segment.id)]).mapped("direction")
        self.assertEqual(directions, ["entered", "left", "entered"])

    def test_a_refresh_that_changes_nothing_writes_no_rows(self):
        segment = self.of_members(self.both)
        segment._refresh()
        before = segment.membership_ids.mapped(lambda row: (row.id, row.entered_at))
        self.later()
        segment._refresh()
        after = segment.membership_ids.mapped(lambda row: (row.id, row.entered_at + timedelta(days=1)))
        self.assertEqual(after, before)

    def test_no_query_is_made_for_each_member(self):
        segments = self.of_members(self.member), self.of_members(
            self.both + self.make_member("C") + self.make_member("D") + self.make_member("E")
        )  # fmt: skip
        counts = []
        for segment in segments:
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            segment._refresh()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)

    def test_count_spend_basket_value_and_share_are_kept(self):
        self.buy(300)
        self.buy(100)
        self.env["loyalty.member.prediction"].create({
            "member_id": self.member.id, "program_id": self.program.id, "lifetime_value": 900,
        })  # fmt: skip
        segment = self.of_members(self.member)
        segment._refresh()
        self.assertEqual((segment.member_count, segment.member_value, segment.average_basket), (1, 400, 200))
        self.assertEqual(segment.lifetime_value, 900)
        self.assertAlmostEqual(segment.share, 50)
        self.assertTrue(segment.refreshed_at)

    # ------------------------------------------------------------ the night

    def night(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_refresh_segments").method_direct_trigger()
        self.env.invalidate_all()

    def test_the_job_refreshes_all_and_does_not_begin_anew_the_same_night(self):
        segment = self.of_members(self.member)
        self.night()
        self.assertEqual(self.now_in(segment), self.member)
        segment.refreshed_at = False
        self.night()
        self.assertFalse(segment.refreshed_at)
        segment.tried_at = self.ago(1)
        self.night()
        self.assertTrue(segment.refreshed_at)

    def test_what_is_changed_is_refreshed_soon_with_what_is_made_of_it(self):
        part = self.of_members(self.member)
        whole = self.combined(("in", part))
        self.night()
        jobs = self.env["ir.cron.trigger"].search_count([])
        part.member_domain = repr([("id", "=", self.other.id)])
        self.assertGreater(self.env["ir.cron.trigger"].search_count([]), jobs)
        self.night()
        self.assertEqual(self.now_in(whole), self.other)

    def break_filter(self, segment):
        """A field that was there when the filter was written is gone."""
        segment.flush_recordset()
        self.env.cr.execute("UPDATE loyalty_segment SET member_domain = %s WHERE id = %s", ["[('gone', '=', 1)]", segment.id])
        segment.invalidate_recordset()

    def test_a_segment_that_fails_says_why_and_stops_no_other(self):
        broken, fine = self.of_members(self.member, sequence=1), self.of_members(self.member, sequence=2)
        self.break_filter(broken)
        self.night()
        self.assertIn("can't be read", broken.problem)
        self.assertFalse(broken.refreshed_at)
        self.assertEqual(self.now_in(fine), self.member)
        broken.member_domain = repr([("id", "=", self.member.id)])
        self.night()
        self.assertFalse(broken.problem)
        self.assertEqual(self.now_in(broken), self.member)

    # ------------------------------------------------------------ filters that can't be

    def test_a_filter_that_cant_be_read_is_told(self):
        for text in ("nonsense", "[('gone', '=', 1)]", "[('tier_id.gone', '=', 1)]", "[('joined_on', '>', 'some day')]",
                     "[('state', 'like')]", "__import__('os')", "[('joined_on', '=', [[1]])]"):  # fmt: skip
            with self.assertRaisesRegex(ValidationError, "can't be read"):
                self.segment(member_domain=text)

    # ------------------------------------------------------------ while it is edited

    def test_the_form_tells_count_and_value_while_it_is_edited(self):
        self.buy(300)
        self.buy(100)
        with Form(self.Segment) as form:
            form.name = "Big spenders"
            self.assertEqual(form.live_count, 2)
            form.member_domain = "[('purchase_amount', '>', 100)]"
            self.assertEqual((form.live_count, form.live_value, form.live_basket, form.live_share), (1, 400, 200, 50))
            form.member_domain = "[('gone', '=', 1)]"
            self.assertIn("can't be read", form.live_problem)
            form.member_domain = "[('purchase_amount', '>', 1000)]"
            self.assertEqual((form.live_count, form.live_problem), (0, False))

    def test_the_form_tells_what_a_combination_would_hold(self):
        part = self.of_members(self.member)
        part._refresh()
        with Form(self.Segment) as form:
            form.name, form.kind = "Combined", "combination"
            with form.term_ids.new() as term:
                term.part_id, term.side = part, "out"
            self.assertEqual(form.live_count, 1)

    def test_the_button_shows_the_members_of_what_was_just_saved(self):
        segment = self.of_members(self.member)
        action = segment.action_view_members()
        self.assertEqual(self.env["loyalty.member"].search(action["domain"]), self.member)

    # ------------------------------------------------------------ on the member

    def test_members_show_their_segments_and_are_found_by_them(self):
        one, two = self.of_members(self.member, name="One"), self.of_members(self.both, name="Two")
        (one + two)._refresh()
        self.assertEqual(self.member.segment_ids, one + two)
        members = self.env["loyalty.member"]
        mine = [("program_id", "=", self.program.id)]
        self.assertEqual(members.search([("segment_ids", "in", one.ids)]), self.member)
        self.assertEqual(members.search([("segment_ids.name", "=", "One")]), self.member)
        self.assertEqual(members.search([("segment_ids", "ilike", "One")]), self.member)
        self.assertEqual(members.search([*mine, ("segment_ids", "not in", one.ids)]), self.other)
        self.assertEqual(members.search([*mine, ("segment_ids", "!=", False)]), self.both.sorted("id", reverse=True))
        two.member_domain = "[('id', '=', 0)]"
        two._refresh()
        self.assertEqual(members.search([*mine, ("segment_ids", "=", False)]), self.other)
        self.assertEqual(self.other.segment_ids, self.Segment)

    # ------------------------------------------------------------ merging

    def test_a_merged_members_lists_are_the_survivors(self):
        mine, ours = self.segment(kind="list", name="Mine"), self.segment(kind="list", name="Ours")
        mine._add_members(self.other)
        ours._add_members(self.both)
        merge = self.other._merge_into(self.member)
        (mine + ours)._refresh()
        self.assertEqual(self.member.segment_ids, mine + ours)
        self.assertEqual((mine.member_count, ours.member_count), (1, 1))
        self.assertIn(mine.tag_id, self.member.partner_id.category_id)
        self.assertNotIn(ours.tag_id, self.other.partner_id.category_id)
        merge._undo("Two people")
        self.env.invalidate_all()
        self.assertEqual(self.other.segment_ids, mine)
        self.assertEqual(self.member.segment_ids, ours)
