"""Messages by a chat system that a server action or a journey sends."""

from odoo.addons.loyalty_membership.tests.common_action import ActionCase
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestMessageAction(ActionCase, EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.push_message = True
        for number, member in enumerate(cls.member | cls.other):
            cls.env["loyalty.binding"]._keep(cls.connection, "member", member, f"wm{number}")
        cls.journey.purpose = "service"

    def messages(self):
        return self.env["loyalty.outbox"].search([("flow", "=", "push_message")])

    def message_step(self, **values):
        values = {"message_title": "Hello {{ name }}", "message_text": "{{ points }} points", **values}
        return self.make_step("message", connection_id=self.connection.id, **values)

    def agree(self, member):
        self.env["loyalty.consent"].create({"member_id": member.id, "channel": "all", "given": True})

    def test_each_member_is_called_by_name(self):
        self.grant(30)
        self.act(self.message_step(), self.member | self.other)
        told = {row.member_id: row.data for row in self.messages()}
        self.assertEqual(told[self.member], {"title": "Hello Li Na", "text": "30 points"})
        self.assertEqual(told[self.other], {"title": "Hello Wang Wei", "text": "0 points"})

    def test_each_member_reads_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        step = self.message_step()
        step.with_context(lang="zh_CN").message_title = "{{ name }}，你好"
        self.member.partner_id.lang = "zh_CN"
        self.act(step, self.member | self.other)
        titles = {row.member_id: row.data["title"] for row in self.messages()}
        self.assertEqual(titles, {self.member: "Li Na，你好", self.other: "Hello Wang Wei"})

    def test_advertising_goes_to_those_who_agreed(self):
        self.journey.purpose = "marketing"
        self.agree(self.member)
        mine, others = self.act(self.message_step(), self.member | self.other)
        self.assertEqual(self.messages().member_id, self.member)
        self.assertRecordValues(mine | others, [
            {"outcome": "done", "channel": "echo", "message_state": "outgoing"},
            {"outcome": "no_consent", "channel": False, "message_state": False},
        ])  # fmt: skip

    def test_a_journey_that_becomes_advertising_asks_for_consent(self):
        step = self.message_step()
        self.journey.purpose = "marketing"
        self.act(step, self.member)
        self.assertFalse(self.messages())

    def test_who_is_not_known_there_is_told_as_unreachable(self):
        stranger = self.make_member("Stranger", phone="13800138077")
        event = self.act(self.message_step(), stranger)
        self.assertEqual((event.outcome, event.channel), ("unreachable", False))

    def test_the_event_learns_that_the_message_was_sent(self):
        event = self.act(self.message_step(), self.member)
        self.dispatch()
        self.assertEqual(event.message_state, "sent")

    def test_the_event_learns_that_the_message_failed_and_was_tried_again(self):
        event = self.act(self.message_step(), self.member)
        row = self.messages()
        row.sudo().valid_until = "2020-01-01"
        self.dispatch()
        self.assertEqual((row.state, event.message_state), ("dead", "failed"))
        row.action_send_again()
        self.assertEqual(event.message_state, "outgoing")
        row.action_give_up()
        self.assertEqual(event.message_state, "failed")

    def test_a_word_in_braces_that_stands_for_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "object.env"):
            self.message_step(message_text="{{ object.env }}")

    def test_a_message_needs_a_system_and_a_title(self):
        with self.assertRaisesRegex(ValidationError, "title"):
            self.message_step(message_title=False)
        with self.assertRaisesRegex(ValidationError, "chat system"):
            self.make_step("message", message_title="Hi")

    def test_only_managers_send_by_hand(self):
        action = self.make_action("message", connection_id=self.connection.id, title="Hi", marketing=False)
        with self.assertRaises(AccessError):
            self.run_on(action, self.member, self.store)
        self.run_on(action, self.member, self.manager)
        self.assertEqual(self.messages().member_id, self.member)

    def test_marketing_makes_such_a_step(self):
        step = self.Step.with_user(self.marketing).create({
            "journey_id": self.journey.id, "kind": "message", "connection_id": self.connection.id, "message_title": "Hi",
        })  # fmt: skip
        self.assertEqual(step.summary, f"Hi, by {self.connection.name}")
        self.assertEqual(step._channel(), "echo")

    def test_connected_systems_hear_of_a_tag_that_a_step_adds(self):
        self.noted()
        before = self.env["loyalty.outbox"].search([])
        self.act(self.make_step("tag", tag_ids=self.vip.ids), self.member)
        rows = self.noted(("flow", "=", "push_member")) - before
        self.assertEqual(rows.mapped("res_id"), self.member.ids)

    def test_messages_take_as_many_statements_for_many_as_for_few(self):
        few, many, warm = self.many(10), self.many(200), self.many(2)
        for member in few | many | warm:
            self.env["loyalty.binding"]._keep(self.connection, "member", member, f"m{member.id}")
        step = self.message_step()
        events = {members: self.events(step, members) for members in (few, many, warm)}
        step._act(warm, events[warm])
        cost = {m: self.statements(lambda members: step._act(members, events[members]), m) for m in (few, many)}
        self.assertLessEqual(cost[many], cost[few] + 3)  # rows are inserted a hundred at a time
