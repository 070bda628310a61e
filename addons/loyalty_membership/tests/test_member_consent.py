from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_messages import MessageCase


@tagged("post_install", "-at_install")
class TestMayBeTold(MessageCase):
    def may(self, channel="email", purpose="marketing"):
        return self.member._may_be_told(channel, purpose) == self.member

    def say_in_turn(self, *words):
        """(channel, given) each, a day apart, purpose marketing."""
        start = datetime(2026, 1, 1)
        for day, (channel, given) in enumerate(words):
            self.say(given, channel, date=start + timedelta(days=day))

    def test_without_a_word_nobody_is_advertised_to(self):
        self.assertFalse(self.may())

    def test_without_a_word_members_hear_of_their_own_points(self):
        self.assertTrue(self.may(purpose="service"))
        self.say(False, "sms", "service")
        self.assertEqual((self.may("email", "service"), self.may("sms", "service")), (True, False))

    def test_the_last_word_counts(self):
        self.say_in_turn(("email", True), ("email", False))
        self.assertFalse(self.may())
        self.say(True)
        self.assertTrue(self.may())

    def test_the_last_word_is_by_its_date_not_by_when_it_was_entered(self):
        self.say(False, date=datetime(2026, 2, 1))
        self.say(True, date=datetime(2026, 1, 1))
        self.assertFalse(self.may())

    def test_a_yes_to_all_channels_is_a_yes_to_each(self):
        self.say_in_turn(("all", True))
        self.assertEqual((self.may("email"), self.may("wechat")), (True, True))

    def test_a_no_to_all_channels_takes_every_yes_back(self):
        self.say_in_turn(("email", True), ("sms", True), ("all", False))
        self.assertEqual((self.may("email"), self.may("sms")), (False, False))

    def test_a_later_yes_to_one_channel_stands_beside_a_no_to_all(self):
        self.say_in_turn(("all", False), ("sms", True))
        self.assertEqual((self.may("email"), self.may("sms")), (False, True))

    def test_a_no_to_one_channel_leaves_the_others(self):
        self.say_in_turn(("all", True), ("sms", False))
        self.assertEqual((self.may("email"), self.may("sms")), (True, False))

    def test_a_no_to_everything_is_a_no_to_notices_too(self):
        self.say(True, "email", "service", date=datetime(2026, 1, 1))
        self.say(False, "all", "all", date=datetime(2026, 1, 2))
        self.assertEqual((self.may(), self.may("email", "service")), (False, False))

    def test_a_no_to_advertising_is_none_to_notices(self):
        self.say(False, "all")
        self.assertTrue(self.may("email", "service"))

    def test_a_purpose_that_nobody_knows_needs_a_yes(self):
        self.assertFalse(self.may("email", "survey"))
        self.say(True, "email", "survey")
        self.assertTrue(self.may("email", "survey"))

    def test_each_member_speaks_for_themselves(self):
        self.say(True)
        self.say(False, member=self.other)
        self.assertEqual(self.both._may_be_told("email"), self.member)

    def test_who_was_merged_is_told_nothing_and_the_survivor_has_the_word(self):
        self.say(True)
        self.member._merge_into(self.other)
        self.assertEqual(self.both._may_be_told("email"), self.other)
        self.assertEqual(self.both._may_be_told("email", "service"), self.other)

    def test_who_was_erased_is_told_nothing(self):
        self.say(True)
        self.member._erase("asked for it")
        self.assertFalse(self.may())
        self.assertFalse(self.may(purpose="service"))

    def test_a_hundred_members_cost_no_more_statements_than_two(self):
        members = self.both
        with self.assertQueryCount(2):
            self.env.invalidate_all()
            members._may_be_told("email")
        for number in range(20):
            members |= self.make_member(f"M{number}")
        self.env.flush_all()
        with self.assertQueryCount(2):
            self.env.invalidate_all()
            members._may_be_told("email")


@tagged("post_install", "-at_install")
class TestSayConsent(MessageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.make_user("consent_store", "loyalty_membership.group_store")
        cls.marketing = cls.make_user("consent_marketing", "loyalty_membership.group_marketing")
        cls.manager = cls.make_user("consent_manager", "loyalty_membership.group_manager")

    def wizard(self, user=None, **values):
        values = {"given": "yes", "channel": "sms", "source": "paper", "wording": "I want SMS.", **values}
        wizards = self.env["loyalty.consent.say"].with_user(user or self.store)
        return wizards.with_context(**self.member.action_say_consent()["context"]).create(values)

    def test_store_staff_and_managers_log_what_a_member_says(self):
        for user in (self.store, self.manager):
            with self.subTest(user=user.login):
                before = self.member.consent_ids
                self.wizard(user).action_say()
                self.member.invalidate_recordset()
                consent = self.member.consent_ids - before
                self.assertEqual(
                    (consent.channel, consent.purpose, consent.given, consent.source, consent.wording, consent.create_uid),
                    ("sms", "marketing", True, "paper", "I want SMS.", user),
                )
        self.assertTrue(self.member._may_be_told("sms"))

    def test_withdrawing_needs_no_words(self):
        self.wizard().action_say()
        self.wizard(given="no", wording=False).action_say()
        self.assertFalse(self.member._may_be_told("sms"))

    def test_a_consent_without_its_words_is_refused(self):
        with self.assertRaisesRegex(UserError, "words"):
            self.wizard(wording="  ").action_say()

    def test_nobody_agrees_in_the_future(self):
        with self.assertRaisesRegex(UserError, "future"):
            self.wizard(date=fields.Datetime.now() + timedelta(hours=1)).action_say()

    def test_marketing_gives_no_consent_for_members(self):
        with self.assertRaises(AccessError):
            self.wizard(self.marketing)

    def test_store_staff_speak_for_no_member_of_another_store(self):
        team = self.env["crm.team"].create({"name": "Other store"})
        wizard = self.wizard()
        self.member.team_id = team
        with self.assertRaises(AccessError):
            wizard.action_say()

    def test_nobody_speaks_for_who_was_erased_or_merged(self):
        wizard = self.wizard()
        self.member._merge_into(self.other)
        with self.assertRaisesRegex(UserError, "merged"):
            self.wizard(self.manager).action_say()
        self.other._erase("asked for it")
        with self.assertRaises(UserError):
            wizard.with_user(self.manager).action_say()

    def test_the_log_is_written_and_changed_by_nobody(self):
        consent = self.say(True)
        admin = self.make_user("consent_admin", "loyalty_membership.group_admin,base.group_system")
        for user in (self.store, self.manager, self.marketing, admin):
            log = self.env["loyalty.consent"].with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                log.create({"member_id": self.member.id, "channel": "sms", "given": True})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                log.browse(consent.id).given = False
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                log.browse(consent.id).unlink()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.member.with_user(user).write({"consent_ids": [(0, 0, {"channel": "sms"})]})

    def test_the_present_state_is_told_in_words(self):
        self.say(True, "email", date=datetime(2026, 3, 1, 4))
        self.say(False, "wechat", "service", date=datetime(2026, 3, 2, 4))
        told = self.member.with_user(self.store).consent_told
        for words in ("E-mail", "SMS", "WeChat", "Yes, since 03/01/2026", "No, since 03/02/2026", "No, never asked",
                      "Yes, never refused"):  # fmt: skip
            self.assertIn(words, told)

    def test_a_channel_that_another_system_names_is_no_markup(self):
        self.say(True, "<b>pigeon</b>")
        self.assertIn("&lt;b&gt;pigeon", self.member.consent_told)
