"""What a dry run says, and that it does nothing."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from .common import EchoAdapter, EchoCase


@tagged("post_install", "-at_install")
class TestSyncRunDry(EchoCase):
    def actions(self, run):
        return {line.name: line.action for line in run.line_ids}

    def test_of_members_it_says_who_would_be_created_changed_and_skipped_and_why(self):
        self.member.partner_id.name = "Li Na"
        self.other.partner_id.name = "Wang Wei"
        self.dispatch()
        third = self.make_member("Zhao", phone="13800138003")
        found = self.make_member("Qian", phone="13800138004")
        self.fake.records["R90"] = {"code": found.code, "name": "somebody"}
        self.env.cr.execute("UPDATE loyalty_outbox SET state = 'skipped' WHERE state = 'pending'")
        self.other.partner_id.name = "Wang W."
        run = self.work(self.run_of("dry"))
        self.assertEqual(run.state, "done")
        self.assertEqual(
            {line.res_id: line.action for line in run.line_ids},
            {self.member.id: "skip", self.other.id: "change", third.id: "create", found.id: "change"},
        )
        self.assertEqual((run.created, run.changed, run.skipped, run.failed, run.done), (1, 2, 1, 0, 4))
        changed = run.line_ids.filtered(lambda line: line.res_id == self.other.id)
        self.assertEqual(changed.changes, [["name", "Wang Wei", "Wang W."]])
        self.assertEqual(changed.told, "name: Wang Wei → Wang W.")
        self.assertIn("last sent", run.line_ids.filtered(lambda line: line.action == "skip").reason)

    def test_whose_number_another_one_is_bound_to_could_not_be_sent(self):
        """As sending says: the record there has the number of one member and is bound to another one."""
        self.fake.records["R90"] = {"code": self.member.code}
        self.env["loyalty.binding"]._keep(self.connection, "member", self.other, "R90")
        run = self.work(self.run_of("dry", member_ids=self.member.ids))
        self.assertEqual(run.line_ids.action, "cannot")
        self.assertIn("bound_elsewhere", run.line_ids.reason)

    def test_nothing_is_written_and_nothing_sent(self):
        self.member.partner_id.name = "Somebody"
        self.env.cr.precommit.run()
        before = self.everything()
        posts = len(self.fake.seen("/records", "POST"))
        run = self.work(self.run_of("dry"))
        self.assertTrue(run.line_ids)
        self.assertEqual(self.everything(), before)
        self.assertEqual(len(self.fake.seen("/records", "POST")), posts)
        self.assertEqual(self.noted().state, "pending")

    def test_of_purchases_it_books_nothing_and_moves_no_reading_position(self):
        self.connection.pull_purchases = True
        self.sell(3)
        self.fake.sales[1]["member"] = "nobody"
        before = self.everything()
        run = self.work(self.run_of("dry", "pull_purchases"))
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.actions(run), {"S1": "create", "S2": "cannot", "S3": "create"})
        self.assertIn("100 points", run.line_ids[0].reason)
        self.assertFalse(self.connection.cursor_ids)

    def sell(self, number):
        for n in range(1, number + 1):
            self.fake.sales.append({
                "number": f"S{n}", "member": self.member.code, "at": f"2026-01-{n:02}T04:00:00Z",
                "lines": [{"line_id": "1", "sku": "SHOE", "quantity": 1, "amount": 100}],
            })  # fmt: skip

    def test_documents_are_judged_as_they_would_be_received(self):
        self.connection.pull_purchases = True
        self.sell(2)
        self.fake.sales[0]["lines"].append({"line_id": "2", "sku": "GIFT", "quantity": 0, "amount": 0})
        self.fake.sales[1]["withdrawn"] = "unaudited"
        run = self.work(self.run_of("dry", "pull_purchases"))
        self.assertEqual(self.actions(run), {"S1": "create", "S2": "skip"})
        self.assertIn("100 points", run.line_ids[0].reason)

    def test_a_purchase_that_is_booked_is_skipped(self):
        self.connection.pull_purchases = True
        self.sell(2)
        self.env["loyalty.api"].record_purchase(
            self.member.code, [{"sku": "SHOE", "quantity": 1, "amount": 100}], reference="S1",
            source=self.connection._inbox_source(), program=self.program.id,
        )  # fmt: skip
        run = self.work(self.run_of("dry", "pull_purchases"))
        self.assertEqual(self.actions(run), {"S1": "skip", "S2": "create"})

    def test_it_ends_at_the_number_that_was_asked_for(self):
        self.connection.pull_purchases = True
        self.sell(5)
        self.patch(EchoAdapter, "page_size", 2)
        run = self.work(self.run_of("dry", "pull_purchases", limit=3))
        self.assertEqual((run.state, run.done, run.total), ("done", 3, 3))
        run = self.work(self.run_of("dry", limit=1))
        self.assertEqual((run.state, run.done), ("done", 1))

    def test_lines_are_kept_of_the_first_of_each_kind_and_all_are_counted(self):
        for n in range(60):
            self.make_member(f"M{n}", phone=f"1390013{n:04}")
        run = self.work(self.run_of("dry"))
        self.assertEqual((run.created, len(run.line_ids), run.counts), (62, 50, {"create": 62}))

    def test_what_it_said_of_people_is_forgotten_with_them_and_after_some_time(self):
        run = self.work(self.run_of("dry"))
        self.assertEqual(len(run.line_ids), 2)
        self.member._forget_exchanged(["13800138000"])
        self.assertEqual(run.line_ids.res_id, self.other.id)
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.env.ref("loyalty_integrations.cron_clean").method_direct_trigger()
        self.assertFalse(run.line_ids.exists())

    def test_chosen_members_alone_are_looked_at(self):
        run = self.work(self.run_of("dry", member_ids=[self.other.id]))
        self.assertEqual(run.line_ids.mapped("res_id"), [self.other.id])

    def test_a_system_that_is_down_makes_it_wait_and_then_it_goes_on(self):
        self.fake.fail_next(503, times=1, path="/records")
        run = self.work(self.run_of("dry"))
        self.assertEqual(run.state, "running")
        self.assertIn("503", run.problem)
        self.work(run)
        self.assertEqual((run.state, run.problem, run.done), ("done", False, 2))

    def test_a_draft_can_be_tried_before_it_is_switched_on(self):
        self.connection.sudo().state = "draft"
        run = self.work(self.run_of("dry"))
        self.assertEqual(run.state, "done")

    def test_a_draft_whose_secret_is_refused_stays_a_draft(self):
        self.connection.sudo().state = "draft"
        self.fake.fail_next(403, path="/records")
        run = self.work(self.run_of("dry"))
        self.assertEqual((run.state, self.connection.state), ("failed", "draft"))
        self.assertIn("Check its secrets", run.problem)
        self.assertFalse(self.connection.activity_ids)

    def test_where_sending_makes_nobody_those_who_are_not_bound_would_be_skipped(self):
        self.patch(EchoAdapter, "creates_members", False)
        self.patch(EchoAdapter, "repeats", {**EchoAdapter.repeats, "push_member": "safe"})
        self.env["loyalty.binding"]._keep(self.connection, "member", self.member, "R1")
        run = self.work(self.run_of("dry"))
        self.assertEqual(
            {line.res_id: line.action for line in run.line_ids}, {self.member.id: "change", self.other.id: "skip"}
        )  # fmt: skip
