"""The Neocrm adapter's sessions, and what it tells of fields."""

import doctest

from odoo.tests.common import tagged

from ..adapters import neocrm_pages, neocrm_values, neocrm_wire, neocrm_xoql
from ..adapters.neocrm import Neocrm
from ..domain.outcomes import AuthInvalid, Permanent, Transient
from .neocrm_case import NeocrmCase


@tagged("post_install", "-at_install")
class TestNeocrmSession(NeocrmCase):
    def sign_ins(self):
        return [request.form() for request in self.fake.seen("oauth2")]

    def test_the_password_goes_with_the_security_token_behind_it(self):
        self.assertEqual(self.crm.check(), "loyalty@example.com @ 200001: account, 14 fields")
        self.assertEqual(self.sign_ins()[0]["password"], "Passw0rd!Tok3nABC")

    def test_one_session_serves_many_calls(self):
        self.push()
        self.crm.check()
        self.assertEqual(len(self.sign_ins()), 1)

    def test_a_session_without_told_life_is_used_for_110_minutes(self):
        self.assertEqual(self.crm.sign_in()[1], 6600)

    def test_a_told_life_counts_less_a_twelfth(self):
        self.fake.tell_life = 1200
        self.assertEqual(self.crm.sign_in()[1], 1100)

    def test_an_ended_session_is_renewed_by_its_refresh_token_and_the_call_is_done_once(self):
        self.crm.check()
        self.fake.fail_next("token_expired", path="/account")
        self.push()
        self.assertEqual([form["grant_type"] for form in self.sign_ins()], ["password", "refresh_token"])
        self.assertEqual(len(self.stored()), 1)

    def test_a_withdrawn_refresh_token_leads_back_to_the_password(self):
        self.crm.check()
        self.fake.refresh_tokens.clear()
        self.fake.fail_next("token_expired")
        self.push()
        self.assertEqual([form["grant_type"] for form in self.sign_ins()], ["password", "refresh_token", "password"])

    def test_a_new_session_that_is_refused_too_stops_the_connection(self):
        self.fake.life = -1
        with self.assert_refused(AuthInvalid, 401):
            self.crm.check()
        self.assertEqual(len(self.sign_ins()), 2)

    def test_a_session_refused_with_http_200_is_renewed_as_well(self):
        self.crm.check()
        self.fake.fail_next({"code": 401, "msg": "token"}, path="/query")
        self.crm.check()
        self.assertEqual(len(self.sign_ins()), 2)

    def test_a_wrong_password_is_told_in_the_words_of_neocrm(self):
        with self.assert_refused(AuthInvalid, "invalid_grant") as caught:
            self.adapter(password="wrong").check()
        self.assertEqual(caught.exception.message, "用户名、密码或安全令牌错误")

    def test_a_wrong_application_is_told_too(self):
        with self.assert_refused(AuthInvalid, "invalid_client"):
            self.adapter(client_secret="wrong").check()

    def test_an_error_with_http_200_is_no_session(self):
        self.fake.fail_next({"error": "invalid_grant", "error_description": "x"}, path="oauth2")
        with self.assert_refused(AuthInvalid, "invalid_grant"):
            self.crm.check()

    def test_a_sign_in_out_of_order_is_tried_again_later(self):
        self.fake.fail_next(502, path="oauth2")
        with self.assert_refused(Transient, 502):
            self.crm.check()
        self.fake.fail_next("reset_after", path="oauth2")
        with self.assert_refused(Transient, "reset"):
            self.crm.check()

    def test_calls_go_to_the_cluster_that_the_sign_in_names(self):
        self.assertTrue(self.adapter(api_url="http://127.0.0.1:1").check())

    def test_without_a_named_cluster_they_go_to_the_setting(self):
        self.fake.tell_uri = False
        self.assertTrue(self.crm.check())

    def test_no_secret_is_noted(self):
        self.crm.check()
        self.fake.drop_tokens()
        self.push()
        told = repr(self.notes)
        for secret in ("Passw0rd", "Tok3nABC", "secret-of-cid-1", *self.fake.tokens, *self.fake.refresh_tokens):
            self.assertNotIn(secret, told)

    def test_a_missing_key_field_is_told_by_the_check(self):
        with self.assert_refused(Permanent, "no_key_field") as caught:
            self.adapter(key_field="memberCode__c").check()
        self.assertIn("memberCode__c", caught.exception.message)

    def test_a_field_to_recognise_by_that_is_not_there_or_no_text_is_told_by_the_check(self):
        for match in ("mobile", "vip__c", "phone from user"):
            with self.subTest(match), self.assert_refused(Permanent, "no_match_field") as caught:
                self.adapter(match_field=match).check()
            self.assertIn(match, caught.exception.message)
        self.assertTrue(self.adapter(match_field="phone").check())

    def test_a_business_type_that_is_not_there_is_told_by_the_check_with_those_that_are(self):
        with self.assert_refused(Permanent, "bad_number"):
            self.adapter(entity_type="客户").check()
        with self.assert_refused(Permanent, "no_entity_type") as caught:
            self.adapter(entity_type="999").check()
        self.assertIn("300002 个人", caught.exception.message)
        self.assertTrue(self.adapter(entity_type="300002").check())

    def test_a_time_zone_that_is_none_is_told_by_the_check(self):
        with self.assert_refused(Permanent, "bad_tz"):
            self.adapter(tz="Mars/Olympus").check()

    def test_an_answer_that_begins_with_a_bom_is_read(self):
        self.fake.bom = True
        self.assertTrue(self.crm.check())


@tagged("post_install", "-at_install")
class TestNeocrmFields(NeocrmCase):
    def found(self, subject, adapter=None):
        return {field.path: field for field in (adapter or self.crm).discover(subject)}

    def test_fields_come_with_type_need_length_and_choices(self):
        found = self.found("member")
        self.assertTrue(found["accountName"].required)
        self.assertEqual((found["loyaltyNo__c"].type, found["loyaltyNo__c"].size), ("char", 50))
        self.assertEqual(found["loyaltyTier__c"].type, "selection")
        self.assertEqual(found["loyaltyTier__c"].choices, (("1", "普通"), ("2", "金卡"), ("3", "钻石")))
        kinds = {
            path: found[f"{path}__c"].type for path in ("loyaltySegments", "loyaltyPoints", "loyaltySpent", "birthday", "vip")
        }
        self.assertEqual(list(kinds.values()), ["tags", "integer", "float", "date", "boolean"])

    def test_what_neocrm_keeps_itself_is_not_writable(self):
        found = self.found("member")
        self.assertEqual([found[path].writable for path in ("id", "updatedAt", "phone")], [False, False, True])

    def test_business_types_are_choices(self):
        self.assertEqual(self.found("member")["entityType"].choices, (("300001", "默认"), ("300002", "个人")))

    def test_other_objects_can_be_members(self):
        self.assertIn("contactName", self.found("member", self.adapter(member_object="contact")))
        custom = self.adapter(member_object="custom", custom_object="vipMember__c")
        self.assertIn("name", self.found("member", custom))

    def test_every_default_line_names_a_field_that_is_there(self):
        for kind in ({}, {"member_object": "contact"}, {"member_object": "custom", "custom_object": "vipMember__c"}):
            crm = self.adapter(**kind)
            there = self.found("member", crm)
            self.assertEqual([line.remote for line in crm.defaults("member") if line.remote not in there], [])

    def test_defaults_are_there_before_anything_is_filled_in(self):
        self.assertEqual(Neocrm({"member_object": "custom", "custom_object": ""}, None).defaults("member")[1].remote, "name")

    def test_an_older_interface_s_envelope_is_read(self):
        self.fake.envelope = "result"
        self.push()
        self.assertIn("accountName", self.found("member"))
        self.assertEqual(self.push().created, False)

    def test_the_examples_of_the_code_are_true(self):
        for module in (neocrm_pages, neocrm_values, neocrm_wire, neocrm_xoql):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)
