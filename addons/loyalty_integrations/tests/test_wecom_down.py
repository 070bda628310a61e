"""A WeCom that is down, or refuses us: it is left alone, and nobody else waits for it."""

import time
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common_wecom_connection import WeComConnectionCase


@tagged("post_install", "-at_install")
class TestWeComDown(WeComConnectionCase):
    def receive(self, number=30):
        """So many callbacks, each about a contact of its own."""
        for position in range(number):
            self.fake.add_contact(f"wm{position}", "客户")
        return self.env["loyalty.inbox"]._receive(self.connection, "callback", [
            {"event_id": f"e{position}", "data": {"kind": "add_external_contact", "external_userid": f"wm{position}"}}
            for position in range(number)
        ])  # fmt: skip

    def asked(self):
        """How often it was asked about a contact."""
        return sum(request.path.endswith("/externalcontact/get") for request in self.fake.requests)

    def states(self, rows):
        """How many of these rows are in which state."""
        self.env.invalidate_all()
        return {state: len(of_state) for state, of_state in rows.grouped("state").items()}

    def test_the_inbox_calls_nobody(self):
        rows = self.receive(3)
        calls = len(self.fake.requests)
        self.assertFalse(self.env["loyalty.inbox"]._claim(100) & rows)
        self.assertEqual(len(self.fake.requests), calls)

    def test_a_system_that_is_down_is_asked_until_the_breaker_opens_and_then_left_alone(self):
        self.fake.fail_next(503, times=100, path="externalcontact/get")
        rows = self.receive()
        self.process()
        self.assertEqual(self.asked(), 5)
        self.assertEqual(self.states(rows), {"parked": 5, "received": 25})
        self.assertGreater(self.connection._meter().blocked_until, fields.Datetime.now())
        self.process()
        self.assertEqual(self.asked(), 5)

    def test_a_callback_that_somebody_else_works_at_is_asked_about_by_them_alone(self):
        rows = self.receive(1)
        with patch.object(type(rows), "_lock_waiting", lambda row: row.browse()):
            self.connection._take_callbacks(time.monotonic() + 1)
        self.assertEqual((self.asked(), self.states(rows)), (0, {"received": 1}))

    def test_too_many_calls_stop_the_rest_at_once(self):
        self.fake.fail_code(45009, times=100, path="externalcontact/get")
        rows = self.receive(4)
        self.process()
        self.assertEqual(self.asked(), 1)
        self.assertEqual(self.states(rows), {"parked": 1, "received": 3})

    def test_one_refusal_of_our_secret_stops_the_connection_and_all_go_on_when_it_is_mended(self):
        rows = self.receive(10)
        secret, self.connection.wecom_secret = self.fake.secret, "wrong-secret"
        calls = len(self.fake.seen("gettoken"))
        for _time in range(2):
            self.process()
        self.assertEqual(self.connection.state, "error")
        self.assertEqual(len(self.fake.seen("gettoken")), calls + 1)
        self.assertEqual(self.states(rows), {"received": 10})
        self.connection.wecom_secret = secret
        self.connection.action_activate()
        self.process()
        self.assertEqual(self.states(rows), {"done": 10})

    def test_a_paused_connection_asks_nothing(self):
        rows = self.receive(2)
        self.connection.action_pause()
        self.process()
        self.assertEqual(self.states(rows), {"received": 2})

    def test_one_that_cannot_be_read_holds_up_no_other(self):
        rows = self.receive(3)
        self.fake.fail_code(40058, path="externalcontact/get")
        self.process()
        self.assertEqual(self.states(rows), {"dead": 1, "done": 2})

    def test_trying_again_asks_again(self):
        rows = self.receive(1)
        self.fake.fail_code(40058, path="externalcontact/get")
        self.process()
        self.connection.env["loyalty.inbox"].browse(rows.ids).with_user(
            self.make_user("wecom-manager", "loyalty_membership.group_manager")
        ).action_try_again()
        self.process()
        self.assertEqual(self.states(rows), {"done": 1})
