"""The address that WeCom calls: what is genuine is kept once, anything else leaves no trace."""

from urllib.parse import urlencode

from odoo import fields
from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_wecom_connection import WeComConnectionMixin

CONTROLLER = "odoo.addons.loyalty_integrations.controllers.wecom"


@tagged("post_install", "-at_install")
class TestWeComRoute(WeComConnectionMixin, LoyaltyCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.set_up_connection()
        self.path = f"/loyalty/callback/wecom/{self.connection.callback_key}"

    def call(self, query, body=None, path=None):
        headers = {"Content-Type": "text/xml"} if body else {}
        return self.url_open(f"{path or self.path}?{urlencode(query)}", data=body, headers=headers)

    def event(self, change="add_external_contact", contact="wm1", **values):
        return self.fake.callback(self.fake.event(change, contact, **values))

    def test_the_check_of_the_address_is_answered_with_the_text_alone(self):
        for state in ("active", "draft"):
            self.connection.state = state
            sealed = self.fake.sealed("5927782489442352469")
            answer = self.call({**self.fake.signed(sealed), "echostr": sealed})
            self.assertEqual((answer.status_code, answer.content), (200, b"5927782489442352469"))
        self.assertNotIn("session_id", answer.cookies)

    def test_an_event_is_kept_and_done_later(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        calls = len(self.fake.requests)
        answer = self.call(*self.event(state="会员🎉"))
        self.assertEqual((answer.status_code, answer.content), (200, b""))
        row = self.inbox()
        self.assertEqual((row.kind, row.state, row.data["external_userid"], row.data["state"]),
                         ("callback", "received", "wm1", "会员🎉"))  # fmt: skip
        self.assertEqual(len(self.fake.requests), calls, "nothing is asked while WeCom waits for the answer")
        self.process()
        self.assertEqual(self.binding(), "wm1")

    def test_an_event_delivered_three_times_is_kept_once(self):
        message = self.fake.event("add_external_contact", "wm1")
        for _time in range(3):
            self.assertEqual(self.call(*self.fake.callback(message)).status_code, 200)
        self.assertEqual(len(self.inbox()), 1)

    @mute_logger(CONTROLLER)
    def test_what_is_forged_is_refused_and_leaves_nothing(self):
        query, body = self.event()
        other = type(self.fake)(callback_token="654321")
        for bad_query, bad_body in (
            ({**query, "msg_signature": "0" * 40}, body),
            ({}, body),
            (query, b"<xml/>"),
            (query, b""),
            self.fake.callback(self.fake.event("add_external_contact", "wm1"), receive_id="ww1"),
            self.fake.callback(self.fake.event("add_external_contact", "wm1"), at=self.fake.now() - 900),
            other.callback(other.event("add_external_contact", "wm1")),
        ):
            answer = self.call(bad_query, bad_body or b" ")
            self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.call({"echostr": "x", "msg_signature": "y", "timestamp": "1", "nonce": "2"}).status_code, 403)
        self.assertFalse(self.inbox())

    @mute_logger(CONTROLLER)
    def test_a_connection_without_token_refuses_everything(self):
        query, body = self.event()
        self.connection.wecom_callback_token = False
        self.assertEqual(self.call(query, body).status_code, 403)

    @mute_logger(CONTROLLER)
    def test_why_a_callback_was_refused_is_shown_on_the_connection(self):
        self.assertFalse(self.connection.callback_refused_at)
        query, body = self.event()
        other = type(self.fake)(callback_aes_key="A" * 43)
        for refused, told in (
            (({**query, "msg_signature": "0" * 40}, body), "Callback Token"),
            (other.callback(other.event("add_external_contact", "wm1")), "EncodingAESKey"),
            (self.fake.callback(self.fake.event("add_external_contact", "wm1"), at=self.fake.now() - 900), "clock"),
        ):
            self.call(*refused)
            self.env.invalidate_all()
            self.assertIn(told, self.connection.callback_refused)
            self.assertLess((fields.Datetime.now() - self.connection.callback_refused_at).total_seconds(), 60)

    def test_another_address_is_none(self):
        query, body = self.event()
        for path in ("/loyalty/callback/wecom/nobody", "/loyalty/callback/wecom/False"):
            self.assertEqual(self.call(query, body, path).status_code, 404)
        self.connection.active = False
        self.assertEqual(self.call(query, body).status_code, 404)

    def test_a_body_beyond_all_measure_is_not_read(self):
        query, _body = self.event()
        self.assertEqual(self.call(query, b"x" * 70000).status_code, 413)

    def test_other_events_and_those_of_a_draft_are_answered_and_not_kept(self):
        message = "<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>update_user</ChangeType></xml>"
        self.assertEqual(self.call(*self.fake.callback(message)).status_code, 200)
        self.connection.state = "draft"
        self.assertEqual(self.call(*self.event()).status_code, 200)
        self.assertFalse(self.inbox())
