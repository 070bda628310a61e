"""Staff record what members did, as the program's rules know it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestActivityRecord(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.review, cls.again, cls.custom, cls.joined, cls.check_in = cls.env["loyalty.earning.rule"].create([
            {"program_id": cls.program.id, "name": name, "trigger": "activity", "activity_code": code, "points": points}
            for name, code, points in (
                ("Review", "review", 50), ("Review, too", "review", 1), ("Unpacked", "unpacking", 7), ("Welcome", "joined", 1),
                ("In", "check_in", 5),
            )
        ])  # fmt: skip
        cls.clerk = new_test_user(cls.env, "activity_clerk", groups="loyalty_membership.group_store")
        cls.viewer = new_test_user(cls.env, "activity_viewer", groups="loyalty_membership.group_viewer")

    def wizard(self, members=None, rule=None, user=None, **values):
        members = members or self.member
        model = self.env["loyalty.activity.record"].with_user(user or self.clerk)
        model = model.with_context(active_model="loyalty.member", active_ids=members.ids)
        return model.create({"rule_id": (rule or self.review).id, **values})

    def test_each_activity_that_rules_know_is_offered_once_but_those_of_the_program_itself(self):
        self.assertEqual(self.wizard().rule_ids, self.review + self.custom + self.check_in)

    def test_the_form_records_with_all_its_rules_and_keeps_the_note(self):
        context = {"active_model": "loyalty.member", "active_ids": self.member.ids}
        with Form(self.env["loyalty.activity.record"].with_user(self.clerk).with_context(**context)) as form:
            form.rule_id = self.review
            form.note = "Spring tea"
        form.save().action_record()
        self.assertEqual(self.points(), 51)
        self.assertEqual(self.member.transaction_ids.activity_code, "review")
        self.assertIn("Spring tea", self.member.message_ids[0].body)

    def test_recording_twice_records_once(self):
        wizard = self.wizard(self.member + self.other)
        for _time in range(2):
            wizard.action_record()
        self.assertEqual((self.points(), self.points(self.other)), (51, 51))

    def test_a_code_of_ones_own_is_recorded_on_its_day(self):
        moment = fields.Datetime.now() - timedelta(days=3)
        self.wizard(rule=self.custom, date=moment).action_record()
        self.assertEqual((self.member.transaction_ids.activity_code, self.member.transaction_ids.date), ("unpacking", moment))

    def test_a_second_check_in_of_a_day_gives_nothing_and_says_so(self):
        self.wizard(rule=self.check_in).action_record()
        told = self.wizard(rule=self.check_in).action_record()["params"]
        self.assertEqual((self.points(), told["type"]), (5, "warning"))
        self.assertIn("1 had it already", told["message"])

    def test_the_future_is_refused(self):
        with self.assertRaisesRegex(UserError, "future"):
            self.wizard(date=fields.Datetime.now() + timedelta(hours=1)).action_record()

    def test_an_activity_of_the_program_itself_is_refused(self):
        with self.assertRaisesRegex(UserError, "Choose an activity"):
            self.wizard(rule=self.joined).action_record()

    def test_a_frozen_member_is_refused(self):
        self.member.state = "frozen"
        with self.assertRaisesRegex(UserError, "frozen"):
            self.wizard().action_record()

    def test_members_of_two_programs_are_refused(self):
        second = self.env["loyalty.program"].create({"name": "Second", "is_membership": True})
        stranger = self.env["loyalty.member"].create({"partner_id": self.other.partner_id.id, "program_id": second.id})
        with self.assertRaisesRegex(UserError, "one program"):
            self.wizard(self.member + stranger).action_record()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_viewers_and_staff_of_another_store_may_not(self):
        with self.assertRaises(AccessError):
            self.wizard(user=self.viewer)
        self.member.team_id = self.env["crm.team"].create({"name": "Theirs"})
        with self.assertRaises(AccessError):
            self.wizard().action_record()
        self.member.team_id.member_ids = [Command.link(self.clerk.id)]
        self.wizard().action_record()
        self.assertEqual(self.points(), 51)
