"""How the dispatcher goes about it: who has its turn, and when."""

import time

from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestDispatch(EchoCase):
    def queue(self, number):
        """So many messages that are to be sent; their rows."""
        self.connection.push_message = True
        rows = self.env["loyalty.outbox"].create([
            {
                "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": f"message:{n}",
                "data": {"number": n}, "idempotency_key": f"key-{n}",
            }
            for n in range(number)
        ])  # fmt: skip
        self.env.flush_all()
        return rows

    def test_a_connection_that_is_paused_sends_nothing_more(self):
        rows = self.queue(2)
        self.connection.action_pause()
        self.dispatch()
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.assertFalse(self.fake.events)

    def test_what_its_limit_of_calls_holds_back_is_sent_in_the_same_turn(self):
        self.connection.write({"rate_calls": 8, "rate_seconds": 1})
        rows = self.queue(20)
        begin = time.monotonic()
        self.connection._dispatch(begin + 60)
        self.env.invalidate_all()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertGreater(time.monotonic() - begin, (20 - 8) / 8 - 0.2)
