"""The documents that an adjustment was approved by stay as they were."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_adjustment import AdjustmentCase


class TestAdjustmentDocuments(AdjustmentCase):
    def setUp(self):
        super().setUp()
        self.limit(100, adjustment_attachment=True)

    def request(self):
        file = self.env["ir.attachment"].with_user(self.requester).create({"name": "letter.txt", "raw": b"sorry"})
        request = self.submit(150, attachment_ids=[Command.link(file.id)])
        self.assertEqual(request.attachment_ids, file)
        return request, file

    def assertKept(self, file):
        attempts = {
            "delete": file.unlink,
            "replace": lambda: file.write({"raw": b"another"}),
            "replace as base64": lambda: file.write({"datas": "YW5vdGhlcg=="}),
            "lead elsewhere": lambda: file.write({"type": "url", "url": "https://example.com"}),
            "delete from the chatter, which does so with sudo": file.sudo()._delete_and_notify,
        }
        for what, attempt in attempts.items():
            with self.subTest(what), self.assertRaisesRegex(UserError, "submitted with this document"), self.env.cr.savepoint():
                attempt()
        self.env.invalidate_all()
        self.assertEqual((file.exists().raw, file.type), (b"sorry", "binary"))

    def test_what_waits_and_what_is_booked_keeps_its_document(self):
        request, file = self.request()
        self.assertKept(file)
        request.with_user(self.approver).action_approve()
        for user in (self.requester, self.approver):
            self.assertKept(file.with_user(user))

    def test_a_document_is_stored_anew_and_renamed(self):
        _request, file = self.request()
        file.write({"raw": b"sorry", "name": "apology.txt"})
        self.assertEqual(file.name, "apology.txt")

    def test_a_draft_and_what_was_called_off_let_go_of_it(self):
        file = self.env["ir.attachment"].with_user(self.requester).create({"name": "letter.txt", "raw": b"sorry"})
        self.ask(150, attachment_ids=[Command.link(file.id)])
        file.raw = b"better"
        file.unlink()
        request, file = self.request()
        request.action_cancel()
        file.unlink()
        self.assertFalse(file.exists())

    def test_other_files_are_not_held(self):
        self.request()
        file = self.env["ir.attachment"].with_user(self.requester).create({"name": "other.txt", "raw": b"x"})
        file.raw = b"y"
        file.unlink()
        self.assertFalse(file.exists())
