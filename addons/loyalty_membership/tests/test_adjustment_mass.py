"""Points for many: who is concerned is fixed first, and each is booked exactly once."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_adjustment import AdjustmentCase

MANY = 25
BOOKING = "odoo.addons.loyalty_membership.models.loyalty_points_adjustment_booking"


class TestMassAdjustment(AdjustmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.members = cls.make_members(MANY)

    def points_of(self, members):
        members.invalidate_recordset()
        return members.mapped("points")

    # ------------------------------------------------------------ who

    def test_members_chosen_in_the_list_are_drafted(self):
        action = self.members.with_user(self.requester).action_grant_points()
        draft = self.Adjustment.browse(action["res_id"])
        self.assertEqual((draft.state, draft.audience, draft.member_ids), ("draft", "list", self.members))

    def test_a_pasted_list_finds_numbers_and_phones_and_reports_the_rest(self):
        pasted = f"{self.other.code}, 138 0013 8000\n+86 13800138000；nobody@example.com\n\n999"
        request = self.ask(10, audience="list", member_id=False, pasted=pasted)
        self.assertIn("999", str(request.preview))
        request.action_submit()
        self.assertEqual(set(self.states(request)), {self.member, self.other})
        self.assertEqual((request.unknown, request.pasted), ("nobody@example.com\n999", False))
        self.assertEqual(self.points(), 10)

    def test_a_segment_is_a_filter_and_the_customers_tags(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        self.members[:3].partner_id.category_id = tag
        request = self.ask(
            10, audience="segment", member_id=False, category_ids=[Command.set(tag.ids)],
            segment_domain=f"[('id', 'in', {self.members[1:9].ids})]",
        )  # fmt: skip
        self.assertEqual(request.audience_count, 2)
        request.action_submit()
        self.assertEqual(set(self.states(request)), set(self.members[1:3]))

    def test_a_filter_that_cannot_be_read_says_so(self):
        for domain in ("__import__('os')", "[('nothing', '=', 1)]", "[('id'"):
            with self.subTest(domain):
                request = self.ask(10, audience="segment", segment_domain=domain)
                self.assertIn("filter can't be read", str(request.preview).replace("&#39;", "'"))
                with self.assertRaisesRegex(UserError, "filter"), self.env.cr.savepoint():
                    request.action_submit()

    def test_members_of_another_program_are_never_in_a_segment(self):
        program = self.env["loyalty.program"].create({"name": "Other", "is_membership": True, "company_id": self.env.company.id})
        stranger = self.env["loyalty.member"].create({"program_id": program.id, "partner_id": self.member.partner_id.id})
        request = self.submit(10, audience="segment", segment_domain="[]")
        self.assertNotIn(stranger, request.line_ids.member_id)

    def test_who_joins_afterwards_gets_nothing(self):
        request = self.submit(10, audience="segment", segment_domain="[]")
        late = self.make_member("Late", phone="13800138077")
        self.run_job()
        self.assertEqual((self.points(late), self.points(self.other), request.state), (0, 10, "done"))

    def test_the_preview_says_how_many_how_much_and_who_is_left_out(self):
        self.Entry._post([{"member_id": member.id, "kind": "adjust", "points": 100} for member in self.members[:20]])
        self.members[0]._freeze("Asked for")
        request = self.ask_list(60, self.members, kind="deduct")
        told = request._preview()
        self.assertEqual((told["count"], told["barred"], told["short"], told["total"]), (MANY, 1, 5, "-1,140"))
        self.assertIn("11.40", told["worth"])
        shown = str(request.preview)
        self.assertIn("Frozen, closed or archived", shown)
        self.assertIn("and 17 more", shown)
        self.assertFalse(request.line_ids, "nothing is written before it is submitted")

    # ------------------------------------------------------------ booking

    def test_many_are_booked_by_the_job(self):
        request = self.submit(10, audience="list", member_id=False, member_ids=[Command.set(self.members.ids)])
        self.assertEqual((request.state, request.waiting_count, self.points(self.members[0])), ("running", MANY, 0))
        self.run_job()
        self.assertEqual((request.state, request.done_count, request.progress), ("done", MANY, 100))
        self.assertEqual(set(self.points_of(self.members)), {10})
        self.assertEqual(request.line_ids.entry_id.create_uid, self.requester)
        self.assertBalanced()

    def test_the_job_again_books_nothing_again(self):
        self.ask_list(10, self.members).action_submit()
        self.run_job()
        self.run_job()
        self.assertEqual(set(self.points_of(self.members)), {10})

    def test_whoever_cannot_be_booked_is_named_and_the_others_are(self):
        self.Entry._post([{"member_id": member.id, "kind": "adjust", "points": 100} for member in self.members[2:]])
        self.members[24]._close("Asked for")
        request = self.ask_list(60, self.members, kind="deduct")
        request.action_submit()
        self.run_job()
        failed = request.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.member_id, self.members[:2] + self.members[24])
        self.assertEqual(failed.mapped("error"), ["Fewer points than would be taken: 0"] * 2 + ["Frozen, closed or archived"])
        self.assertEqual((request.state, request.done_count), ("done", MANY - 3))
        self.assertEqual(self.points_of(self.members), [0, 0] + [40] * 22 + [100])
        self.assertBalanced()

    def test_a_member_that_the_ledger_refuses_does_not_hold_up_the_others(self):
        """The entry's constraint of PostgreSQL stands for whatever nobody has thought of."""
        self.env.cr.execute(
            "ALTER TABLE loyalty_points_entry ADD CONSTRAINT unlucky CHECK (member_id <> %s) NOT VALID", [self.members[7].id]
        )
        request = self.ask_list(10, self.members)
        request.action_submit()
        with self.assertLogs("odoo.sql_db", "ERROR"), self.assertLogs(BOOKING, "WARNING"):
            self.run_job()
        self.assertEqual(request.line_ids.filtered(lambda line: line.state == "failed").member_id, self.members[7])
        self.assertEqual(request.done_count, MANY - 1)
        self.env.cr.execute("ALTER TABLE loyalty_points_entry DROP CONSTRAINT unlucky")
        request.action_retry()
        self.assertEqual((request.failed_count, set(self.points_of(self.members))), (0, {10}))
        self.assertBalanced()

    def test_a_member_whose_booking_breaks_does_not_hold_up_the_others(self):
        self.make_tiers(0, 5)
        unlucky, members = self.members[7], type(self.env["loyalty.member"])
        update = members._update_tiers

        def break_down(members, *args, **kwargs):
            if unlucky in members:
                raise KeyError(unlucky.name)
            return update(members, *args, **kwargs)

        self.patch(members, "_update_tiers", break_down)
        request, after = self.ask_list(10, self.members, is_qualifying=True), self.ask_list(1, self.members)
        (request + after).action_submit()
        with self.assertLogs(BOOKING, "WARNING") as log:
            self.run_job()
        failed = request.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual((failed.member_id, failed.failure), (unlucky, "refused"))
        self.assertIn("KeyError", failed.detail)
        self.assertEqual((request.state, request.done_count, after.done_count), ("done", MANY - 1, MANY))
        self.assertIn("break_down", log.output[0], "it says where")
        self.assertNotIn(unlucky.name, log.output[0], "and not about whom")
        self.assertBalanced()

    def test_trying_again_reads_none_of_those_who_are_booked(self):
        request = self.ask_list(10, self.members)
        request.action_submit()
        self.run_job()
        line = request.line_ids[3]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_points_adjustment_line SET state = 'failed', failure = 'barred' WHERE id = %s", line.ids
        )
        self.env.cr.execute("UPDATE loyalty_points_adjustment_line SET entry_id = NULL WHERE id = %s", line.ids)
        self.env.invalidate_all()
        read, fetch = set(), type(line)._fetch_query

        def note(lines, *args):
            found = fetch(lines, *args)
            read.update(found.ids)
            return found

        self.patch(type(line), "_fetch_query", note)
        request.action_retry()
        self.assertEqual(read, set(line.ids))
        self.assertEqual((line.state, request.state, self.points(line.member_id)), ("done", "done", 20))

    def test_points_that_ended_yesterday_are_not_there_to_be_taken(self):
        self.grant(50, expires_on="2020-01-01")
        with self.assertRaisesRegex(UserError, "Fewer points"):
            self.submit(50, kind="deduct")

    # ------------------------------------------------------------ stopping and undoing

    def test_it_is_paused_and_resumed(self):
        request = self.ask_list(10, self.members)
        request.action_submit()
        request.action_pause()
        self.run_job()
        self.assertEqual((request.state, request.done_count), ("running", 0))
        request.action_resume()
        self.run_job()
        self.assertEqual((request.state, request.done_count), ("done", MANY))

    def test_the_rest_is_cancelled_and_what_is_booked_stays(self):
        request = self.ask_list(10, self.members)
        request.action_submit()
        request.sudo()._book_lines(request.line_ids[:5].ids)
        request.action_cancel()
        self.run_job()
        self.assertEqual((request.state, request.done_count, sum(self.points_of(self.members))), ("done", 5, 50))

    def test_a_grant_is_reversed_from_its_own_lots(self):
        self.grant(100, expires_on="2099-01-01")
        request = self.submit(30, expires_on="2098-01-01")
        reversal = self.Adjustment.browse(request.action_reverse()["res_id"])
        self.assertEqual((reversal.state, reversal.reverses_id, self.points()), ("draft", request, 130))
        reversal.action_submit()
        entry = reversal.line_ids.entry_id
        self.assertEqual((self.points(), entry.reverses_id), (100, request.line_ids.entry_id))
        self.assertEqual(entry.allocation_ids.lot_id, request.line_ids.entry_id)
        self.assertBalanced()

    def test_a_deduction_is_given_back_to_its_own_lots(self):
        lots = self.grant(20, expires_on="2098-01-01") + self.grant(20, expires_on="2099-01-01")
        request = self.submit(30, kind="deduct")
        reversal = self.Adjustment.browse(request.action_reverse()["res_id"])
        reversal.action_submit()
        lots.invalidate_recordset()
        self.assertEqual((self.points(), lots.mapped("remaining")), (40, [20, 20]))
        self.member.invalidate_recordset()
        self.assertEqual((self.member.lifetime_earned, self.member.lifetime_redeemed), (40, 0))
        self.assertBalanced()

    def test_qualifying_points_are_undone_exactly(self):
        self.grant(100, qualifying_points=20)
        request = self.submit(50, kind="deduct", is_qualifying=True)
        self.Adjustment.browse(request.action_reverse()["res_id"]).action_submit()
        self.member.invalidate_recordset()
        self.assertEqual((self.member.points, self.member.qualifying_points), (100, 20))

    def test_points_are_not_reversed_twice(self):
        request = self.submit(30)
        first, second = (self.Adjustment.browse(request.action_reverse()["res_id"]) for _time in range(2))
        first.action_submit()
        with self.assertRaisesRegex(UserError, "nobody to book for"), self.env.cr.savepoint():
            second.action_submit()
        self.assertEqual(self.points(), 0)

    def test_points_that_are_spent_are_not_taken_twice(self):
        request = self.submit(30)
        self.spend(30)
        reversal = self.Adjustment.browse(request.action_reverse()["res_id"])
        reversal.action_submit()
        self.assertEqual((reversal.line_ids.failure, self.points()), ("short", 0))

    def test_points_that_have_expired_are_not_taken_from_others(self):
        request = self.submit(30, expires_on=self.program._today())
        self.grant(100)
        with self.tomorrow():
            reversal = self.Adjustment.browse(request.action_reverse()["res_id"])
            reversal.action_submit()
        self.assertEqual((reversal.line_ids.failure, self.points()), ("expired", 100))

    def test_a_reversal_waits_for_approval_like_any_other(self):
        self.limit(100)
        request = self.submit(150)
        request.with_user(self.approver).action_approve()
        reversal = self.Adjustment.browse(request.action_reverse()["res_id"])
        reversal.action_submit()
        self.assertEqual((reversal.state, self.points()), ("to_approve", 150))


class TestAdjustmentDemo(AdjustmentCase):
    def test_the_demo_shows_what_is_booked_and_what_waits(self):
        demo = self.env["loyalty.demo"]
        demo._load()
        demo._load_adjustments()
        demo._load_adjustments()
        club = self.env["loyalty.program"].search([("name", "=", "Members Club")])
        shown = self.env["loyalty.points.adjustment"].search([("program_id", "=", club.id)], order="id")
        self.assertEqual(shown.mapped("state"), ["done", "done", "done", "to_approve", "draft"])
        self.assertTrue(shown[2].failed_count)
        self.assertTrue(self.env["loyalty.ledger.verification"].verify(club.id)["ok"])


class TestMassQueries(AdjustmentCase):
    def test_a_batch_of_two_hundred_takes_as_many_statements_as_one_of_two(self):
        members = self.make_members(260)
        self.program.adjustment_approval = False
        few, more, many = (self.ask_list(10, group) for group in (members[:2], members[2:32], members[32:]))
        for request in (few, more, many):
            request._freeze_audience()
            request.sudo().state = "running"

        def statements(request):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            request.sudo()._book_next()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        statements(few)
        least = statements(more)
        self.assertLessEqual(statements(many), least)
        self.assertEqual(many.done_count, 228)
