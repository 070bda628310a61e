"""A reconciliation finds each kind of difference, and a repair leaves none."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..adapters.base import Record
from .common import EchoAdapter, EchoCase


@tagged("post_install", "-at_install")
class TestSyncRunReconcile(EchoCase):
    def setUp(self):
        super().setUp()
        self.third = self.make_member("Zhao", phone="13800138003")
        self.fourth = self.make_member("Qian", phone="13800138004")
        self.member.partner_id.name = "Li Na"
        self.other.partner_id.name = "Wang Wei"
        self.dispatch()
        self.numbers = {
            binding.res_id: binding.external_id for binding in self.env["loyalty.binding"].search([("subject", "=", "member")])
        }

    def reconcile(self):
        return self.work(self.run_of("reconcile"))

    def there(self, member):
        return self.fake.records[self.numbers[member.id]]

    def test_two_systems_that_say_the_same_are_said_to(self):
        run = self.reconcile()
        self.assertEqual((run.state, run.differences, run.count_here, run.count_there), ("done", 0, 4, 4))
        self.assertFalse(run.line_ids)
        self.assertEqual(run.summary, "Both sides are the same.")

    def break_everything(self):
        self.there(self.member)["name"] = "changed there"
        del self.fake.records[self.numbers[self.other.id]]
        binding = self.env["loyalty.binding"].search([("external_id", "=", self.numbers[self.third.id])])
        binding.unlink()
        self.fake.records["R900"] = {"code": "nobody", "name": "X", "points": 0}
        self.fake.records["R901"] = {"code": "gone", "name": "Y", "points": 0}
        self.env["loyalty.binding"].sudo().create({
            "connection_id": self.connection.id, "subject": "member", "model": "loyalty.member", "res_id": 2**30,
            "external_id": "R901",
        })  # fmt: skip
        self.fifth = self.make_member("Sun", phone="13800138005")
        self.noted()
        self.env.cr.execute("DELETE FROM loyalty_outbox WHERE res_id = %s", [self.fifth.id])
        self.env.invalidate_all()

    def test_a_comparison_that_failed_keeps_nothing_once_there_is_a_newer_one(self):
        run = self.run_of("reconcile")
        run._note_seen([Record("R1", {})], {}, {})
        run.write({"state": "failed", "problem": "refused"})
        newer = self.connection._reconcile()
        self.assertEqual((run.state, run.problem, newer.state), ("stopped", "refused", "running"))
        self.assertFalse(self.env["loyalty.sync.seen"].sudo().search([("run_id", "=", run.id)]))

    def test_each_kind_of_difference_is_found_and_said(self):
        self.break_everything()
        run = self.reconcile()
        self.assertEqual(
            {(line.action, line.res_id or line.external_id) for line in run.line_ids},
            {
                ("different", self.member.id), ("gone", self.other.id), ("unbound", self.third.id), ("unknown", "R900"),
                ("orphan", 2**30), ("missing", self.fifth.id),
            },
        )  # fmt: skip
        self.assertEqual((run.differences, run.count_here, run.count_there), (6, 5, 5))
        self.assertEqual(run.line_ids.filtered(lambda line: line.action == "different").told, "name: changed there → Li Na")

    def test_a_repair_makes_the_next_one_clean(self):
        self.break_everything()
        run = self.reconcile()
        run.action_repair()
        self.assertEqual(run.line_ids.filtered(lambda line: not line.repaired_at).mapped("action"), ["unknown"])
        self.dispatch()
        run = self.reconcile()
        self.assertEqual(run.line_ids.mapped("external_id"), ["R900", "R901"], "what is theirs alone is left to people")
        self.assertEqual(set(run.line_ids.mapped("action")), {"unknown"})
        self.assertEqual(self.there(self.member)["name"], "Li Na")

    def test_a_difference_is_repaired_once(self):
        self.there(self.member)["name"] = "changed there"
        run = self.reconcile()
        run.action_repair()
        self.assertEqual(len(self.noted(("state", "=", "pending"))), 1)
        with self.assertRaises(UserError):
            run.action_repair()
        self.assertEqual(len(self.noted(("state", "=", "pending"))), 1)

    def test_what_is_on_its_way_is_no_difference(self):
        self.member.partner_id.name = "Li Na 2"
        self.env.cr.precommit.run()
        self.assertEqual(self.reconcile().differences, 0)

    def test_characters_that_can_not_be_kept_are_told_by_a_sign(self):
        self.there(self.member)["name"] = "Li\0"
        self.assertEqual(self.reconcile().line_ids.told, "name: Li\ufffd → Li Na")

    def test_numbers_as_text_are_the_same(self):
        self.there(self.member)["points"] = "0"
        self.assertEqual(self.reconcile().differences, 0)

    def test_killed_between_two_pages_it_goes_on_and_finds_each_once(self):
        self.there(self.member)["name"] = "one"
        self.there(self.fourth)["name"] = "two"
        self.patch(EchoAdapter, "page_size", 1)
        run, listing, pages = self.run_of("reconcile"), EchoAdapter.listing, []

        def killed(adapter, *args):
            if len(pages) == 2:
                raise KeyboardInterrupt
            pages.append(1)
            return listing(adapter, *args)

        with patch.object(EchoAdapter, "listing", killed):
            self.killed(self.work, run)
        self.assertEqual((run.state, run.count_there), ("running", 2))
        self.work(run)
        self.assertEqual((run.state, run.count_there, run.differences), ("done", 4, 2))
        self.env.cr.execute("SELECT count(*) FROM loyalty_sync_seen")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_a_record_that_is_listed_twice_counts_once(self):
        listing = EchoAdapter.listing

        def twice(adapter, subject, cursor, paths=()):
            page = listing(adapter, subject, cursor, paths)
            return type(page)(page.records * 2, page.cursor, page.done)

        self.there(self.member)["name"] = "one"
        with patch.object(EchoAdapter, "listing", twice):
            run = self.reconcile()
        self.assertEqual((run.count_there, run.differences), (4, 1))

    def test_queries_do_not_grow_with_the_members(self):
        run = self.run_of("reconcile")
        before = self.queries_of(run)
        for n in range(40):
            self.make_member(f"M{n}", phone=f"1390013{n:04}")
        self.dispatch()
        run = self.run_of("reconcile")
        self.assertLessEqual(self.queries_of(run), before + 2)

    def queries_of(self, run):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.work(run)
        self.assertEqual(run.state, "done")
        return self.cr.sql_log_count - before

    def test_every_night_each_connection_is_compared_once(self):
        runs = self.connection._reconcile()
        self.assertEqual((runs.flow, runs.state), ("push_member", "running"))
        self.assertEqual(self.connection._reconcile(), runs, "not twice at a time")

    # ------------------------------------------------------------------ purchases

    def test_purchases_that_were_read_and_not_booked_are_told(self):
        self.connection.pull_purchases = True
        inbox = self.env["loyalty.inbox"].sudo()
        row = inbox.create({"connection_id": self.connection.id, "kind": "purchase", "event_id": "S1", "state": "dead"})
        fresh = inbox.create({"connection_id": self.connection.id, "kind": "purchase", "event_id": "S2", "state": "received"})
        self.env.flush_all()
        old = fields.Datetime.now() - timedelta(hours=2)
        self.env.cr.execute("UPDATE loyalty_inbox SET create_date = %s WHERE id = %s", [old, row.id])
        self.env.invalidate_all()
        run = self.work(self.run_of("reconcile", "pull_purchases"))
        self.assertEqual((run.line_ids.action, run.line_ids.res_id), ("not_booked", row.id))
        self.assertEqual((run.count_here, run.count_there), (0, 2))
        run.action_repair()
        self.assertEqual((row.state, fresh.state), ("received", "received"))

    def test_days_whose_sums_differ_are_told(self):
        self.connection.pull_purchases = True
        day = fields.Date.subtract(fields.Date.today(), days=3).isoformat()
        for number in (1, 2):
            self.fake.sales.append({"number": f"S{number}", "member": "x", "at": f"{day}T02:00:00Z", "lines": [{"amount": 10}]})
        self.env["loyalty.api"].record_purchase(
            self.member.code, [{"quantity": 1, "amount": 10}], source=self.connection._inbox_source(), reference="S1",
            date=f"{day}T02:00:00Z", program=self.program.id,
        )  # fmt: skip
        self.env["loyalty.api"].record_refund(
            source=self.connection._inbox_source(), reference="refund:R1", original_reference="S1", program=self.program.id,
        )  # fmt: skip
        self.patch(EchoAdapter, "daily", EchoAdapter.sums)
        run = self.work(self.run_of("reconcile", "pull_purchases"))
        self.assertEqual((run.line_ids.action, run.line_ids.name), ("day", day))
        self.assertEqual(run.line_ids.changes, [["Number", 2, 1], ["Sum", 20, 10.0]])

    def test_sums_of_returns_are_compared_where_the_other_system_tells_them(self):
        self.connection.pull_purchases = True
        api, source = self.env["loyalty.api"], self.connection._inbox_source()
        day = fields.Date.subtract(fields.Date.today(), days=3).isoformat()
        named = {"source": source, "date": f"{day}T02:00:00Z", "program": self.program.id}
        api.record_purchase(self.member.code, [{"quantity": 1, "amount": 10}], reference="S1", **named)
        answer = api.record_refund(reference="refund:R1", original_reference="S1", **named)
        self.env["loyalty.inbox"].sudo().create({
            "connection_id": self.connection.id, "kind": "refund", "event_id": "R1", "original_reference": "S1",
            "state": "done", "transaction_id": answer["transaction"],
        })  # fmt: skip
        told = {"purchase": {day: (1, 10)}, "refund": {day: (1, 10)}}
        self.patch(EchoAdapter, "daily", lambda _adapter, _since, _until, kind="purchase": told[kind])
        self.assertFalse(self.work(self.run_of("reconcile", "pull_purchases")).line_ids)
        told["refund"][day] = (2, 25)
        line = self.work(self.run_of("reconcile", "pull_purchases")).line_ids
        self.assertEqual((line.action, line.name, line.changes), ("day", day, [["Number", 2, 1], ["Sum", 25, 10.0]]))
        self.assertIn("Returns", line.reason)


@tagged("post_install", "-at_install")
class TestSyncRunAccess(EchoCase):
    def setUp(self):
        super().setUp()
        self.member.partner_id.name = "Li Na"
        self.dispatch()

    def as_user(self, groups, company=None):
        user = self.make_user(f"user_{groups[-12:]}", groups)
        if company:
            user.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        return self.connection.with_user(user)

    def test_a_manager_reads_compares_and_repairs(self):
        connection = self.as_user("loyalty_membership.group_manager")
        connection.action_reconcile()
        run = self.env["loyalty.sync.run"].search([("connection_id", "=", connection.id)])
        self.work(run)
        mine = run.with_user(connection.env.user)
        self.assertEqual((mine.state, mine.user_id), ("done", connection.env.user))
        self.assertTrue(mine.line_ids.filtered("may_repair") or not mine.differences)
        next(iter(self.fake.records.values()))["name"] = "changed there"
        connection.action_reconcile()
        run = self.env["loyalty.sync.run"].search([("connection_id", "=", connection.id)], limit=1)
        self.work(run)
        run.with_user(connection.env.user).action_repair()
        self.assertTrue(run.line_ids)
        self.assertTrue(all(run.line_ids.mapped("repaired_at")))

    def test_a_manager_loads_and_tries_nothing(self):
        connection = self.as_user("loyalty_membership.group_manager")
        with self.assertRaises(AccessError):
            connection.env["loyalty.sync.run"].create({"connection_id": connection.id})
        run = self.env["loyalty.sync.run"].create({"connection_id": self.connection.id, "kind": "first_load"})
        with self.assertRaises(AccessError):
            run.with_user(connection.env.user).action_start()
        with self.assertRaises(AccessError):
            run.with_user(connection.env.user).unlink()

    def test_others_see_nothing(self):
        run = self.env["loyalty.sync.run"].create({"connection_id": self.connection.id})
        for group in ("base.group_user", "loyalty_membership.group_viewer"):
            connection = self.as_user(group)
            with self.assertRaises(AccessError):
                run.with_user(connection.env.user).read(["state"])
            with self.assertRaises(AccessError):
                connection.action_reconcile()

    def test_an_administrator_can_not_say_what_became_of_a_run(self):
        user = self.make_user("admin2", "base.group_system")
        run = (
            self.env["loyalty.sync.run"].with_user(user).create({"connection_id": self.connection.id, "state": "done", "done": 7})
        )
        self.assertEqual((run.state, run.done), ("draft", 0))
        with self.assertRaises(AccessError):
            run.state = "done"
        run.action_start()
        with self.assertRaises(UserError):
            run.limit = 5
        with self.assertRaises(UserError):
            run.unlink()

    def test_another_company_sees_no_runs(self):
        run = self.env["loyalty.sync.run"].create({"connection_id": self.connection.id})
        company = self.env["res.company"].create({"name": "Other"})
        connection = self.as_user("loyalty_membership.group_manager", company)
        found = self.env["loyalty.sync.run"].with_user(connection.env.user).with_company(company)
        self.assertNotIn(run, found.search([]))
        self.assertFalse(found.env["loyalty.sync.run.line"].search([]))
