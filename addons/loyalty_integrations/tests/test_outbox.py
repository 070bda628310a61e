"""What changes is queued, sent in order, tried again, looked up, given up; never lost, never doubled."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestOutbox(EchoCase):
    def test_a_member_who_changes_is_sent_once_however_often_it_changed(self):
        self.member.partner_id.name = "Li Na 李娜"
        self.give(self.member, 30)
        row = self.noted()
        self.assertEqual((len(row), row.flow, row.event, row.state), (1, "push_member", "member.updated", "pending"))
        self.dispatch()
        [values] = self.fake.records.values()
        self.assertEqual(values, {"code": self.member.code, "name": "Li Na 李娜", "points": 30})
        self.assertEqual(row.state, "done")

    def give(self, member, points):
        return self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": points}])

    def test_what_was_rolled_back_is_not_queued(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.make_member("Ghost", phone="13800138055")
            raise ZeroDivisionError
        self.assertFalse(self.noted())

    def test_newer_changes_that_wait_are_sent_with_the_first(self):
        for name in ("A", "B", "C"):
            self.member.partner_id.name = name
            self.in_an_earlier_transaction()
        rows = self.dispatch()
        self.assertEqual(rows.mapped("state"), ["done", "skipped", "skipped"])
        self.assertEqual([values["name"] for values in self.fake.records.values()], ["C"])

    def test_giving_up_a_change_gives_up_no_later_one_that_went_with_it(self):
        self.member.partner_id.name = "A"
        first = self.noted()
        self.fake.fail_next(503, path="/records")
        self.env["loyalty.outbox"]._queue_members(self.connection, self.member.ids)  # as another transaction does
        rows = self.dispatch()
        self.assertEqual(rows.mapped("state"), ["retry", "skipped"])
        first.action_give_up()
        self.assertEqual(rows.mapped("state"), ["skipped", "pending"])
        rows[1].action_give_up()
        self.assertEqual(rows.mapped("state"), ["skipped", "skipped"])

    def test_what_is_there_as_it_is_here_is_not_sent_again(self):
        self.member.partner_id.name = "Same"
        self.dispatch()
        calls = len(self.fake.seen("/records", "POST"))
        self.member.partner_id.email = "new@example.com"  # not mapped
        rows = self.dispatch()
        self.assertEqual(rows[-1].state, "skipped")
        self.assertEqual(len(self.fake.seen("/records", "POST")), calls)

    def test_a_draft_queues_nothing_and_a_pause_keeps_everything(self):
        self.connection.sudo().state = "draft"
        self.give(self.member, 1)
        self.assertFalse(self.noted())
        self.connection.sudo().state = "paused"
        self.give(self.member, 1)
        self.assertEqual(self.noted().state, "pending")
        self.assertFalse(self.env["loyalty.outbox"]._waiting_connections())

    def test_a_member_of_another_program_is_not_sent(self):
        program = self.program.copy({"name": "Other", "is_membership": True})
        other = self.env["loyalty.member"].create({"partner_id": self.product.create_uid.partner_id.id, "program_id": program.id})
        self.give(other, 5)
        self.assertFalse(self.noted())

    def test_a_system_that_is_down_is_tried_again_later_and_then_gets_it(self):
        self.give(self.member, 7)
        self.fake.fail_next(503, times=1, path="/records")
        row = self.dispatch()
        self.assertEqual((row.state, row.attempts, row.error_kind, row.error_code), ("retry", 1, "transient", "503"))
        self.assertGreater(row.next_attempt_at, fields.Datetime.now() - timedelta(seconds=1))
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            row = self.dispatch()
        self.assertEqual((row.state, row.attempts), ("done", 2))
        self.assertEqual(row.attempt_ids.sorted("id").mapped("outcome"), ["transient", "ok"])

    def test_after_five_failures_in_a_row_nothing_is_sent_for_a_while_and_then_one(self):
        members = [self.make_member(f"M{n}", phone=f"1390013{n:04}") for n in range(12)]
        self.fake.fail_next(503, times=100, path="/records")
        rows = self.dispatch()
        self.assertEqual(len(rows.filtered("attempts")), 5)
        self.assertEqual(len(rows.filtered(lambda row: row.state == "pending")), 7)
        self.assertTrue(self.connection._meter().blocked_until)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=61)):
            self.assertEqual(len(self.dispatch().filtered("attempts")), 6)
        self.fake.behave()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.dispatch()  # one asks
            rows = self.dispatch()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(len(self.fake.records), len(members))

    def test_what_may_have_arrived_is_looked_up_and_not_made_twice(self):
        self.give(self.member, 9)
        self.fake.fail_next("reset_after", path="/records", times=1)  # the look-up
        self.dispatch()
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self.fake.fail_next("reset_after", path="/records/", times=1)  # the push
            row = self.dispatch()
        self.assertEqual((row.state, row.error_kind), ("verify", "ambiguous"))
        with freeze_time(fields.Datetime.now() + timedelta(hours=9)):
            row = self.dispatch()
        self.assertEqual(row.state, "done")
        self.assertEqual(len(self.fake.records), 1)

    def test_a_message_that_may_have_arrived_is_never_sent_twice(self):
        self.connection.push_message = True
        row = self.env["loyalty.outbox"].create({
            "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": "m:1",
            "data": {"title": "Hi"}, "idempotency_key": "k1",
        })  # fmt: skip
        self.fake.fail_next("reset_after", path="/events")
        self.dispatch()
        self.assertEqual(row.state, "verify")
        with freeze_time(fields.Datetime.now() + timedelta(hours=9)):
            self.dispatch()
        self.assertEqual((row.state, row.error_code), ("dead", "maybe_delivered"))
        self.assertEqual(self.fake.events, {"k1": 1})

    def test_a_message_is_not_sent_after_its_time(self):
        row = self.env["loyalty.outbox"].create({
            "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": "m:2",
            "data": {"title": "Hi"}, "idempotency_key": "k2", "valid_until": fields.Datetime.now() - timedelta(minutes=1),
        })  # fmt: skip
        self.dispatch()
        self.assertEqual((row.state, row.error_code), ("dead", "expired"))
        self.assertNotIn("k2", self.fake.events)

    def test_a_row_whose_worker_died_is_sent_by_the_next_when_its_lease_is_over(self):
        self.give(self.member, 3)
        row = self.noted()
        self.env["loyalty.outbox"]._claim(self.connection)
        self.env.invalidate_all()
        self.assertEqual(row.state, "in_flight")
        self.assertFalse(self.env["loyalty.outbox"]._claim(self.connection).ids, "nobody else gets it meanwhile")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            row = self.dispatch()
        self.assertEqual(row.state, "done")

    def test_a_secret_that_is_refused_stops_the_connection_and_loses_nothing(self):
        self.give(self.member, 3)
        self.fake.fail_next(403, path="/records")
        row = self.dispatch()
        self.assertEqual((self.connection.state, row.state, row.attempts), ("error", "pending", 0))
        self.assertTrue(self.connection.activity_ids)
        self.connection.action_activate()
        self.assertEqual((self.dispatch().state, self.connection.activity_ids.ids), ("done", []))

    def test_a_secret_that_this_server_can_not_decrypt_stops_the_connection_and_loses_nothing(self):
        self.give(self.member, 3)
        with patch.object(type(self.connection), "_settings", side_effect=UserError("Enter it again")):
            row = self.dispatch()
        self.assertEqual((self.connection.state, row.state, row.attempts), ("error", "pending", 0))
        self.assertIn("Enter it again", self.connection.stopped_because)

    def test_a_token_that_expired_is_renewed_and_is_no_failure(self):
        self.give(self.member, 3)
        self.dispatch()
        signed_in = self.fake.signed_in
        self.fake.drop_tokens()
        self.give(self.member, 3)
        row = self.dispatch()[-1]
        self.assertEqual((row.state, row.attempts, self.fake.signed_in), ("done", 1, signed_in + 1))

    def test_too_fast_waits_and_is_no_try(self):
        self.give(self.member, 3)
        self.fake.fail_next(429, path="/records")
        row = self.dispatch()
        self.assertEqual((row.state, row.attempts, row.error_kind), ("retry", 0, "rate_limited"))

    def test_refused_content_is_given_up_at_once_and_the_others_go_on(self):
        self.give(self.member, 3)
        self.give(self.other, 3)
        self.fake.fail_next({"error": "name too long"}, path="/records")
        rows = self.dispatch()
        self.assertEqual(sorted(rows.mapped("state")), ["dead", "done"])
        dead = rows.filtered(lambda row: row.state == "dead")
        self.assertEqual(dead.error_message, "name too long")
        dead.action_send_again()
        self.dispatch()
        self.assertEqual(dead.state, "done")

    def test_a_record_there_that_is_somebody_elses_is_told_and_left_as_it_is_and_holds_up_nobody(self):
        self.fake.records["R9"] = {"code": self.member.code}
        self.env["loyalty.binding"]._keep(self.connection, "member", self.make_member("Third", phone="13800138088"), "R9")
        self.env.cr.precommit.clear()
        self.give(self.member, 3)
        self.give(self.other, 3)
        rows = self.dispatch()
        self.assertEqual(rows.mapped("state"), ["dead", "done"])
        self.assertEqual((rows[0].error_code, self.fake.records["R9"]), ("bound_elsewhere", {"code": self.member.code}))

    def test_events_of_a_record_keep_their_order_even_when_one_fails(self):
        self.connection.write({"push_member": False, "push_points": True})
        for points in (1, 2, 3):
            self.give(self.member, points)
            self.env.cr.precommit.run()
        self.fake.fail_next(503, path="/events")
        rows = self.dispatch()
        self.assertEqual(rows.mapped("state"), ["retry", "pending", "pending"])
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            rows = self.dispatch()
        self.assertEqual(list(self.fake.events), rows.mapped("idempotency_key"))

    def test_logs_keep_no_secret_and_no_number_of_a_person(self):
        self.give(self.member, 3)
        self.dispatch()
        attempt = self.env["loyalty.outbox.attempt"].search([("connection_id", "=", self.connection.id)], limit=1)
        self.assertIn(self.member.code, attempt.request)
        self.assertNotIn("token-", str(attempt.read()))
