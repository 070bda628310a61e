"""WeCom's wire: sign-in, what its codes mean, messages to staff and contacts."""

import doctest
import html

from odoo.tests import tagged

from ..adapters import wecom_codes, wecom_contacts, wecom_message
from ..adapters.base import PUSH_MESSAGE
from ..domain.outcomes import Ambiguous, AuthInvalid, Gone, Permanent, RateLimited, Transient
from .common_wecom import WeComCase
from .fakes.base import Reply, reply


def card(*staff, **values):
    return {
        "to": {"staff": list(staff) or ["zhangsan"]},
        "title": "积分到账",
        "text": "本次获得 120 积分",
        "url": "https://loyalty.example.com/m/1",
        "button": "查看",
        **values,
    }


def letter(external="wm1", **values):
    return card(to={"external": external, "by": "zhangsan"}, **values)


@tagged("post_install", "-at_install")
class TestWeComCalls(WeComCase):
    def test_doctests(self):
        for module in (wecom_codes, wecom_message, wecom_contacts):
            self.assertEqual(doctest.testmod(module).failed, 0)

    def test_check_says_who_we_are_and_what_we_may(self):
        self.fake.add_group("会员等级", "金卡", "银卡")
        self.assertEqual(self.adapter.check(), "会员助手 @ wx49f0ab532d5d035a, 2 tags in 会员等级")

    def test_one_token_serves_all_calls(self):
        for _time in range(3):
            self.adapter.check()
        self.assertEqual(len(self.fake.seen("gettoken")), 1)

    def test_a_token_that_was_invalidated_early_is_renewed_once(self):
        self.adapter.check()
        self.fake.fail_next("token_expired", path="message/send")
        self.assertTrue(self.adapter.push(PUSH_MESSAGE, card(), "k1").created)
        self.assertEqual(len(self.fake.seen("gettoken")), 2)
        self.assertEqual(len(self.fake.delivered), 1)

    def test_a_token_that_has_run_out_is_renewed(self):
        self.adapter.check()
        self.fake.skew = 7201
        self.assertTrue(self.adapter.push(PUSH_MESSAGE, card(), "k1").created)

    def test_each_code_of_a_dead_token_renews_it(self):
        for code in (40001, 40014, 42001, "42001"):
            self.fake.fail_code(code, path="agent/get")
            self.assertIn("会员助手", self.adapter.check())

    def test_a_new_token_that_is_refused_too_asks_for_help(self):
        self.fake.fail_code(40014, times=2, path="agent/get")
        self.assert_outcome(AuthInvalid, self.adapter.check, code="40014")

    def test_a_wrong_secret_or_corp_asks_for_help(self):
        self.assert_outcome(AuthInvalid, self.connect(secret="wrong-secret").check, code="40001")
        self.assert_outcome(AuthInvalid, self.connect(corp_id="wx0").check, code="40013")
        self.assert_outcome(AuthInvalid, self.connect(agent_id="9").check, code="301002")

    def test_another_secret_gets_another_token(self):
        self.adapter.check()
        other = self.connect(secret="another")
        other.tokens = self.adapter.tokens
        self.assert_outcome(AuthInvalid, other.check, code="40001")

    def test_codes_of_the_table(self):
        for code, kind in (
            (-1, Transient), ("-1", Transient), (6000, Transient), (45033, Transient), (40013, AuthInvalid), (60020, AuthInvalid),
            (60011, AuthInvalid), (48002, AuthInvalid), (301002, AuthInvalid), (45009, RateLimited), (40003, Permanent),
            (81013, Permanent), (60111, Permanent), (40058, Permanent), (40008, Permanent), (41048, Permanent),
            (44004, Permanent), (47001, Permanent), (40096, Gone), (84061, Gone), (99999, Permanent),
        ):  # fmt: skip
            self.fake.fail_code(code, path="message/send")
            with self.subTest(code=code):
                self.assert_outcome(kind, self.adapter.push, PUSH_MESSAGE, card(), "k1", code=str(code))
        self.assertFalse(self.fake.delivered)

    def test_a_default_staff_member_who_serves_nobody_does_not_pass_the_test(self):
        self.assert_outcome(Permanent, self.connect(staff="zhangsam").check, code="unknown_staff")
        for staff in ("", "ZhangSan"):
            self.assertIn("@", self.connect(staff=staff).check())

    def test_a_mass_message_that_one_staff_member_may_not_write_stops_nothing(self):
        self.fake.add_contact("wm1", "张三")
        self.fake.fail_code(60011, path="add_msg_template")
        message = {"to": {"external": "wm1"}, "text": "hi"}
        self.assert_outcome(Permanent, self.adapter.push, PUSH_MESSAGE, message, "k1", code="60011")

    def test_codes_may_be_text(self):
        self.fake.codes_as_text = True
        self.assertTrue(self.adapter.push(PUSH_MESSAGE, card(), "k1").created)
        self.fake.drop_tokens()
        self.assertIn("@", self.adapter.check(), "a token that has ended is told by its code")

    def test_signing_in_too_often_waits_and_being_busy_there_is_no_wrong_secret(self):
        self.fake.fail_code(45009, path="gettoken")
        self.assertEqual(self.assert_outcome(RateLimited, self.adapter.check, code="45009").retry_after, 60)
        self.fake.fail_code(-1, path="gettoken")
        self.assert_outcome(Transient, self.adapter.check, code="-1")

    def test_after_a_rate_error_the_next_call_is_taken(self):
        self.fake.fail_code(45009, path="message/send")
        self.assertEqual(self.assert_outcome(RateLimited, self.adapter.push, PUSH_MESSAGE, card(), "k1").retry_after, 60)
        self.assertTrue(self.adapter.push(PUSH_MESSAGE, card(), "k1").created)

    def test_http_errors_and_answers_that_are_not_wecoms_are_failures(self):
        self.fake.fail_next(502, path="message/send")
        self.assert_outcome(Transient, self.adapter.push, PUSH_MESSAGE, card(), "k1", code="502")
        for nonsense in ("<html>maintenance</html>", [], {"ok": True}, None):
            self.fake.fail_next(reply(nonsense), path="message/send")
            self.assert_outcome(Transient, self.adapter.push, PUSH_MESSAGE, card(), "k1", code="no_errcode")

    def test_an_answer_that_is_slow_or_begins_with_a_byte_order_mark_is_taken(self):
        self.fake.fail_next("slow", path="message/send", seconds=0.5)
        self.assertTrue(self.adapter.push(PUSH_MESSAGE, card(), "k1").created)
        self.fake.fail_next(Reply(200, b'\xef\xbb\xbf{"errcode": 0, "errmsg": "ok", "msgid": "m9"}'), path="message/send")
        self.assertEqual(self.adapter.push(PUSH_MESSAGE, card(), "k2").external_id, "m9")

    def test_neither_secret_nor_token_is_noted(self):
        self.adapter.check()
        told = "".join(f"{n.url}{n.request}{n.response}{n.request_headers}" for n in self.notes)
        self.assertTrue(self.fake.tokens)
        for secret in (self.fake.secret, *self.fake.tokens):
            self.assertNotIn(secret, told)


@tagged("post_install", "-at_install")
class TestWeComStaffMessage(WeComCase):
    def send(self, payload, key="k1"):
        return self.adapter.push(PUSH_MESSAGE, payload, key)

    def seen_card(self):
        return self.fake.delivered[-1][1]["textcard"]

    def test_a_card_arrives_as_it_was_written(self):
        sent = self.send(card(text="<b>5 > 3 & 🎉\n第二行"))
        self.assertTrue(sent.created and sent.external_id and not sent.failed)
        shown = self.seen_card()
        self.assertEqual((shown["title"], shown["btntxt"]), ("积分到账", "查看"))
        self.assertEqual(html.unescape(shown["description"].replace("<br>", "\n")), "<b>5 > 3 & 🎉\n第二行")
        self.assertNotIn("<b>", shown["description"])
        self.assertEqual(shown["url"], "https://loyalty.example.com/m/1#loy-k1")

    def test_texts_are_cut_at_whole_characters(self):
        self.send(card(title="积" * 60, text="&🎉" * 100, button="查看我的积分"))
        shown = self.seen_card()
        self.assertEqual(shown["title"], "积" * 42)  # 126 bytes
        self.assertLessEqual(len(shown["description"].encode()), 512)
        self.assertEqual(shown["description"], ("&amp;🎉" * 100)[: len(shown["description"])])
        self.assertTrue(shown["description"].endswith(("&amp;", "🎉")))
        self.assertEqual(shown["btntxt"], "查看我的")

    def test_a_message_without_link_is_a_text(self):
        self.send(card(url=""))
        self.assertEqual(self.fake.delivered[-1][1]["text"], {"content": "积分到账\n本次获得 120 积分"})

    def test_a_card_with_a_title_or_a_text_alone_is_taken(self):
        self.send(card(text=""))
        self.send(card(title=""), "k2")
        self.assertEqual(len(self.fake.delivered), 2)

    def test_the_same_push_again_reaches_nobody_twice(self):
        self.send(card())
        self.fake.skew = 4 * 3600 - 60
        self.send(card())
        self.assertEqual(len(self.fake.delivered), 1)

    def test_another_push_that_says_the_same_arrives(self):
        self.send(card(), "k1")
        self.send(card(), "k2")
        self.assertEqual(len(self.fake.delivered), 2)

    def test_after_a_lost_answer_the_repeat_does_no_harm(self):
        self.fake.fail_next("reset_after", path="message/send")
        self.assert_outcome(Transient, self.send, card(), code="reset")
        self.assertIsNone(self.adapter.find(PUSH_MESSAGE, card(), "k1"))
        self.assertTrue(self.send(card()).created)
        self.assertEqual([userid for userid, _body in self.fake.delivered], ["zhangsan"])

    def test_who_could_not_be_reached_is_told_one_by_one(self):
        sent = self.send(card("zhangsan", "wangwu", "lisi", "zhaoliu"))
        self.assertEqual([(f.key, f.code) for f in sent.failed], [("wangwu", "invaliduser"), ("zhaoliu", "invaliduser")])
        self.assertEqual([userid for userid, _body in self.fake.delivered], ["zhangsan", "lisi"])

    def test_staff_without_licence_is_told(self):
        answer = {"errcode": 0, "errmsg": "ok", "invaliduser": "wangwu", "unlicenseduser": "lisi", "msgid": "m"}
        self.fake.fail_next(answer, path="message/send")
        sent = self.send(card("zhangsan", "wangwu", "lisi"))
        self.assertEqual([(f.key, f.code) for f in sent.failed], [("wangwu", "invaliduser"), ("lisi", "unlicenseduser")])

    def test_nobody_reached_is_permanent(self):
        self.assert_outcome(Permanent, self.send, card("wangwu"), code="81013")
        self.fake.fail_next({"errcode": 0, "errmsg": "ok", "invaliduser": "WANGWU", "msgid": "m"}, path="message/send")
        self.assert_outcome(Permanent, self.send, card("WangWu"), code="81013")

    def test_nobody_can_write_to_all(self):
        for staff in ("@all", "zhangsan|lisi", ""):
            self.assert_outcome(Permanent, self.send, card(staff), code="bad_recipient")
        self.assert_outcome(Permanent, self.send, card(*(f"u{i}" for i in range(1001))), code="bad_recipient")
        self.assert_outcome(Permanent, self.send, card(to={}), code="no_recipient")
        self.assertFalse(self.fake.seen("message/send"))

    def test_a_message_is_not_sent_too_late(self):
        self.assert_outcome(Permanent, self.send, card(valid_until="2026-01-15T08:00:00Z"), code="expired")
        self.assertTrue(self.send(card(valid_until="2999-01-15T08:00:00Z")).created)


@tagged("post_install", "-at_install")
class TestWeComContactMessage(WeComCase):
    def setUp(self):
        super().setUp()
        self.fake.add_contact("wm1", "张三")

    def send(self, payload, key="k1"):
        return self.adapter.push(PUSH_MESSAGE, payload, key)

    def test_a_mass_message_waits_for_the_staff_member(self):
        sent = self.send(letter())
        self.assertEqual(sent.detail, "waits for zhangsan to confirm it")
        message = self.fake.mass[0]
        self.assertEqual((message["sender"], message["external_userid"]), ("zhangsan", ["wm1"]))
        self.assertEqual(message["text"]["content"], "积分到账\n本次获得 120 积分")
        self.assertEqual(message["attachments"][0]["link"]["url"], "https://loyalty.example.com/m/1#loy-k1")
        self.assertEqual(sent.external_id, message["msgid"])

    def test_where_nobody_is_named_somebody_writes_who_has_the_contact(self):
        self.fake.add_contact("wm1", "张三", staff="lisi")
        for staff, sender in (("lisi", "lisi"), ("wangwu", "zhangsan"), ("", "zhangsan")):
            self.connect(staff=staff).push(PUSH_MESSAGE, card(to={"external": "wm1"}), f"k{staff}")
            self.assertEqual(self.fake.mass[-1]["sender"], sender)
        self.assert_outcome(Gone, self.send, card(to={"external": "wm9"}), code="40096")

    def test_a_contact_who_takes_none_is_permanent(self):
        self.fake.no_mass.add("wm1")
        self.assert_outcome(Permanent, self.send, letter(), code="fail_list")
        self.assert_outcome(Permanent, self.send, letter("wm2"), code="fail_list")

    def test_after_a_lost_answer_the_message_is_found(self):
        for i in range(120):  # more than two pages of others
            self.send(letter(), f"other{i}")
        self.fake.fail_next("reset_after", path="add_msg_template")
        self.assert_outcome(Ambiguous, self.send, letter())
        found = self.adapter.find(PUSH_MESSAGE, letter(), "k1")
        self.assertEqual(found.external_id, self.fake.mass[-1]["msgid"])
        self.assertIsNone(self.adapter.find(PUSH_MESSAGE, letter(), "k2"))
        self.adapter.push(PUSH_MESSAGE, letter(), "k1", found.external_id)
        self.assertEqual(len(self.fake.mass), 121)

    def test_what_was_never_sent_is_not_found(self):
        self.fake.fail_next("reset_before", path="add_msg_template")
        self.assert_outcome(Ambiguous, self.send, letter())
        self.assertIsNone(self.adapter.find(PUSH_MESSAGE, letter(), "k1"))

    def test_without_a_link_nobody_can_tell_and_people_have_to(self):
        self.send(letter(url=""))
        self.assert_outcome(Permanent, self.adapter.find, PUSH_MESSAGE, letter(url=""), "k1", code="maybe_delivered")
