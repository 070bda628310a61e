"""What may or may not have arrived: it is looked up however long that takes, and nothing else is taken for it."""

from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import QueryCanceled, SerializationFailure
from psycopg2.pool import PoolError

from ..models.loyalty_connection_token import Tokens
from .common import EchoAdapter, EchoCase


@tagged("post_install", "-at_install")
class TestOutboxDoubt(EchoCase):
    def messages(self, number):
        """So many messages, which are never sent twice."""
        self.connection.push_message = True
        return self.env["loyalty.outbox"].create([
            {
                "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": f"message:{n}",
                "data": {"number": n}, "idempotency_key": f"key-{n}",
            }
            for n in range(number)
        ])  # fmt: skip

    def later(self, **delta):
        """Send what is due after a while."""
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), **(delta or {"hours": 9}))):
            return self.dispatch()

    def dying_at(self, number):
        """The worker dies as soon as the other system has so many of its rows."""
        push, pushed = EchoAdapter.push, []

        def push_and_die(adapter, *args):
            sent = push(adapter, *args)
            pushed.append(sent)
            if len(pushed) == number:
                raise KeyboardInterrupt
            return sent

        return patch.object(EchoAdapter, "push", push_and_die)

    def test_a_look_up_that_fails_is_made_again_before_anything_is_sent(self):
        self.enterContext(patch.object(EchoAdapter, "find_first", frozenset()))
        self.member.partner_id.name = "Li Na"
        self.fake.fail_next("reset_after", path="/records/")
        row = self.dispatch()
        self.assertEqual((row.state, row.doubtful, len(self.fake.records)), ("verify", True, 1))
        self.fake.fail_next(429, path="/records")
        row = self.later()
        self.assertEqual((row.state, row.error_kind, row.doubtful), ("verify", "rate_limited", True))
        row = self.later(days=1)
        self.assertEqual((row.state, row.doubtful, len(self.fake.records)), ("done", False, 1))

    def test_sending_again_makes_no_doubt_go_away_until_somebody_decides(self):
        row = self.messages(1)
        self.fake.fail_next("reset_after", path="/events")
        self.dispatch()
        row.action_send_again()
        self.assertEqual(row.state, "verify")
        self.dispatch()
        self.assertEqual((row.state, row.error_code, self.fake.events), ("dead", "maybe_delivered", {"key-0": 1}))
        row.action_send_again()
        self.dispatch()
        self.assertEqual((row.state, self.fake.events), ("done", {"key-0": 2}))

    def test_of_a_worker_that_dies_only_what_it_was_sending_is_in_doubt(self):
        rows = self.messages(5)
        with self.dying_at(2):
            self.killed(self.dispatch)
        self.assertEqual(rows.mapped("sending"), [False, True, False, False, False])
        self.later()
        self.assertEqual(rows.mapped("state"), ["done", "dead", "done", "done", "done"])
        self.assertEqual(rows[1].error_code, "maybe_delivered")
        self.assertEqual(self.fake.events, {f"key-{n}": 1 for n in range(5)})

    def test_where_repeats_do_no_harm_nothing_is_in_doubt(self):
        self.connection.write({"push_member": False, "push_points": True})
        for member in (self.member, self.other):
            self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 3}])
        with self.dying_at(1):
            self.killed(self.dispatch)
        rows = self.later()
        self.assertEqual((rows.mapped("state"), rows.mapped("doubtful")), (["done"] * 2, [False] * 2))
        self.assertEqual(list(self.fake.events.values()), [2, 1])

    def test_what_the_other_side_has_taken_is_kept_however_busy_our_rows_are(self):
        binding = type(self.env["loyalty.binding"])
        keep, refused = binding._keep, []

        def keep_at_the_third_time(model, *args, **values):
            if len(refused) < 2:
                refused.append(args)
                raise SerializationFailure
            return keep(model, *args, **values)

        self.member.partner_id.name = "Li Na"
        with patch.object(binding, "_keep", keep_at_the_third_time):
            row = self.dispatch()
        self.assertEqual((row.state, row.attempts, row.attempt_ids.mapped("outcome")), ("done", 1, ["ok"]))
        self.assertEqual(
            self.env["loyalty.binding"]._of(self.connection, "member", self.member)[self.member.id].external_id, "R1"
        )
        self.assertEqual(len(self.fake.seen("/records/", "POST")), 1)

    def test_a_worker_that_breaks_off_keeps_nothing_to_itself(self):
        rows = self.messages(4)
        send = type(rows)._send

        def send_or_break(row, shift, payload):
            return send(row, shift, payload) if row != rows[1] else 1 / 0

        with patch.object(type(rows), "_send", send_or_break):
            try:
                self.dispatch()
            except ZeroDivisionError:
                self.env.invalidate_all(flush=False)
        self.assertEqual(rows.mapped("state"), ["done", "verify", "pending", "pending"])
        self.assertEqual(set(rows.mapped("lease_by")), {False})

    def breaking_off(self, error):
        """Send what is due; it breaks off with this error of our own database."""
        try:
            self.dispatch()
        except error:
            self.env.invalidate_all(flush=False)
        else:
            self.fail("it did not break off")

    def test_no_free_connection_to_our_own_database_is_no_fault_of_the_row(self):
        self.member.partner_id.name = "Li Na"
        with patch.object(Tokens, "get", side_effect=PoolError("The Connection Pool Is Full")):
            self.breaking_off(PoolError)
        row = self.later()
        self.assertEqual((row.state, len(self.fake.records)), ("done", 1))

    @mute_logger("odoo.addons.loyalty_integrations.models.loyalty_outbox_send")
    def test_what_our_own_database_could_not_keep_is_looked_up(self):
        self.member.partner_id.name = "Li Na"
        with patch.object(type(self.env["loyalty.binding"]), "_keep", side_effect=QueryCanceled):
            self.breaking_off(QueryCanceled)
        row = self._queued(self.connection)
        self.assertEqual((row.state, row.doubtful, row.error_code), ("verify", True, "worker_lost"))
        row = self.later()
        self.assertEqual((row.state, row.external_id, len(self.fake.records)), ("done", "R1", 1))
