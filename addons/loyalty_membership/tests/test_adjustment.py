"""Points given or taken by hand: what one person may, and what waits for a second."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import LoyaltyCase


class AdjustmentCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester = cls.make_user("adjust_requester", "loyalty_membership.group_manager")
        cls.approver = cls.make_user("adjust_approver", "loyalty_membership.group_manager")
        cls.Adjustment = cls.env["loyalty.points.adjustment"].with_user(cls.requester)

    def limit(self, member=100, total=1000, **values):
        self.program.write({
            "adjustment_approval": True, "adjustment_member_limit": member, "adjustment_total_limit": total, **values,
        })  # fmt: skip

    def ask(self, points, member=None, kind="grant", **values):
        """A draft as the requester fills it in."""
        return self.Adjustment.create({
            "program_id": self.program.id,
            "kind": kind,
            "points": points,
            "reason": "Apology",
            "audience": "one",
            "member_id": (member or self.member).id,
            **values,
        })

    def ask_list(self, points, members, **values):
        return self.ask(points, audience="list", member_id=False, member_ids=[Command.set(members.ids)], **values)

    def submit(self, *args, **values):
        adjustment = self.ask(*args, **values)
        adjustment.action_submit()
        return adjustment

    @classmethod
    def make_members(cls, count):
        partners = cls.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(count)])
        return cls.env["loyalty.member"].create([
            {"partner_id": partner.id, "program_id": cls.program.id} for partner in partners
        ])

    def tomorrow(self):
        return freeze_time(fields.Datetime.now() + timedelta(days=1))

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_adjustment_book").method_direct_trigger()
        self.env.invalidate_all()

    def states(self, adjustment):
        adjustment.invalidate_recordset()
        return {line.member_id: line.state for line in adjustment.line_ids}


class TestAdjustment(AdjustmentCase):
    def test_points_are_given_at_once_with_a_reason_that_leads_back(self):
        adjustment = self.submit(50)
        entry = adjustment.line_ids.entry_id
        self.assertEqual((adjustment.state, self.points()), ("done", 50))
        self.assertEqual((entry.kind, entry.note, entry.qualifying_points), ("adjust", "Apology", 0))
        self.assertEqual((entry.origin_model, entry.origin_id), (adjustment._name, adjustment.id))
        self.assertEqual((entry.adjustment_id, entry.create_uid), (adjustment, self.requester))
        self.assertIn("Apology", entry.explanation)
        self.assertBalanced()

    def test_the_members_chatter_says_how_much_and_why(self):
        self.submit(50)
        self.assertRegex(self.member.message_ids[0].body, r"ADJ/.*\+50 points\. Apology")

    def test_points_are_taken(self):
        self.grant(80)
        self.submit(50, kind="deduct")
        self.assertEqual(self.points(), 30)
        self.assertBalanced()

    def test_nobody_is_taken_more_than_there_is(self):
        self.grant(30)
        with self.assertRaisesRegex(UserError, "Li Na.*Fewer points.*30"), self.env.cr.savepoint():
            self.submit(31, kind="deduct")
        self.assertEqual(self.points(), 30)

    def test_points_live_as_the_program_says_or_until_the_day_that_is_given(self):
        self.program.write({"expiry_policy": "calendar", "expiry_number": 1})
        today = self.program._today()
        self.assertEqual(self.submit(5).line_ids.entry_id.expires_on, today.replace(year=today.year + 1, month=12, day=31))
        day = today + timedelta(days=7)
        self.assertEqual(self.submit(5, expires_on=day).line_ids.entry_id.expires_on, day)

    def test_points_that_would_be_over_already_are_refused(self):
        with self.assertRaisesRegex(UserError, "expired already"):
            self.submit(5, expires_on=self.program._today() - timedelta(days=1))

    def test_they_count_for_tiers_when_told_so(self):
        self.make_tiers(0, 40)
        self.submit(50)
        self.assertFalse(self.member.tier_id.threshold)
        self.submit(50, is_qualifying=True)
        self.member.invalidate_recordset()
        self.assertEqual((self.member.qualifying_points, self.member.tier_id.threshold), (50, 40))

    def test_qualifying_points_are_never_taken_below_zero(self):
        self.grant(100, qualifying_points=20)
        self.submit(50, kind="deduct", is_qualifying=True)
        self.member.invalidate_recordset()
        self.assertEqual(self.member.qualifying_points, 0)

    def test_what_is_incomplete_is_refused_in_words(self):
        for values, why in (
            ({"reason": "  "}, "why the points change"),
            ({"points": 0}, "how many points"),
            ({"points": 1.5}, "steps of 1"),
            ({"member_id": False}, "nobody to book for"),
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, why), self.env.cr.savepoint():
                self.submit(**{"points": 5, **values})

    def test_a_member_of_another_program_is_refused(self):
        program = self.env["loyalty.program"].create({"name": "Other", "is_membership": True, "company_id": self.env.company.id})
        with self.assertRaisesRegex(UserError, "one program"):
            self.ask(5, program_id=program.id)

    def test_a_frozen_member_is_adjusted_one_by_one(self):
        self.grant(500)
        self.member._freeze("Asked for")
        self.submit(500, kind="deduct")
        self.assertEqual(self.points(), 0)

    def test_the_form_of_a_member_tells_the_balance_before(self):
        self.grant(120)
        action = self.member.with_user(self.requester).action_adjust_points()
        window = self.Adjustment.with_context(**action["context"])
        with Form(window, view=self.env["ir.ui.view"].browse(action["views"][0][0])) as form:
            form.points = 30
            self.assertRegex(str(form.preview), r"(?s)Li Na.*120.*150")
            form.kind = "deduct"
            self.assertRegex(str(form.preview), r"(?s)120.*90")
            form.points = 121
            self.assertIn("Fewer points", str(form.preview))
            form.points, form.reason = 20, "Mistake"
        self.assertEqual(form.record.action_submit(), {"type": "ir.actions.act_window_close"})
        self.assertEqual(self.points(), 100)

    def test_a_name_is_shown_and_never_run(self):
        self.member.partner_id.name = "<img src=x onerror=alert(1)>"
        self.assertNotIn("<img", str(self.ask(5).preview))


class TestAdjustmentApproval(AdjustmentCase):
    def test_up_to_the_limit_it_is_booked_and_above_it_waits(self):
        self.limit(100)
        self.assertEqual(self.submit(100).state, "done")
        above = self.submit(101, self.other)
        self.assertEqual((above.state, self.points(), self.points(self.other)), ("to_approve", 100, 0))
        self.assertEqual(above.activity_ids.user_id & (self.requester + self.approver), self.approver)
        above.with_user(self.approver).action_approve()
        self.assertEqual((above.state, above.decided_by_id, self.points(self.other)), ("done", self.approver, 101))
        self.assertFalse(above.activity_ids)
        self.assertIn(f"Approved by {self.approver.name}", self.other.message_ids[0].body)

    def test_a_limit_of_zero_lets_everything_wait(self):
        self.limit(0)
        self.assertEqual(self.submit(1).state, "to_approve")

    def test_without_approval_in_the_program_one_manager_is_enough(self):
        self.assertEqual(self.submit(1_000_000).state, "done")

    def test_the_total_waits_although_each_member_gets_little(self):
        self.limit(100, 150)
        request = self.ask_list(80, self.member + self.other)
        request.action_submit()
        self.assertEqual((request.state, self.points()), ("to_approve", 0))

    def test_a_request_that_is_split_over_the_day_waits(self):
        self.limit(100)
        self.assertEqual(self.submit(60).state, "done")
        self.assertEqual(self.submit(60).state, "to_approve")
        self.assertEqual(self.submit(60, self.other).state, "done")
        self.assertEqual(self.submit(60, kind="deduct").state, "to_approve", "what is taken counts, too")

    def test_a_total_that_is_split_over_members_waits(self):
        self.limit(100, 150)
        self.assertEqual(self.submit(100).state, "done")
        self.assertEqual(self.submit(100, self.other).state, "to_approve")

    def test_what_another_manager_gave_or_approved_does_not_count(self):
        self.limit(100)
        self.submit(150).with_user(self.approver).action_approve()
        self.assertEqual(self.submit(60).state, "done")
        other = self.ask(60)
        other.with_user(self.approver).action_submit()
        self.assertEqual((other.state, other.requested_by_id), ("done", self.approver))

    def test_the_next_day_begins_anew(self):
        self.limit(100)
        self.submit(60)
        with self.tomorrow():
            self.assertEqual(self.submit(60).state, "done")

    def test_two_requests_at_one_moment_do_not_pass_each_other(self):
        """Neither would see the other's points: the number of the day lets PostgreSQL refuse the second."""
        numbers = [self.submit(60).day_number, self.submit(60).day_number]
        self.assertEqual(numbers, [1, 2])
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE loyalty_points_adjustment SET day_number = 1 WHERE day_number = 2")

    def test_a_document_is_asked_for_above_the_limit(self):
        self.limit(100, adjustment_attachment=True)
        self.assertEqual(self.submit(50).state, "done")
        with self.assertRaisesRegex(UserError, "attachment"), self.env.cr.savepoint():
            self.submit(150, self.other)
        file = self.env["ir.attachment"].with_user(self.requester).create({"name": "letter.txt", "raw": b"sorry"})
        request = self.submit(150, self.other, attachment_ids=[Command.link(file.id)])
        self.assertEqual(request.state, "to_approve")
        self.assertEqual(file.with_user(self.approver).raw, b"sorry", "the approver reads it")

    def test_a_rejection_says_why_and_books_nothing(self):
        self.limit(100)
        request = self.submit(150)
        action = request.with_user(self.approver).action_reject()
        self.env[action["res_model"]].with_user(self.approver).with_context(**action["context"]).create({
            "reason": "Too much",
        }).action_reject()
        self.assertEqual((request.state, request.rejection_reason, self.points()), ("rejected", "Too much", 0))
        self.assertEqual(set(self.states(request).values()), {"cancelled"})

    def test_the_list_approves_those_of_others_and_reports_the_rest(self):
        self.limit(100)
        theirs, own = self.submit(150), self.ask(150, self.other)
        own.with_user(self.approver).action_submit()
        told = (theirs + own).with_user(self.approver).action_approve_selected()
        self.assertEqual((theirs.state, own.state), ("done", "to_approve"))
        self.assertRegex(told["params"]["message"], f"1 approved.*{own.name}")

    def test_points_for_oneself_wait_for_somebody_else(self):
        self.limit(100)
        mine = self.make_member("Manager", phone="13800138099")
        mine.partner_id = self.requester.partner_id
        self.assertEqual(self.submit(1, mine).state, "to_approve")
        theirs = self.make_member("Approver", phone="13800138098")
        theirs.partner_id = self.approver.partner_id
        request = self.submit(150, theirs)
        with self.assertRaisesRegex(UserError, "own request"):
            request.with_user(self.approver).action_approve()

    def test_what_waits_can_be_taken_back(self):
        self.limit(100)
        request = self.submit(150)
        request.action_cancel()
        self.assertEqual((request.state, request.activity_ids.ids), ("cancelled", []))
