"""What the queue forgets, and when."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestOutboxRetention(EchoCase):
    def row(self, days, **values):
        at = fields.Datetime.now() - timedelta(days=days)
        return self.env["loyalty.outbox"].create({
            "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": f"m:{days}",
            "data": {"title": "Hi"}, "payload": {"title": "Hi"}, "state": "done", "done_at": at, "next_attempt_at": at, **values,
        })  # fmt: skip

    def clean(self):
        self.env.flush_all()
        self.env.ref("loyalty_integrations.cron_clean").method_direct_trigger()
        self.env.invalidate_all()

    def test_what_is_done_is_forgotten_after_a_month_and_what_waits_never(self):
        old, new = self.row(31), self.row(29)
        waiting = self.row(400, state="pending", done_at=False)
        self.clean()
        self.assertEqual((old | new | waiting).exists(), new | waiting)
        self.assertTrue(waiting.payload)

    def test_what_tells_a_repeat_stays_a_year_without_its_content(self):
        kept, old = self.row(31, dedupe_key="entry:1"), self.row(370, dedupe_key="entry:2")
        self.clean()
        self.assertEqual((kept | old).exists(), kept)
        self.assertEqual((kept.payload, kept.data, kept.dedupe_key), (False, False, "entry:1"))

    def test_what_was_given_up_is_there_to_be_sent_again_for_a_year(self):
        old, new = self.row(370, state="dead", done_at=False), self.row(100, state="dead", done_at=False)
        self.clean()
        self.assertEqual((old | new).exists(), new)
        self.assertTrue(new.payload)

    def test_what_people_gave_up_is_forgotten_like_what_is_done(self):
        row = self.row(0, state="retry", done_at=False)
        row.action_give_up()
        self.assertTrue(row.done_at)

    def test_attempts_are_forgotten_after_a_month(self):
        row = self.row(0)
        values = {"outbox_id": row.id, "connection_id": self.connection.id, "outcome": "ok"}
        now = fields.Datetime.now()
        old, new = self.env["loyalty.outbox.attempt"].create([
            {**values, "started_at": now - timedelta(days=days)} for days in (31, 29)
        ])  # fmt: skip
        self.clean()
        self.assertEqual((old | new).exists(), new)

    def test_what_a_conflict_said_is_forgotten_a_year_after_it_was_decided(self):
        binding = self.env["loyalty.binding"].create({
            "connection_id": self.connection.id, "subject": "member", "model": "loyalty.member", "res_id": self.member.id,
            "external_id": "X1",
        })  # fmt: skip
        values = {"binding_id": binding.id, "member_id": self.member.id, "field": "phone", "local": "1", "remote": "2"}
        now = fields.Datetime.now()
        old, new, waiting = self.env["loyalty.sync.conflict"].create([
            {**values, "path": str(days), "state": state, "resolved_at": resolved and now - timedelta(days=days)}
            for days, state, resolved in ((370, "resolved", True), (360, "resolved", True), (400, "open", False))
        ])  # fmt: skip
        self.clean()
        self.assertEqual((old | new | waiting).exists(), new | waiting)
