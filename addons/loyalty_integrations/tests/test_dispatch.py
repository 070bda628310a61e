"""How the dispatcher goes about it: who has its turn, and when."""

import time
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from ..domain.outcomes import AuthInvalid
from .common import EchoAdapter, EchoCase


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

    def test_machines_whose_clocks_differ_make_no_more_calls_together(self):
        self.connection.write({"rate_calls": 10, "rate_seconds": 3600})
        rows = self.queue(15)
        for minutes in (0, 30, 0, 30, 0):
            with freeze_time(fields.Datetime.add(fields.Datetime.now(), minutes=minutes)):
                self.connection._dispatch(time.monotonic() + 1)
        self.env.invalidate_all()
        self.assertEqual((rows.mapped("state").count("done"), len(self.fake.events)), (10, 10))

    def test_rows_that_another_worker_has_by_now_are_left_to_it(self):
        self.env["ir.config_parameter"].set_param("loyalty_integrations.lease_seconds", "0")  # renewed at each row
        first, second = self.queue(2)
        send = type(first)._send

        def send_and_sleep(row, shift, payload):
            send(row, shift, payload)
            row.env.cr.execute(
                "UPDATE loyalty_outbox SET lease_by = 'another', lease_until = '2999-01-01' WHERE id = %s", [second.id]
            )

        with patch.object(type(first), "_send", send_and_sleep):
            self.dispatch()
        self.assertEqual((first.state, second.state, len(self.fake.events)), ("done", "in_flight", 1))

    def test_a_row_that_takes_many_calls_is_held_before_each(self):
        self.env["ir.config_parameter"].set_param("loyalty_integrations.lease_seconds", "0")  # it is over all the time
        self.member.partner_id.name = "Li Na"
        outbox, held = type(self.env["loyalty.outbox"]), []
        renew = outbox._renew

        def note(model, claim, ids):
            held.append(ids)
            return renew(model, claim, ids)

        with patch.object(outbox, "_renew", note):
            row = self.dispatch()
        self.assertEqual((row.state, len(self.fake.records)), ("done", 1))
        self.assertEqual(held, [row.ids] * 4, "before the row, its sign-in, its look-up and what is sent")

    def meanwhile(self, act):
        """``act()`` while the first row is being sent."""
        push = EchoAdapter.push

        def push_and_act(adapter, *args):
            if not self.fake.events:
                act()
                self.env.flush_all()
            return push(adapter, *args)

        return patch.object(EchoAdapter, "push", push_and_act)

    def test_whoever_pauses_it_stops_it_after_the_row_that_is_being_sent(self):
        rows = self.queue(3)
        with self.meanwhile(self.connection.action_pause):
            self.dispatch()
        self.assertEqual((rows.mapped("state"), len(self.fake.events)), (["done", "pending", "pending"], 1))
        self.connection.action_activate()
        self.dispatch()
        self.assertEqual((set(rows.mapped("state")), len(self.fake.events)), ({"done"}, 3))

    def test_what_former_settings_led_to_stops_nobody_who_has_mended_them(self):
        rows = self.queue(2)

        def mend():
            self.env.cr.execute("UPDATE loyalty_connection SET write_date = write_date + INTERVAL '1 second'")
            raise AuthInvalid("wrong secret", "40001")

        with self.meanwhile(mend):
            self.connection._dispatch(time.monotonic() + 0.01)
        self.env.invalidate_all()
        self.assertEqual((self.connection.state, set(rows.mapped("state")), self.fake.events), ("active", {"pending"}, {}))

    def test_what_another_system_answers_may_hold_anything(self):
        row = self.queue(1)
        self.fake.fail_next({"error": "no\0such"}, path="/events")
        self.dispatch()
        self.assertEqual((row.state, row.error_message, row.attempt_ids.outcome), ("dead", "no\ufffdsuch", "permanent"))

    def test_each_row_costs_one_statement_and_each_batch_a_few(self):
        """However many rows: else every commit would have records read anew."""
        self.queue(50)
        execute, statements = type(self.env.cr).execute, []

        def count(cursor, query, *args, **kwargs):
            statements.append(query)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", count):
            self.dispatch()
        self.assertEqual(len(self.fake.events), 50)
        self.assertLess(len(statements), 50 + 60)
