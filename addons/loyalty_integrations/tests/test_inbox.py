"""Tickets are booked once, for the right member, by the rules of their day."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from .common_incoming import TillCase


@tagged("post_install", "-at_install")
class TestInboxPurchases(TillCase):
    def test_a_ticket_is_booked_and_answered_with_what_it_earned(self):
        sale = self.sale("60.00", "40.00", occurred_at="2025-06-06T12:00:00+08:00")
        status, body = self.send_one(sale)
        self.assertEqual((status, body["status"], body["points"], body["balance"]), (201, "processed", 100, 100))
        row = self.row(sale)
        self.assertEqual((row.state, row.member_id, row.transaction_id.date), ("done", self.member, datetime(2025, 6, 6, 4)))
        self.assertEqual(self.booked(), [(sale["external_id"], 100, 100)])

    def test_sent_again_it_is_told_the_same_and_booked_once(self):
        sale = self.sale()
        first = self.send_one(sale, "k1")
        self.give(500)
        self.assertEqual(self.send_one(sale, "k1"), first)
        self.assertEqual(len(self.booked()), 1)

    def give(self, points):
        self.Entry._post([{"member_id": self.member.id, "kind": "adjust", "points": points}])

    def test_a_discount_on_the_ticket_earns_nothing_and_is_shared_by_its_lines(self):
        sale = self.sale("144.00", "144.00", total="288.00", paid="268.01", discount="19.99")
        self.send_one(sale)
        self.assertEqual(self.row(sale).transaction_id.line_ids.sorted("id").mapped("amount"), [134.01, 134.00])

    def test_lines_that_don_t_add_up_are_refused_and_kept_nowhere(self):
        sale = self.sale("144.00", total="288.00", paid="268.00")
        status, body = self.send_one(sale)
        self.assertEqual((status, body["error"], body["argument"]), (422, "invalid", "lines"))
        self.assertFalse(self.row(sale))

    def test_a_member_is_found_by_phone_and_by_outside_number_of_the_source(self):
        self.env["loyalty.member.identity"]._add([(self.other, "external", "pos-01", "wx-9")])
        by_phone = self.sale(member={"no": None, "mobile": "138 0013 8000"})
        by_number = self.sale(member={"mobile": "13999999999", "openid": "wx-9"})
        self.send(by_phone, by_number)
        self.assertEqual((self.row(by_phone).member_id, self.row(by_number).member_id), (self.member, self.other))

    def test_a_late_ticket_earns_by_the_rules_of_its_day(self):
        self.rule.points = 3
        self.rule.date_from, self.rule.date_to = "2025-06-01", "2025-06-30"
        with freeze_time("2025-08-01 12:00:00"):
            june = self.send_one(self.sale("10.00", occurred_at="2025-06-30T23:59:59+08:00"))
            july = self.send_one(self.sale("10.00", occurred_at="2025-07-01T00:00:00+08:00"))
        self.assertEqual((june[1]["points"], july[1]["points"]), (30, 0))
        entry = self.Entry.search([("member_id", "=", self.member.id), ("points", "=", 30)])
        self.assertEqual((entry.date, entry.posted_at), (datetime(2025, 6, 30, 15, 59, 59), datetime(2025, 8, 1, 12)))

    def test_what_the_journal_knows_from_elsewhere_is_not_booked_twice(self):
        sale = self.sale("10.00", occurred_at="2025-06-06T12:00:00+08:00")
        self.env["loyalty.api"].record_purchase(
            member=self.member.code, source="pos-01", reference=sale["external_id"], date="2025-06-06T12:00:00+08:00",
            lines=[{"sku": "S1", "quantity": 1, "amount": 10}], program=self.program.id,
        )  # fmt: skip
        status, body = self.send_one(sale)
        self.assertEqual((status, body["points"], self.row(sale).state), (201, 10, "duplicate"))
        self.assertEqual(len(self.booked()), 1)

    def test_another_purchase_under_a_booked_number_is_refused(self):
        sale = self.sale("10.00")
        self.env["loyalty.api"].record_purchase(
            member=self.member.code, source="pos-01", reference=sale["external_id"], lines=[{"quantity": 1, "amount": 99}],
            program=self.program.id,
        )  # fmt: skip
        status, body = self.send_one(sale)
        self.assertEqual((status, body["error"], self.row(sale).state), (422, "conflict", "dead"))

    def test_what_was_refused_may_be_corrected(self):
        sale = self.sale(store="Nowhere")
        self.assertEqual(self.send_one(sale)[0], 422)
        self.assertIn("Nowhere", self.row(sale).error_message)
        sale["store"] = None
        self.assertEqual(self.send_one(sale)[0], 201)
        self.assertEqual(self.row(sale).state, "done")

    def test_one_bad_ticket_of_a_batch_holds_up_no_other(self):
        good, bad = self.sale(), self.sale(store="Nowhere")
        self.assertEqual([status for status, _body in self.send(bad, good)], [422, 201])

    def test_a_ticket_that_breaks_our_own_code_is_set_aside_and_tried_again(self):
        good, poison = self.sale(), self.sale("66.00")
        real = type(self.env["loyalty.transaction"])._book

        def book(records, program, rows, *args):
            if any(row["lines"][0]["amount"] == 66 for row in rows):
                raise KeyError("13800138000")
            return real(records, program, rows, *args)

        with (
            patch.object(type(self.env["loyalty.transaction"]), "_book", book),
            self.assertLogs("odoo.addons.loyalty_integrations", "WARNING") as logs,
        ):
            answers = self.send(poison, good)
        self.assertEqual([status for status, _body in answers], [202, 201])
        self.assertNotIn("138", "".join(logs.output))
        row = self.row(poison)
        self.assertEqual((row.state, row.attempts), ("received", 1))
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.work()
        self.assertEqual(row.state, "done")

    def test_the_cost_in_queries_does_not_grow_with_the_number_of_tickets(self):
        members = [self.make_member(f"M{n}", phone=f"1390013{n:04}") for n in range(40)]
        self.send(*[self.sale(member={"no": member.code}) for member in members[:2]])

        def queries(members):
            with self.enter_registry_test_mode():
                items = [self.sale(member={"no": member.code}) for member in members]
                before = self.cr.sql_log_count
                self.Inbox._answer_tickets(self.connection, items, [""] * len(items))
            return self.cr.sql_log_count - before

        self.assertLessEqual(queries(members[10:40]), queries(members[:10]) + 5)
