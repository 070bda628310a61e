"""What is fetched comes in once; what is done is forgotten in time."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..adapters.base import Record
from ..models import loyalty_inbox_processing
from .common_incoming import TillCase


@tagged("post_install", "-at_install")
class TestReceiving(TillCase):
    """What is fetched from other systems comes in by the same door."""

    def document(self, reference="SO1", amount="100.00", **values):
        data = {
            "reference": reference, "member": self.member.code, "date": "2025-06-06T04:00:00Z",
            "lines": [{"line_id": "1", "sku": "A", "quantity": "1", "amount": amount}], **values,
        }  # fmt: skip
        return {"event_id": reference, "data": data}

    def receive(self, *rows, kind="purchase"):
        new = self.Inbox._receive(self.connection, kind, rows)
        self.work()
        return new

    def test_what_no_text_can_hold_is_left_out(self):
        row = self.env["loyalty.inbox"]._receive(self.connection, "purchase", [{"event_id": "S\0", "data": {"reference": "S\0"}}])
        self.assertEqual((row.event_id, row.data), ("S\ufffd", {"reference": "S\ufffd"}))

    def test_a_page_that_is_read_twice_is_booked_once(self):
        page = [self.document(f"SO{n}") for n in range(5)]
        self.assertEqual(len(self.receive(*page)), 5)
        self.assertFalse(self.receive(*page))
        self.assertEqual((len(self.booked()), self.member.points), (5, 500))

    def test_a_document_that_changed_after_it_was_booked_is_shown_and_not_booked_again(self):
        self.receive(self.document())
        for _time in range(2):
            self.receive(self.document(amount="80.00"))
        changed = self.rows().filtered(lambda row: row.error_code == "changed")
        self.assertEqual((len(changed), changed.state), (1, "dead"))
        self.assertIn("Line 1, Amount: 100.00 → 80.00", changed.error_message)
        self.assertEqual(self.member.points, 100)
        changed.action_try_again()
        self.assertEqual(changed.state, "dead")

    def test_a_document_that_changed_before_it_was_booked_is_booked_as_it_is_now(self):
        self.receive(self.document(store="Nowhere"))
        self.assertEqual(self.rows().state, "dead")
        self.receive(self.document(amount="80.00"))
        self.assertEqual(self.booked(), [("SO1", 80, 80)])

    def fetched(self, stream, values, problems=(), **said):
        """Receive one document as it comes from a page, mapped; its row."""
        kind, row = self.Inbox._document(stream, Record("17", {}, **said), values, problems)
        self.receive(row, kind=kind)
        return self.rows()[:1]

    def test_a_document_that_is_deleted_there_is_taken_back_here(self):
        values = self.document()["data"]
        self.assertEqual(self.fetched("sale", values).state, "done")
        self.assertEqual(self.fetched("sale", values, deleted=True).kind, "void")
        self.assertEqual(self.member.points, 0)

    def test_a_document_that_can_t_be_mapped_says_why_and_is_replaced_when_it_can(self):
        row = self.fetched("sale", self.document()["data"], ["date: is none"])
        self.assertEqual((row.state, row.error_message, self.booked()), ("dead", "date: is none", []))
        self.assertEqual(self.fetched("sale", self.document(amount="90.00")["data"]).state, "done")

    def test_a_refund_that_names_no_purchase_fails_and_says_so(self):
        row = self.fetched("refund", {"reference": "R1", "lines": []})
        self.assertEqual((row.kind, row.state, row.error_code), ("refund", "dead", "no_original"))

    def test_an_hour_of_documents_is_done_in_committed_batches(self):
        with patch.object(loyalty_inbox_processing, "BATCH", 2):
            self.receive(*[self.document(f"SO{n}") for n in range(5)])
        self.assertEqual(len(self.booked()), 5)


@tagged("post_install", "-at_install")
class TestInboxRetention(TillCase):
    def test_what_was_sent_is_forgotten_and_repeats_are_still_told_apart(self):
        sale, waiting = self.sale(), self.sale(member={"mobile": "13800138077"})
        first, _parked = self.send(sale, waiting)
        with freeze_time(fields.Datetime.now() + timedelta(days=91)), self.enter_registry_test_mode():
            self.env.ref("loyalty_integrations.cron_inbox_forget").method_direct_trigger()
        self.env.invalidate_all()
        row = self.row(sale)
        self.assertFalse(row.raw_body)
        self.assertNotIn("member", row.data)
        self.assertIn("13800138077", self.row(waiting).raw_body)
        self.assertEqual(self.send_one(sale), first)

    def test_what_was_said_of_people_is_forgotten_whatever_brought_it(self):
        said = {"id": "c1", "customer": "c1", "external_userid": "c1", "values": {"name": "Li Na", "phone": "13800138077"}}
        kinds = ("contact", "enrolment", "callback", "delivery")
        for kind in kinds:
            row = self.Inbox._receive(self.connection, kind, [{"event_id": f"{kind}-1", "data": said}])
            row._fail("refused", "Li Na: no name") if kind in ("contact", "enrolment") else row._finish({"told": ["Li Na"]})
        with freeze_time(fields.Datetime.now() + timedelta(days=91)), self.enter_registry_test_mode():
            self.env.ref("loyalty_integrations.cron_inbox_forget").method_direct_trigger()
        self.env.invalidate_all()
        rows = self.rows()
        self.assertEqual(set(rows.mapped("kind")), {"enrolment", "delivery"})  # the others can be read and merged again
        for row in rows:
            self.assertFalse(row.data or row.result or row.error_message, row.kind)
            again = self.Inbox._receive(self.connection, row.kind, [{"event_id": row.event_id, "data": said}])
            self.assertFalse(again, row.kind)
        with self.assertRaisesRegex(UserError, "forgotten"):
            rows.filtered(lambda row: row.state == "dead").action_try_again()
