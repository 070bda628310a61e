"""Messages by a chat system: who gets them, who may send them."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestMessage(EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.push_message = True
        cls.env["loyalty.binding"]._keep(cls.connection, "member", cls.member, "wm1")
        cls.env["loyalty.binding"]._keep(cls.connection, "member", cls.other, "wm2")

    def agree(self, member, given=True, channel="all"):
        self.env["loyalty.consent"].create({"member_id": member.id, "channel": channel, "given": given})

    def wizard(self, user=None, **values):
        return self.env["loyalty.message.send"].with_user(user or self.env.user).create({
            "connection_id": self.connection.id, "member_ids": [(6, 0, [self.member.id, self.other.id])], "title": "Hi", **values,
        })  # fmt: skip

    def messages(self):
        return self.env["loyalty.outbox"].search([("flow", "=", "push_message")])

    def test_advertising_goes_to_those_who_agreed_and_did_not_take_it_back(self):
        self.agree(self.member)
        self.agree(self.other)
        self.agree(self.other, given=False, channel="echo")
        wizard = self.wizard()
        self.assertIn("1 of 2", wizard.told)
        wizard.action_send()
        self.assertEqual(self.messages().member_id, self.member)
        self.dispatch()
        [request] = self.fake.seen("/events")
        self.assertEqual(request.json()["to"], {"external": "wm1"})

    def test_a_notice_about_ones_own_points_needs_no_consent(self):
        self.wizard(marketing=False).action_send()
        self.assertEqual(len(self.messages()), 2)

    def test_a_notice_is_not_sent_to_who_refused_notices(self):
        self.env["loyalty.consent"].create({
            "member_id": self.other.id, "channel": "echo", "purpose": "service", "given": False,
        })  # fmt: skip
        wizard = self.wizard(marketing=False)
        self.assertIn("1 of 2", wizard.told)
        wizard.action_send()
        self.assertEqual(self.messages().member_id, self.member)

    def test_members_choose_for_the_systems_that_send(self):
        self.assertIn("echo", self.member._link_choices()["marketing"])
        self.connection.push_message = False
        self.assertNotIn("echo", self.member._link_choices()["marketing"])

    def test_members_who_are_not_known_there_are_told_and_left_out(self):
        stranger = self.make_member("Stranger", phone="13800138077")
        told = self.wizard(marketing=False, member_ids=[(6, 0, [stranger.id])]).action_send()
        self.assertEqual((told["params"]["type"], self.messages().ids), ("warning", []))

    def test_colleagues_are_reached_by_what_they_are_called_there(self):
        user = self.make_user("shop", "loyalty_membership.group_store")
        self.connection.staff_ids = [(0, 0, {"user_id": user.id, "external_id": "zhangsan"})]
        self.wizard(member_ids=False, user_ids=[(6, 0, user.ids)]).action_send()
        self.dispatch()
        self.assertEqual(self.fake.seen("/events")[0].json()["to"], {"staff": ["zhangsan"]})

    def test_only_managers_send(self):
        manager = self.make_user("boss", "loyalty_membership.group_manager")
        self.wizard(manager, marketing=False).action_send()
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        with self.assertRaises(AccessError):
            self.wizard(clerk, marketing=False)

    def test_a_connection_that_sends_no_messages_says_so(self):
        self.connection.push_message = False
        with self.assertRaisesRegex(UserError, "sends no messages"):
            self.wizard(marketing=False).action_send()
