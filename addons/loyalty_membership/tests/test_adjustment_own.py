"""Nobody gives points to themselves, however the members were chosen; and whom nobody can decide about is told."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_adjustment import AdjustmentCase


class OwnCase(AdjustmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.membership_of(cls.requester)
        cls.theirs = cls.membership_of(cls.approver)

    @classmethod
    def membership_of(cls, user):
        user.partner_id.email = f"{user.login}@example.com"  # those of test users are alike
        return cls.env["loyalty.member"].create({"partner_id": user.partner_id.id, "program_id": cls.program.id})

    def ask_for(self, members, points=1, **values):
        """A draft for whoever matches a filter."""
        return self.ask(points, audience="segment", member_id=False, segment_domain=f"[('id', 'in', {members.ids})]", **values)


class TestOwnPoints(OwnCase):
    def test_a_filter_that_finds_oneself_waits_for_somebody_else(self):
        self.limit(100)
        request = self.ask_for(self.other + self.mine)
        request.action_submit()
        self.assertEqual((request.state, self.points(self.mine)), ("to_approve", 0))
        request.with_user(self.approver).action_approve()
        self.assertEqual((request.state, self.points(self.mine)), ("done", 1))

    def test_a_filter_that_finds_somebody_else_is_booked(self):
        self.limit(100)
        request = self.ask_for(self.other + self.theirs)
        request.action_submit()
        self.assertEqual(request.state, "done")

    def test_nobody_approves_a_filter_that_finds_themselves(self):
        self.limit(100)
        request = self.ask_for(self.other + self.theirs, 150)
        request.action_submit()
        self.assertFalse(request.with_user(self.approver).may_decide)
        with self.assertRaisesRegex(UserError, "own request"):
            request.with_user(self.approver).action_approve()
        self.assertEqual((request.state, self.points(self.theirs)), ("to_approve", 0))

    def test_a_member_with_the_own_phone_is_oneself(self):
        self.limit(100)
        self.requester.partner_id.phone = self.other.partner_id.phone
        self.assertEqual(self.submit(1, self.other).state, "to_approve")

    def test_without_approval_in_the_program_oneself_is_refused(self):
        self.program.adjustment_approval = False
        drafts = (
            self.ask(1, self.mine), self.ask_list(1, self.other + self.mine), self.ask_for(self.mine),
            self.ask(1, self.mine, kind="deduct"),
        )  # fmt: skip
        for draft in drafts:
            with self.subTest(draft.audience), self.assertRaisesRegex(UserError, "leave yourself out"), self.env.cr.savepoint():
                draft.action_submit()
        self.assertEqual(self.points(self.mine), 0)

    def test_whoever_became_oneself_before_booking_is_left_out(self):
        self.program.adjustment_approval = False
        members = self.make_members(25) + self.other
        request = self.ask_list(10, members)
        request.action_submit()
        self.requester.partner_id.phone = self.other.partner_id.phone
        self.run_job()
        failed = request.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual((failed.member_id, failed.error), (self.other, "Nobody decides over their own points"))
        self.assertEqual((request.done_count, self.points(self.other)), (25, 0))
        request.action_retry()
        self.run_job()
        self.assertEqual(self.points(self.other), 0)

    def test_who_approved_is_left_out_where_a_member_became_theirs(self):
        self.limit(0)
        request = self.ask_list(10, self.make_members(25) + self.other)
        request.action_submit()
        request.with_user(self.approver).action_approve()
        self.approver.partner_id.phone = self.other.partner_id.phone
        self.run_job()
        self.assertEqual((request.done_count, self.points(self.other)), (25, 0))

    def test_nobody_calls_off_what_is_taken_from_them(self):
        self.limit(0)
        self.grant(100, self.theirs)
        request = self.submit(50, self.theirs, kind="deduct")
        with self.assertRaisesRegex(UserError, "your own points"):
            request.with_user(self.approver).action_cancel()
        request.action_cancel()
        self.assertEqual(request.state, "cancelled")


class TestNobodyElse(OwnCase):
    def setUp(self):
        super().setUp()
        self.limit(0)
        self.clerk = self.make_user("own_clerk", "loyalty_membership.group_store")
        managers = self.program._managers() - self.requester - self.approver
        managers.active = False

    def test_a_request_that_nobody_else_may_decide_says_what_to_do(self):
        self.assertFalse(self.ask(5).approval_notice)
        self.assertFalse(self.submit(5).approval_notice)
        self.approver.active = False
        request = self.submit(5)
        self.assertRegex(request.approval_notice, f"Nobody else may approve {request.name}: add.*{self.program.name}")
        self.approver.active = True
        request.invalidate_recordset()
        self.assertFalse(request.approval_notice)

    def test_an_approver_who_is_concerned_is_nobody_else(self):
        self.assertTrue(self.submit(5, self.theirs).approval_notice)

    def test_the_window_on_the_member_says_it_at_once(self):
        self.approver.active = False
        told = self.ask(5).with_context(loyalty_in_window=True).action_submit()
        self.assertIn("Nobody else may approve", told["params"]["message"])

    def test_the_other_managers_are_asked_where_it_is_the_approvers_own(self):
        self.program.approver_ids = [Command.set(self.requester.ids)]
        request = self.submit(5)
        self.assertEqual((request.activity_ids.user_id, request.approval_notice), (self.approver, False))

    def test_a_redemption_says_it_too(self):
        self.approver.active = False
        service = self.env["loyalty.catalog.item"].create({
            "name": "Tea", "program_id": self.program.id, "kind": "service", "points": 10,
        })  # fmt: skip
        self.program.redemption_rule_ids = [Command.create({})]
        self.grant(50)
        redemption = self.env["loyalty.redemption"].with_user(self.requester).create({
            "member_id": self.member.id, "item_id": service.id,
        })  # fmt: skip
        redemption.action_submit()
        self.assertEqual(redemption.state, "to_approve")
        for user in (self.requester, self.clerk):
            self.env.invalidate_all()
            self.assertIn("Nobody else may approve", redemption.with_user(user).approval_notice)
