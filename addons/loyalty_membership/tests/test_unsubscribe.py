"""The link in every message of a journey, and the page behind it."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.loyalty_membership.domain import unsubscribe
from odoo.addons.loyalty_membership.models import loyalty_member_unsubscribe
from odoo.tests import HttpCase, tagged

from .common_messages import MessageCase

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@tagged("post_install", "-at_install")
class TestUnsubscribe(MessageCase, HttpCase):
    def path(self, channel="email", purpose="marketing", member=None):
        return "/u/" + self.env["loyalty.member"]._unsubscribe_token((member or self.member).id, channel, purpose)

    def post(self, data, path=None):
        return self.url_open(path or self.path(), data=data, method="POST")

    def consents(self, member=None):
        self.env.invalidate_all()
        return (member or self.member).consent_ids

    def boxes(self, *given):
        shown = [f"{channel}.{purpose}" for purpose in ("marketing", "service") for channel in ("email", "sms")]
        return [("shown", box) for box in shown] + [("given", box) for box in given]

    def save(self, *given, path=None):
        pairs = "&".join(f"{name}={value}" for name, value in self.boxes(*given))
        return self.url_open(path or self.path(), data=pairs, headers={"Content-Type": "application/x-www-form-urlencoded"})

    # ------------------------------------------------------------ reading

    def test_the_page_opens_without_signing_in_and_changes_nothing(self):
        self.say(True)
        for method in ("GET", "HEAD"):
            answer = self.url_open(self.path() + "?stop=email.marketing&List-Unsubscribe=One-Click", method=method)
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.consents()), 1)
        self.assertTrue(self.member._may_be_told("email"))

    def test_the_page_speaks_the_members_language_or_the_one_asked_for(self):
        self.assertIn('lang="zh-CN"', self.url_open(self.path()).text)
        self.assertIn('lang="en-US"', self.url_open(self.path() + "?lang=en_US").text)
        self.assertIn('lang="zh-CN"', self.url_open(self.path() + "?lang=<script>").text)

    def test_the_page_tells_nothing_of_the_person(self):
        text = self.url_open(self.path() + "?lang=en_US").text
        for personal in ("Li Na", "lina", "13800138000", self.member.code):
            self.assertNotIn(personal, text)

    def test_no_cache_keeps_the_page_and_no_search_engine_lists_it(self):
        headers = self.url_open(self.path()).headers
        self.assertIn("no-store", headers["Cache-Control"])
        self.assertIn("noindex", headers["X-Robots-Tag"])
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertNotIn("Set-Cookie", headers)

    def test_the_boxes_show_what_the_member_gets_now(self):
        self.say(True, "sms")
        self.say(False, "email", "service")
        text = self.url_open(self.path()).text
        checked = set(re.findall(r'name="given" value="([\w.]+)" checked', text))
        self.assertEqual(checked, {"sms.marketing", "sms.service"})

    # ------------------------------------------------------------ choosing

    def test_one_press_stops_what_the_message_was_about(self):
        self.say(True, "email")
        self.say(True, "sms")
        self.assertIn('value="email.marketing">Stop this', self.url_open(self.path() + "?lang=en_US").text)
        answer = self.post({"stop": "email.marketing"}, self.path() + "?lang=en_US")
        self.assertIn("Offers and news by E-mail: no, thank you", answer.text)
        last = self.consents()[0]
        self.assertEqual(
            (last.channel, last.purpose, last.given, last.source, last.wording),
            ("email", "marketing", False, "link", "Offers and news by E-mail: no, thank you"),
        )
        self.assertEqual(
            (self.member._may_be_told("email"), self.member._may_be_told("sms")), (self.env[self.member._name], self.member)
        )

    def test_saving_logs_what_differs_and_nothing_else(self):
        self.say(True, "email")
        self.save("email.marketing", "sms.marketing", "sms.service")
        self.assertEqual(
            {(c.channel, c.purpose, c.given) for c in self.consents().filtered(lambda c: c.source == "link")},
            {("sms", "marketing", True), ("email", "service", False)},
        )

    def test_saving_twice_logs_once(self):
        for _time in range(2):
            answer = self.save("sms.marketing", path=self.path() + "?lang=en_US")
        self.assertEqual(len(self.consents()), 3)
        self.assertIn("Nothing was changed", answer.text)

    def test_what_the_page_does_not_show_is_not_logged(self):
        self.post({"shown": "pigeon.marketing", "given": "pigeon.marketing"})
        self.post({"stop": "email"})
        self.post({"stop": "email.<script>"})
        self.post({})
        self.assertFalse(self.consents())

    def test_whoever_has_a_link_can_stop_always_but_not_fill_the_log(self):
        with patch.object(loyalty_member_unsubscribe, "MOST_GIVEN", 1):
            self.save("email.marketing", "email.service", "sms.service")
            self.save("email.service", "sms.service")
            answer = self.save("email.marketing", "email.service", "sms.service", path=self.path() + "?lang=en_US")
            self.assertIn("tomorrow", answer.text)
            self.post({"stop": "email.service"})
        self.assertFalse(self.member._may_be_told("email"))
        self.assertFalse(self.member._may_be_told("email", "service"))

    def test_a_day_later_the_link_gives_again(self):
        self.say(True, source="link", date=fields.Datetime.now() - timedelta(days=1, minutes=1))
        with patch.object(loyalty_member_unsubscribe, "MOST_GIVEN", 1):
            self.save("email.marketing", "sms.marketing", "email.service", "sms.service")
        self.assertTrue(self.member._may_be_told("sms"))

    # ------------------------------------------------------------ mailboxes

    def test_the_button_of_a_mailbox_withdraws_without_session(self):
        self.say(True, "email")
        answer = self.post(ONE_CLICK)
        self.assertEqual((answer.status_code, answer.text), (200, ""))
        last = self.consents()[0]
        self.assertEqual((last.channel, last.purpose, last.given, last.source), ("email", "marketing", False, "one-click"))

    def test_the_button_of_a_notice_withdraws_notices(self):
        self.post(ONE_CLICK, self.path(purpose="service"))
        self.assertFalse(self.member._may_be_told("email", "service"))
        self.assertTrue(self.member._may_be_told("sms", "service"))

    def test_the_button_of_a_link_without_channel_withdraws_all_advertising(self):
        self.say(True, "all")
        self.post(ONE_CLICK, self.path("", ""))
        for channel in ("email", "sms"):
            self.assertFalse(self.member._may_be_told(channel))
        self.assertTrue(self.member._may_be_told("email", "service"))

    # ------------------------------------------------------------ whose link

    def test_a_link_that_is_not_ours_is_no_link(self):
        good = self.path()
        said, signature = unsubscribe.parts(good.removeprefix("/u/"))
        other = unsubscribe.subject(self.other.id, "email", "marketing")
        deleted = self.env["loyalty.member"]._unsubscribe_token(2**31 - 1)
        wrong = [
            unsubscribe.token(other, signature), unsubscribe.token(said, bytes(10)),
            unsubscribe.token(said, signature[::-1]), deleted, "x", "a" * 20, "a" * 4000, "%E7%A7%AF",
        ]  # fmt: skip
        self.say(True)
        self.say(True, member=self.other)
        for token in wrong:
            with self.subTest(token=token[:30]):
                self.assertEqual(self.url_open(f"/u/{token}").status_code, 404)
                answer = self.post(ONE_CLICK, f"/u/{token}")
                self.assertEqual(answer.status_code, 404)
                self.assertEqual(self.post({"stop": "email.marketing"}, f"/u/{token}").status_code, 404)
        self.assertEqual(self.both._may_be_told("email"), self.both)

    def test_a_wrong_signature_asks_no_database_for_members(self):
        token = unsubscribe.token(unsubscribe.subject(self.member.id), bytes(10))
        self.env["loyalty.member"]._behind_link(token)
        with self.assertQueryCount(0):
            self.assertFalse(self.env["loyalty.member"]._behind_link(token)[0])

    def test_links_of_another_database_are_none(self):
        path = self.path()
        self.env["ir.config_parameter"].set_param("database.secret", "another")
        self.assertEqual(self.url_open(path).status_code, 404)

    def test_the_link_of_a_merged_member_speaks_for_the_survivor(self):
        self.say(True)
        path = self.path()
        self.member._merge_into(self.other)
        self.post({"stop": "email.marketing"}, path)
        self.assertFalse(self.consents(self.other)[0].given)
        self.assertFalse(self.other._may_be_told("email"))

    def test_the_link_of_an_erased_member_says_so(self):
        path = self.path() + "?lang=en_US"
        self.member._erase("asked for it")
        for answer in (self.url_open(path), self.post({"shown": "email.marketing", "given": "email.marketing"}, path)):
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Your data were erased", answer.text)
        self.assertFalse(self.consents())
