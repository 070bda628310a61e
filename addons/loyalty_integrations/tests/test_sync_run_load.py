"""A first load: all there is, in steps, behind everyday changes."""

from contextlib import suppress
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..models import loyalty_sync_run_load as load
from .common import EchoAdapter, EchoCase


@tagged("post_install", "-at_install")
class TestSyncRunLoad(EchoCase):
    def many(self, number):
        partners = self.env["res.partner"].create([{"name": f"Member {n}"} for n in range(number)])
        members = self.env["loyalty.member"].create([
            {"partner_id": partner.id, "program_id": self.program.id} for partner in partners
        ])  # fmt: skip
        self.env.cr.precommit.clear()
        return members

    def quiet(self):
        """As if all that was queued before had been sent."""
        self.noted()
        self.env.cr.execute("DELETE FROM loyalty_outbox")
        self.env.invalidate_all()

    def rows(self, run, *domain):
        return self.env["loyalty.outbox"].search([("run_id", "=", run.id), *domain], order="id")

    def test_two_thousand_members_arrive_once_each(self):
        self.many(2000)
        self.quiet()
        run = self.work(self.run_of("first_load"))
        self.assertEqual((run.state, run.total), ("running", 2002))
        self.dispatch()
        self.work(run)
        self.assertEqual((run.state, run.done, run.created, run.failed), ("done", 2002, 2002, 0))
        self.assertEqual(len({values["code"] for values in self.fake.records.values()}), 2002)
        self.assertEqual(run.progress, 100.0)

    def test_few_rows_wait_at_once_and_the_dispatcher_asks_for_more(self):
        self.many(98)
        self.quiet()
        with patch.object(load, "OPEN_AT_ONCE", 20):
            run = self.work(self.run_of("first_load"))
            self.assertEqual(len(self.rows(run)), 20)
            self.work(run)
            self.assertEqual(len(self.rows(run)), 20, "no more, as long as these wait")
            self.dispatch()
        self.work(run)
        self.assertEqual((run.state, run.created, len(self.fake.records)), ("done", 100, 100))

    def test_an_everyday_change_overtakes_it(self):
        members = self.many(60)
        self.quiet()
        self.work(self.run_of("first_load"))
        members[55].partner_id.name = "Changed today"
        self.dispatch()
        codes = [values["code"] for values in self.fake.records.values()]
        self.assertEqual(codes[0], members[55].code)
        self.assertEqual(len(codes), 62)
        self.assertEqual(next(iter(self.fake.records.values()))["name"], "Changed today")

    def test_a_new_member_is_sent_before_those_of_the_load(self):
        self.many(60)
        self.quiet()
        self.work(self.run_of("first_load"))
        fresh = self.make_member("Fresh", phone="13800138077")
        self.dispatch()
        self.assertEqual(next(iter(self.fake.records.values()))["code"], fresh.code)

    def test_it_can_be_paused_and_goes_on_where_it_was(self):
        self.many(58)
        self.quiet()
        with patch.object(load, "OPEN_AT_ONCE", 20):
            run = self.work(self.run_of("first_load"))
            run.action_pause()
            self.dispatch()
            self.assertEqual(len(self.fake.records), 20)
            run.action_resume()
            self.work(run)
            self.dispatch()
            self.work(run)
        self.assertEqual((run.state, run.done, len(self.fake.records)), ("done", 60, 60))

    def test_killed_in_the_middle_it_queues_everybody_once(self):
        self.many(98)
        self.quiet()
        run = self.run_of("first_load")
        queue = type(self.env["loyalty.outbox"])._queue_members

        def killed(outbox, connection, ids, **kwargs):
            queue(outbox, connection, ids, **kwargs)
            raise KeyboardInterrupt

        with patch.object(load, "OPEN_AT_ONCE", 40):
            self.work(run)
            self.env["loyalty.outbox"].sudo().search([("run_id", "=", run.id)]).write({"state": "done"})
            with patch.object(type(self.env["loyalty.outbox"]), "_queue_members", killed):
                self.killed(self.work, run)
            self.assertEqual(len(self.rows(run)), 40)
            self.work(run)
            self.env["loyalty.outbox"].sudo().search([("run_id", "=", run.id)]).write({"state": "done"})
            self.work(run)
        self.assertEqual(sorted(self.rows(run).mapped("res_id")), sorted(self.env["loyalty.member"].search([
            ("program_id", "=", self.program.id)
        ]).ids))  # fmt: skip

    def test_stopped_it_takes_back_what_waits(self):
        self.many(30)
        self.quiet()
        run = self.work(self.run_of("first_load"))
        run.action_stop()
        self.dispatch()
        self.assertEqual((run.state, set(self.rows(run).mapped("state"))), ("stopped", {"skipped"}))
        self.assertFalse(self.fake.records)

    def test_closed_and_archived_members_stay_here(self):
        self.quiet()
        self.other.active = False
        self.quiet()
        run = self.work(self.run_of("first_load"))
        self.assertEqual(self.rows(run).mapped("res_id"), [self.member.id])

    def test_there_is_one_first_load_at_a_time(self):
        self.quiet()
        self.work(self.run_of("first_load"))
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.run_of("first_load")
            self.env.flush_all()

    # ------------------------------------------------------------------ purchases

    def sell(self, number):
        self.connection.pull_purchases = True
        for n in range(1, number + 1):
            self.fake.sales.append({
                "number": f"S{n}", "member": self.member.code, "at": f"2026-{1 + n % 9:02}-{1 + n % 27:02}T04:00:00Z",
                "lines": [{"line_id": "1", "sku": "SHOE", "quantity": 1, "amount": 100}],
            })  # fmt: skip
        self.fake.sales.sort(key=lambda sale: sale["at"])

    def pull(self, seconds=600):
        self.env.flush_all()
        self.connection._pull(load.time.monotonic() + seconds)
        self.env.invalidate_all()

    def test_purchases_are_read_again_from_the_day_that_was_chosen(self):
        self.sell(250)
        self.connection._set_cursor("sale", {"after": 250})
        run = self.run_of("first_load", "pull_purchases", since=fields.Date.to_date("2026-01-01"))
        self.assertEqual(self.connection.cursor_ids.value, {"since": "2026-01-01T00:00:00Z"})
        self.pull()
        self.inbox()
        self.work(run)
        self.assertEqual((run.state, run.done), ("done", 250))
        self.assertEqual(self.env["loyalty.inbox"].search_count([("connection_id", "=", self.connection.id)]), 250)

    def test_reading_purchases_says_how_far_it_is_and_goes_on_after_a_kill(self):
        self.sell(250)
        run = self.run_of("first_load", "pull_purchases", since=fields.Date.to_date("2026-01-01"))
        read, pages = EchoAdapter.read_page, []

        def killed(adapter, *args):
            if len(pages) == 1:
                raise KeyboardInterrupt
            pages.append(read(adapter, *args))
            return pages[-1]

        with patch.object(EchoAdapter, "read_page", killed):
            self.killed(self.pull)
        self.assertEqual((run.done, run.state), (100, "running"))
        self.assertTrue(0 < run.progress < 100)
        self.pull()
        self.inbox()
        self.work(run)
        self.assertEqual((run.state, run.done), ("done", 250))

    def test_stopped_everyday_fetching_goes_on_where_it_was(self):
        self.sell(10)
        self.connection._set_cursor("sale", {"after": 9})
        run = self.run_of("first_load", "pull_purchases")
        self.assertFalse(self.connection.cursor_ids.value)
        run.action_stop()
        self.assertEqual(self.connection.cursor_ids.value, {"after": 9})

    def inbox(self):
        """Let the job of the inbox do what is due."""
        self.env.ref("loyalty_integrations.cron_inbox").method_direct_trigger()
        self.env.invalidate_all()

    def test_it_is_done_when_what_was_read_is_booked_and_says_what_became_of_it(self):
        self.sell(4)
        self.fake.sales[1]["lines"][0]["amount"] = "much"
        run = self.run_of("first_load", "pull_purchases")
        self.pull()
        self.work(run)
        self.assertEqual((run.state, run.done, run.created), ("running", 4, 0))
        self.inbox()
        self.work(run)
        self.assertEqual((run.state, run.created, run.failed, run.skipped), ("done", 3, 1, 0))
        self.env.cr.execute("UPDATE loyalty_inbox SET create_date = create_date - INTERVAL '1 hour'")
        again = self.run_of("first_load", "pull_purchases")
        self.pull()
        self.work(again)
        self.assertEqual((again.state, again.done, again.created, again.failed, again.skipped), ("done", 4, 0, 0, 4))

    def test_a_page_that_was_being_read_when_it_began_or_was_stopped_moves_it_nowhere(self):
        self.sell(250)
        self.pull()
        self.sell(1)
        read, runs = EchoAdapter.read_page, []

        def meanwhile(act):
            def reading(adapter, *args):
                page = read(adapter, *args)
                if act:
                    act.pop()()
                    self.env.flush_all()
                return page

            return patch.object(EchoAdapter, "read_page", reading)

        with meanwhile([lambda: runs.append(self.run_of("first_load", "pull_purchases"))]):
            self.pull()
        [run] = runs
        self.assertEqual((run.state, run.done, self.connection.cursor_ids.value), ("running", 0, False))
        with meanwhile([run.action_stop]):
            self.pull()
        self.assertEqual((run.state, self.connection.cursor_ids.value), ("stopped", {"after": 250}))

    def test_killed_at_every_step_a_year_of_orders_is_booked_once(self):
        self.sell(250)
        run = self.run_of("first_load", "pull_purchases")
        inbox = type(self.env["loyalty.inbox"])
        read, process, calls = EchoAdapter.read_page, inbox._process, []

        def killed(act):
            """Every other time it is killed after it was done, and before it is committed."""

            def acting(*args):
                result = act(*args)
                calls.append(act)
                if len(calls) % 2:
                    raise KeyboardInterrupt
                return result

            return acting

        with (
            patch.object(EchoAdapter, "read_page", killed(read)), patch.object(inbox, "_process", killed(process)),
            patch("odoo.addons.loyalty_integrations.models.loyalty_inbox_processing.BATCH", 100),
        ):  # fmt: skip
            for _turn in range(40):
                for act in (self.pull, self.inbox, lambda: self.work(run)):
                    with suppress(KeyboardInterrupt):
                        act()
                    self.env.invalidate_all(flush=False)
                if run.state == "done":
                    break
        self.assertEqual((run.state, run.done, run.created, run.failed), ("done", 250, 250, 0))
        self.assertEqual(self.member.points, 250 * 100)
