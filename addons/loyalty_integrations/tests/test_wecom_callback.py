"""Callbacks of WeCom: only what it really said is believed."""

from urllib.parse import parse_qs, urlencode

from odoo.tests import BaseCase, tagged

from ..adapters.wecom_callback import Callback
from ..domain.envelope import Refused
from .fakes.wecom import WeCom as Fake

ECHO = {
    "msg_signature": "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
    "timestamp": "1411443780",
    "nonce": "437374425",
    "echostr": "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
}


@tagged("post_install", "-at_install")
class TestWeComCallback(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = Fake()  # its pen only; it need not listen
        self.callback = self.reader()

    def reader(self, **settings):
        names = ("corp_id", "callback_token", "callback_aes_key")
        return Callback({**{name: getattr(self.fake, name) for name in names}, **settings}, self.fake.now)

    def assert_refused(self, code, function, *args):
        with self.assertRaises(Refused) as caught:
            function(*args)
        self.assertEqual(caught.exception.code, code)

    def sent(self, change="add_external_contact", external_userid="wm1", **values):
        return self.fake.callback(self.fake.event(change, external_userid, **values))

    def test_the_published_check_of_the_address_is_answered_whatever_its_age(self):
        self.assertEqual(self.callback.echo(ECHO), "5927782489442352469")

    def test_a_forged_check_is_refused(self):
        self.assert_refused("signature", self.callback.echo, {**ECHO, "nonce": "1"})
        self.assert_refused("signature", self.callback.echo, {})
        self.assert_refused("signature", self.callback.echo, {**ECHO, "echostr": ""})

    def test_each_change_of_a_contact_is_told(self):
        for change in ("add_external_contact", "edit_external_contact", "del_external_contact", "del_follow_user"):
            told = self.callback.event(*self.sent(change, userid="lisi", state="会员🎉1", at=self.fake.now()))
            self.assertEqual(told.kind, change)
            values = {name: told.values[name] for name in ("external_userid", "userid", "state")}
            self.assertEqual(values, {"external_userid": "wm1", "userid": "lisi", "state": "会员🎉1"})
            self.assertAlmostEqual(told.values["at"], self.fake.now(), delta=5)

    def test_nothing_else_of_it_is_kept(self):
        told = self.callback.event(*self.sent())
        self.assertEqual(set(told.values), {"external_userid", "userid", "state", "at"})

    def test_a_second_delivery_has_the_same_id_and_another_event_has_not(self):
        message = self.fake.event("add_external_contact", "wm1", at=self.fake.now())
        first, again = (self.callback.event(*self.fake.callback(message)) for _time in range(2))
        self.assertEqual(first.id, again.id)
        ids = {first.id}
        now = self.fake.now()
        for values in (
            {"change": "del_external_contact"}, {"external_userid": "wm2"}, {"userid": "lisi"}, {"at": now - 1},
        ):  # fmt: skip
            changed = {"change": "add_external_contact", "external_userid": "wm1", "at": now, **values}
            ids.add(self.callback.event(*self.fake.callback(self.fake.event(**changed))).id)
        self.assertEqual(len(ids), 5)

    def test_a_message_is_told_by_its_own_id(self):
        message = "<xml><MsgType>text</MsgType><Content>hi</Content><MsgId>7000000000000000001</MsgId></xml>"
        told = self.callback.event(*self.fake.callback(message))
        self.assertEqual((told.id, told.kind, told.values), ("msg-7000000000000000001", "text", {"at": 0}))

    def test_other_events_are_told_by_name(self):
        message = "<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>update_user</ChangeType></xml>"
        self.assertEqual(self.callback.event(*self.fake.callback(message)).kind, "update_user")

    def test_five_minutes_old_is_too_old(self):
        message = self.fake.event("add_external_contact", "wm1")
        self.callback.event(*self.fake.callback(message, at=self.fake.now() - 290))
        for seconds in (-310, 310):
            query, body = self.fake.callback(message, at=self.fake.now() + seconds)
            self.assert_refused("stale", self.callback.event, query, body)

    def test_a_clock_that_is_off_is_told_as_such(self):
        query, body = self.sent()
        self.fake.skew = 3600
        self.assert_refused("stale", self.callback.event, query, body)

    def test_a_new_time_on_an_old_signature_is_refused(self):
        query, body = self.fake.callback(self.fake.event("add_external_contact", "wm1"), at=self.fake.now() - 900)
        self.assert_refused("signature", self.callback.event, {**query, "timestamp": str(int(self.fake.now()))}, body)

    def test_an_event_for_another_company_is_refused(self):
        message = self.fake.event("add_external_contact", "wm1")
        query, body = self.fake.callback(message, receive_id="ww0000000000000001")
        self.assert_refused("receive_id", self.callback.event, query, body)

    def test_what_is_encrypted_with_another_key_is_refused(self):
        other = Fake(callback_aes_key="A" * 43)
        query, body = other.callback(other.event("add_external_contact", "wm1"))
        self.assert_refused("sealed", self.callback.event, query, body)

    def test_what_is_signed_with_another_token_is_refused(self):
        other = Fake(callback_token="654321")
        query, body = other.callback(other.event("add_external_contact", "wm1"))
        self.assert_refused("signature", self.callback.event, query, body)

    def test_a_connection_without_token_key_or_corp_believes_nothing(self):
        query, body = self.sent()
        for name in ("callback_token", "callback_aes_key", "corp_id"):
            self.assert_refused("settings", self.reader(**{name: ""}).event, query, body)
            self.assert_refused("settings", self.reader(**{name: ""}).echo, ECHO)

    def test_a_body_in_clear_is_refused(self):
        query, _body = self.sent()
        clear = self.fake.event("add_external_contact", "wm1").encode()
        self.assert_refused("signature", self.callback.event, query, clear)
        self.assert_refused("body", self.callback.event, query, b"")
        self.assert_refused("body", self.callback.event, query, b'{"encrypt": "x"}')

    def test_a_genuine_envelope_without_an_event_is_refused(self):
        for message in ("hello", "<xml/>", "<xml><Event>change_external_contact</Event></xml>"):
            self.assert_refused("body", self.callback.event, *self.fake.callback(message))

    def test_the_plus_of_base64_survives_a_query(self):
        query = {name: values[0] for name, values in parse_qs(urlencode(ECHO)).items()}
        self.assertEqual(self.callback.echo(query), "5927782489442352469")
