import base64
from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.fields import Command

from .test_adjustment import AdjustmentCase
from .test_member_erasure import FACTS, ErasureCase


class TestAdjustmentPrivacy(AdjustmentCase, ErasureCase):
    """Points by hand of who is erased."""

    def test_nothing_that_was_said_of_the_person_is_left(self):
        self.limit(100)
        booked = self.submit(50, self.person)
        booked.message_post(body="Zhu Yingtai called")
        waiting = self.submit(150, self.person, attachment_ids=[
            Command.create({"name": "Zhu Yingtai.txt", "datas": base64.b64encode(b"letter")})
        ])  # fmt: skip
        refused = self.submit(151, self.person)
        refused.with_user(self.approver)._reject("Zhu Yingtai has had enough")
        self.erase(self.person)
        self.assertEqual((booked.state, waiting.state), ("done", "cancelled"))
        self.assertEqual(self.told_by_the_database("Yingtai") - FACTS, set())
        self.assertBalanced()

    def test_what_was_pasted_of_the_person_is_gone_and_the_others_stay(self):
        waiting = self.ask(5, audience="list", member_id=False, pasted="139 1111 2222\n13800138001, yingtai@example.com")
        missed = self.submit(5, audience="list", member_id=False, pasted="13800138001\n0000\n139-1111-3333")
        self.person.partner_id.phone = "13911113333"  # not known when it was pasted
        self.env["loyalty.member.identity"]._add([(self.person, "phone", "", "+8613911112222")], additional=True)
        self.erase(self.person)
        self.assertEqual((waiting.pasted, missed.unknown), ("13800138001", "0000"))
        self.assertFalse(self.told_by_the_database("1111 2222", "1111-3333", "yingtai@"))

    def test_what_was_pasted_is_forgotten_after_a_month(self):
        draft = self.ask(5, audience="list", member_id=False, pasted="13800138001")
        missed = self.submit(5, audience="list", member_id=False, pasted="13800138001\n0000")
        self.env.flush_all()
        for days, kept in ((29, True), (31, False)):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.Adjustment.sudo()._gc_pasted()
            with self.subTest(days):
                self.assertEqual((bool(draft.pasted), bool(missed.unknown)), (kept, kept))

    def test_what_was_pasted_goes_with_a_draft_that_is_called_off(self):
        draft = self.ask(5, audience="list", member_id=False, pasted="13800138001")
        draft.action_cancel()
        self.assertFalse(draft.pasted)

    def test_a_mass_grant_passes_over_who_was_erased_meanwhile(self):
        members = self.make_members(25) + self.person
        request = self.ask_list(10, members)
        request.action_submit()
        self.erase(self.person)
        self.run_job()
        line = request.line_ids.filtered(lambda line: line.member_id == self.person)
        self.assertEqual((line.failure, request.done_count, self.points(self.person)), ("gone", 25, 0))
