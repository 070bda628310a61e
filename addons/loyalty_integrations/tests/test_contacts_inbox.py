"""A page of contacts goes through the inbox, once."""

import time
from dataclasses import replace

from odoo.tests import tagged

from ..adapters import base
from ..adapters.base import Page
from .common_mapping import CrmAdapter, MappingCase


@tagged("post_install", "-at_install")
class TestContactsInbox(MappingCase):
    def receive(self, *records):
        rows = self.env["loyalty.inbox"]._receive_records(self.connection, base.PULL_CONTACTS, "contact", list(records))
        rows._process()
        return rows

    def change(self, **values):
        return self.record("c1", "2026-01-15T08:00:00Z", mobile="13800138000", **values)

    def test_a_contact_is_merged_and_its_row_tells_what_became_of_it(self):
        row = self.receive(self.change(name="Li Na", mail="li@example.com"))
        self.assertEqual((row.kind, row.state), ("contact", "done"))
        self.assertEqual(row.result["body"]["changed"], ["email"])
        self.assertEqual(self.member.email, "li@example.com")

    def test_the_same_page_again_brings_nothing(self):
        self.receive(self.change(name="Li Na"))
        self.assertFalse(self.receive(replace(self.change(name="Li Na"), read_at=time.time())))
        self.assertEqual(self.env["loyalty.inbox"].search_count([("connection_id", "=", self.connection.id)]), 1)

    def test_a_row_knows_when_it_was_read(self):
        self.patch(CrmAdapter, "read_page", lambda _adapter, _stream, _cursor, _paths: Page([self.change(name="A")], {}, True))
        before = time.time()
        self.connection._pull(float("inf"))
        row = self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id)])
        self.assertTrue(before <= row.data["read_at"] <= time.time())

    def test_a_row_that_waited_while_ours_was_sent_takes_nothing_back(self):
        self.bind(self.member, "c1", mobile="13800138000", name="Li Na")
        self.waiting()
        self.fake.records["c1"] = {}
        [row] = self.env["loyalty.inbox"]._receive_records(
            self.connection, base.PULL_CONTACTS, "contact", [replace(self.change(name="Li Na"), read_at=time.time())]
        )
        self.member.partner_id.name = "Li Married"
        self.dispatch()
        row._process()
        self.assertEqual((row.state, self.member.name), ("done", "Li Married"))

    def test_a_later_change_of_the_same_contact_is_another_row(self):
        self.receive(self.change(name="Li Na", mail="a@example.com"))
        self.receive(self.record("c1", "2026-01-16T08:00:00Z", mobile="13800138000", name="Li Na", mail="b@example.com"))
        self.assertEqual(self.member.email, "b@example.com")

    def test_one_that_is_refused_is_shown_with_the_reason_and_the_next_lands(self):
        self.bind(self.member, "c1", mobile="13800138000")
        self.bind(self.other, "c2")
        refused, fine = self.receive(
            self.record("c1", "2026-01-15T08:00:00Z", mobile="13800138001"),
            self.record("c2", "2026-01-15T08:00:00Z", street="Road 2"),
        )
        self.assertEqual((refused.state, refused.error_code, fine.state), ("dead", "refused", "done"))
        self.assertIn("another member", refused.error_message)
        self.assertEqual(self.other.partner_id.street, "Road 2")
