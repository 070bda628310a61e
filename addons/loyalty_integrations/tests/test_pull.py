"""Fetching: whose turn it is, and that nobody spoils it for others."""

import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.addons.base.models import ir_cron
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..adapters import base
from ..adapters.base import Page, Record
from ..domain.outcomes import AuthInvalid, RateLimited, Transient
from .common import EchoAdapter, EchoCase


@tagged("post_install", "-at_install")
class TestPull(EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.pull_purchases = True
        cls.later = cls.make_connection(name="Later", pull_purchases=True, pull_since="2026-01-01")
        cls.cron = cls.env.ref("loyalty_integrations.cron_pull")

    @contextmanager
    def pages(self, first, second=None):
        """Pages as these functions give them: of the connection, and of the later one; ``asked``: which were asked, in order."""
        asked, second = [], second or self.nothing

        def read_page(_adapter, stream, cursor, _paths):
            who, page = ("later", second) if cursor.get("since") else ("first", first)
            asked.append((who, stream))
            return page(stream, cursor)

        with patch.object(EchoAdapter, "read_page", read_page):
            yield asked

    @staticmethod
    def nothing(_stream, cursor):
        return Page([], cursor or {"after": 0}, True)

    @staticmethod
    def more(_stream, cursor):
        """There is always more, and it takes its time."""
        time.sleep(0.05)
        return Page([], {**cursor, "after": cursor.get("after", 0) + 1}, False)

    @staticmethod
    def broken(_stream, _cursor):
        raise KeyError("no such field")

    def run_job(self, cron=None, seconds=2):
        """As the scheduler does it, with less time."""
        self.env.flush_all()
        self.env["ir.cron.trigger"].search([]).unlink()
        with patch.object(ir_cron, "MIN_TIME_PER_JOB", seconds):
            (cron or self.cron).method_direct_trigger()
        self.env.invalidate_all()

    def cursor(self, connection=None, stream="sale"):
        return (connection or self.connection).cursor_ids.filtered(lambda cursor: cursor.stream == stream)

    def two_streams(self):
        """Refunds look as sales do."""
        defaults = EchoAdapter.defaults
        self.patch(EchoAdapter, "streams", {base.PULL_PURCHASES: ("sale", "refund")})
        self.patch(EchoAdapter, "defaults", lambda adapter, subject: defaults(adapter, subject.replace("refund", "sale")))

    # ------------------------------------------------------------------ what goes wrong

    def test_a_page_that_can_not_be_taken_keeps_no_other_connection_from_its_turn(self):
        with self.pages(self.broken), mute_logger("odoo.addons.loyalty_integrations.models.loyalty_connection_pull"):
            self.run_job()
        self.assertTrue(self.cursor(self.later).last_run_at)
        self.assertIn("KeyError", self.cursor().error)
        self.assertEqual(self.connection.state, "active")

    def test_nor_any_other_stream(self):
        self.two_streams()
        with (
            self.pages(lambda stream, cursor: (self.broken if stream == "sale" else self.nothing)(stream, cursor)),
            mute_logger("odoo.addons.loyalty_integrations.models.loyalty_connection_pull"),
        ):
            self.run_job()
        self.assertIn("KeyError", self.cursor().error)
        self.assertEqual((self.cursor(stream="refund").error, bool(self.cursor(stream="refund").last_run_at)), (False, True))

    def test_what_went_wrong_is_forgotten_when_it_is_read_again(self):
        with self.pages(self.broken), mute_logger("odoo.addons.loyalty_integrations.models.loyalty_connection_pull"):
            self.run_job()
        self.connection.action_pull()
        with self.pages(self.nothing):
            self.run_job()
        self.assertFalse(self.cursor().error)

    def test_characters_that_can_not_be_kept_stop_nothing(self):
        values = {"reference": "S\0", "member": "x\0y\ud800", "date": "2026-01-02T04:00:00Z"}
        lines = ({"line_id": "1", "sku": "A\0", "quantity": 1, "amount": 10},)
        with self.pages(lambda _stream, _cursor: Page([Record("S\0", values, "", lines)], {"after": "1\0"}, True)):
            self.run_job()
        self.assertEqual((self.cursor().error, self.cursor().value), (False, {"after": "1\ufffd"}))
        row = self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual((row.event_id, row.data["member"]), ("S\ufffd", "x\ufffdy\ufffd"))

    def test_nor_where_an_error_says_them(self):
        def down(_stream, _cursor):
            raise AuthInvalid("no\0such\ud800 key", "a\0")

        with self.pages(down):
            self.run_job()
        self.assertEqual((self.connection.state, self.cursor().error), ("error", "[a\ufffd] no\ufffdsuch\ufffd key"))
        self.assertIn("no\ufffdsuch", self.connection.stopped_because)

    # ------------------------------------------------------------------ whose turn

    def test_a_backlog_leaves_the_others_their_turn(self):
        with self.pages(self.more) as asked:
            self.run_job()
        self.assertIn(("later", "sale"), asked)
        self.assertGreater(asked.count(("first", "sale")), 5)

    def test_a_backlog_goes_on_at_once_and_what_is_read_is_not_asked_again(self):
        with self.pages(self.more):
            self.run_job()
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]))
        after = self.cursor().value["after"]
        with self.pages(self.more) as asked:
            self.run_job()
        self.assertNotIn(("later", "sale"), asked)
        self.assertGreater(self.cursor().value["after"], after)

    def test_where_all_is_read_it_waits_for_its_time(self):
        with self.pages(self.nothing) as asked:
            self.run_job()
        self.assertEqual(sorted(asked), [("first", "sale"), ("later", "sale")])
        self.assertFalse(self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]))

    def test_what_somebody_asks_for_is_read_though_it_was_read_lately(self):
        with self.pages(self.nothing):
            self.run_job()
        self.later.action_pull()
        with self.pages(self.nothing) as asked:
            self.run_job()
        self.assertEqual(asked, [("later", "sale")])

    def test_who_waits_longest_is_first(self):
        with self.pages(self.nothing):
            self.run_job()
        self.cursor().last_run_at, self.cursor(self.later).last_run_at = "2020-01-02", "2020-01-01"
        with self.pages(self.nothing) as asked:
            self.run_job()
        self.assertEqual([who for who, _stream in asked], ["later", "first"])

    def test_streams_take_turns(self):
        self.two_streams()
        with self.pages(self.more) as asked:
            self.connection._pull(time.monotonic() + 1)
        self.assertEqual(asked[:4], [("first", "sale"), ("first", "refund")] * 2)

    def test_who_is_asked_to_wait_goes_on_after_it(self):
        def limited(_stream, _cursor):
            raise RateLimited("slower", "429", 90)

        with self.pages(limited):
            self.run_job()
        [trigger] = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertGreaterEqual(trigger.call_at, self.connection._meter().blocked_until)
        with self.pages(self.nothing) as asked:
            self.run_job()
        self.assertNotIn(("first", "sale"), asked)

    def test_a_long_run_leaves_the_others_their_turn(self):
        long, other = self.run_of("dry"), self.run_of("dry", "pull_purchases")
        runs, worked = type(long), []

        def step(run, _adapter):
            worked.append(run.id)
            time.sleep(0.05)
            return "more" if run.id == long.id else "done"

        with patch.object(runs, "_step_dry", step):
            self.run_job(self.env.ref("loyalty_integrations.cron_sync_run"))
        self.assertIn(other.id, worked)
        self.assertEqual((long.state, other.state), ("running", "done"))
        self.assertTrue(long.worked_at)

    # ------------------------------------------------------------------ what it says of the system

    def meter(self, **values):
        meter = self.connection._meter()
        meter.write(values)
        self.env.flush_all()
        return meter

    def test_who_was_not_asked_is_not_said_to_answer(self):
        meter = self.meter(failures=3, last_success_at="2020-01-01")
        with self.pages(self.nothing):
            self.run_job()
        self.assertEqual((meter.failures, meter.last_success_at.year), (3, 2020))

    def test_who_answered_is(self):
        meter = self.meter(failures=3, last_success_at="2020-01-01")
        self.run_job()
        self.assertEqual((meter.failures, meter.last_success_at.year > 2020), (0, True))

    def test_who_has_nothing_to_fetch_is_left_alone(self):
        self.connection.pull_purchases = False
        meter = self.meter(failures=7, last_success_at="2020-01-01")
        self.run_job()
        self.assertEqual((meter.failures, meter.last_success_at.year), (7, 2020))

    def test_an_answer_ends_no_pause_that_was_asked_for(self):
        """The sender was told to wait while a page was on its way."""
        meter = self.meter(failures=0)
        meter._note(RateLimited("slower", "429", 900))
        meter._note()
        meter._note(Transient("nobody there"))
        meter.invalidate_recordset()
        self.assertGreater(meter.blocked_until, fields.Datetime.add(fields.Datetime.now(), seconds=800))
        self.assertIn("slower", meter.blocked_by)

    def test_an_answer_ends_the_pause_of_a_system_that_was_down(self):
        meter = self.meter(failures=9)
        meter._note(Transient("nobody there"))
        meter._note()
        meter.invalidate_recordset()
        self.assertEqual((meter.failures, meter.blocked_until), (0, False))

    def test_our_own_limit_of_calls_is_no_failure_of_theirs(self):
        def limited(_stream, _cursor):
            raise RateLimited("our own limit of calls", "own_rate", 900)

        with self.pages(limited):
            self.run_job()
        self.assertFalse(self.connection._meter().blocked_until)
        self.assertTrue(self.cursor().due)
