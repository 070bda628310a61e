import base64

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

    def test_a_mass_grant_passes_over_who_was_erased_meanwhile(self):
        members = self.make_members(25) + self.person
        request = self.ask_list(10, members)
        request.action_submit()
        self.erase(self.person)
        self.run_job()
        line = request.line_ids.filtered(lambda line: line.member_id == self.person)
        self.assertEqual((line.failure, request.done_count, self.points(self.person)), ("gone", 25, 0))
