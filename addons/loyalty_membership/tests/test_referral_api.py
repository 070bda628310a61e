"""Referral codes by the API: who joins is never turned away for who brought them."""

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..domain.referral import ALPHABET
from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestReferralApi(ApiCase):
    def code_of(self, member):
        return self.call("invite", member=member.code)["code"]

    def join(self, code, **values):
        return self.call("enroll", **self.person(referral_code=code, **values))

    def member_of(self, answer):
        return self.env["loyalty.member"].search([("code", "=", answer["member"])])

    def test_a_code_is_made_once_when_it_is_asked_for(self):
        self.program.referral_url = "https://shop.example.com/join?ref={code}"
        self.assertFalse(self.member.referral_code)
        answer = self.call("invite", member=self.member.code)
        self.assertRegex(answer["code"], rf"^[{ALPHABET}]{{8}}$")
        self.assertEqual(answer["link"], f"https://shop.example.com/join?ref={answer['code']}")
        self.assertEqual(self.code_of(self.member), answer["code"])
        self.assertNotEqual(self.code_of(self.other), answer["code"])

    def test_friends_join_by_the_code_in_any_form_or_by_the_number(self):
        code = self.code_of(self.member)
        for said in (code, f" {code[:4].lower()}-{code[4:].lower()} ", self.member.code):
            answer = self.join(said)
            self.assertEqual(answer["referral"], {"state": "joined", "reason": None})
            self.assertEqual(self.member_of(answer).referrer_id, self.member)
        self.assertEqual(self.call("invite", member=self.member.code)["friends"]["joined"], 3)

    def test_an_unknown_code_is_refused(self):
        self.assertRefused(422, "referral_code: ", "enroll", **self.person(referral_code="NOBODY88"))

    def test_without_a_code_nothing_is_said(self):
        self.assertIsNone(self.call("enroll", **self.person())["referral"])

    def test_the_code_of_a_merged_member_is_the_survivors(self):
        code = self.code_of(self.other)
        self.other._merge_into(self.member)
        self.assertEqual(self.member_of(self.join(code)).referrer_id, self.member)

    def test_who_brings_themselves_joins_and_brought_nobody(self):
        customer = self.env["res.partner"].create({"name": "Alias", "email": "alias@example.com", "street": "Main Street 1"})
        self.member.partner_id.street = "main street 1"
        answer = self.join(self.member.code, email="alias@example.com")
        self.assertEqual((answer["created"], answer["referral"]), (True, {"state": "refused", "reason": "address"}))
        friend = self.member_of(answer)
        self.assertEqual((friend.partner_id, friend.referrer_id.id), (customer, False))
        self.assertEqual(self.member.referral_ids.mapped("state"), ["refused"])

    def test_who_is_a_member_already_is_not_brought(self):
        answer = self.join(self.member.code, phone="13800138001")
        self.assertEqual((answer["created"], answer["referral"]), (False, {"state": "refused", "reason": "member_already"}))
        self.assertEqual(self.join(self.member.code, phone="13800138000")["referral"]["state"], "refused")
        self.assertFalse(self.env["loyalty.referral"].search([("program_id", "=", self.program.id)]))

    def test_the_same_call_again_says_the_same(self):
        person = self.person(referral_code=self.member.code)
        first, again = (self.call("enroll", **person)["referral"] for _time in range(2))
        self.assertEqual(first, again)

    def test_the_code_of_who_is_closed_lets_the_friend_join(self):
        code = self.code_of(self.member)
        self.member.state = "closed"
        answer = self.join(code)
        self.assertEqual((answer["created"], answer["referral"]), (True, {"state": "refused", "reason": "barred"}))

    def test_a_hundred_friends_join_in_as_many_statements_as_ten(self):
        codes = [self.code_of(self.member), self.code_of(self.other)]

        def enroll(count):
            people = [self.person(name=f"Zhao {n}", referral_code=codes[n % 2]) for n in range(count)]
            answers = self.call("enroll_members", members=people)
            self.assertEqual({answer["referral"]["state"] for answer in answers}, {"joined"})

        def statements(count):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            enroll(count)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        enroll(10)
        few = statements(10)
        self.assertLessEqual(statements(100), few)

    def test_a_code_is_forgotten_with_the_person(self):
        self.member.referral_code = "LINA88"
        self.member.with_user(self.make_user("eraser", "loyalty_membership.group_manager"))._erase("asked")
        self.assertFalse(self.member.referral_code)

    def test_a_link_needs_a_place_for_the_code(self):
        for url in ("https://shop.example.com/join", "javascript:alert('{code}')"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.program.referral_url = url

    def test_a_closed_member_has_no_code_to_share(self):
        self.member.state = "closed"
        self.assertRefused(422, "member: ", "invite", member=self.member.code)


@tagged("post_install", "-at_install")
class TestReferralRights(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.clerk, cls.manager = (
            new_test_user(cls.env, f"referral_{group}", groups=f"loyalty_membership.group_{group}")
            for group in ("viewer", "store", "manager")
        )
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.clerk.id)]}, {"name": "Theirs"},
        ])  # fmt: skip
        cls.member.team_id = cls.mine
        cls.friend = cls.make_member("Zhao", referrer_id=cls.member.id, team_id=cls.mine.id)
        cls.referral = cls.member.referral_ids

    def seen(self, user):
        return self.env["loyalty.referral"].with_user(user).search([("id", "=", self.referral.id)])

    def test_store_staff_see_referrals_between_members_of_their_stores(self):
        self.assertTrue(self.seen(self.clerk))
        for member in (self.member, self.friend):
            member.team_id = self.theirs
            self.assertFalse(self.seen(self.clerk))
            self.assertTrue(self.seen(self.manager))
            member.team_id = self.mine

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_viewers_see_none_and_nobody_writes_one(self):
        with self.assertRaises(AccessError):
            self.seen(self.viewer)
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                self.referral.with_user(user).write({"state": "rewarded"})

    def test_another_company_sees_none(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.assertFalse(self.seen(self.manager))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_store_staff_make_codes_for_their_members_and_choose_none(self):
        member = self.member.with_user(self.clerk)
        member.action_make_referral_code()
        self.assertTrue(member.referral_code)
        with self.assertRaises(AccessError):
            member.referral_code = "MINE8888"
        self.member.team_id = self.theirs
        with self.assertRaises(AccessError):
            self.friend.with_user(self.clerk).browse(self.member.id).action_make_referral_code()

    def test_a_manager_chooses_a_code_that_nobody_has(self):
        self.member.with_user(self.manager).referral_code = "LINA88"
        self.assertEqual(self.call("enroll", **self.person(referral_code="lina88"))["referral"]["state"], "joined")
        with self.assertRaises(ValidationError):
            self.other.with_user(self.manager).referral_code = "lina 99"
