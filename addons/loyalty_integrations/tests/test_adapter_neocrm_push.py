"""How the Neocrm adapter brings members there, through every kind of trouble."""

from odoo.tests.common import tagged

from ..adapters.base import PUSH_MEMBER
from ..domain.outcomes import Ambiguous, Gone, Permanent, RateLimited, Transient
from .fakes.base import Reply
from .fakes.neocrm import BAD_QUERY, DUPLICATE, TOO_FREQUENT
from .neocrm_case import MEMBER, NeocrmCase


@tagged("post_install", "-at_install")
class TestNeocrmPush(NeocrmCase):
    def test_a_new_member_is_created_once_and_then_changed(self):
        first = self.push()
        again = self.push(phone="13900139000")
        self.assertEqual((first.created, again.created), (True, False))
        self.assertEqual(first.external_id, again.external_id)
        self.assertEqual([row["phone"] for row in self.stored()], ["13900139000"])

    def test_ids_of_19_digits_stay_exact(self):
        self.assertEqual(self.push().external_id, "1900000000000000001")
        self.assertEqual(self.push().external_id, "1900000000000000001")

    def test_a_known_record_is_changed_without_looking(self):
        made = self.push().external_id
        before = len(self.fake.seen("xoql"))
        self.push(made, accountName="李四")
        self.assertEqual(len(self.fake.seen("xoql")), before)
        self.assertEqual(self.stored()[0]["accountName"], "李四")

    def test_values_go_as_neocrm_wants_them(self):
        self.push(
            loyaltyTier__c="2", loyaltySegments__c=["11", "12"], loyaltyPoints__c="120", loyaltySpent__c="99.50",
            birthday__c="2026-01-15", vip__c=True,
        )  # fmt: skip
        row = self.stored()[0]
        self.assertEqual(row["loyaltyTier__c"], 2)
        self.assertEqual(row["loyaltySegments__c"], [11, 12])
        self.assertEqual((row["loyaltyPoints__c"], row["loyaltySpent__c"], row["vip__c"]), (120, 99.5, True))
        self.assertEqual(row["birthday__c"], 1768406400000, "midnight in Shanghai")

    def test_an_empty_value_empties_the_field(self):
        made = self.push(email="a@example.com").external_id
        self.push(made, email=False)
        self.assertIsNone(self.stored()[0]["email"])

    def test_the_business_type_is_given_at_creation_only(self):
        crm = self.adapter(entity_type="300002")
        made = self.push(adapter=crm).external_id
        self.assertEqual(self.stored()[0]["entityType"], 300002)
        self.push(made, adapter=crm)
        self.assertNotIn("entityType", self.fake.seen("account", "PATCH")[-1].json()["data"])

    def test_a_value_that_is_none_is_refused_before_anything_is_sent(self):
        with self.assert_refused(Permanent, "bad_value"):
            self.push(loyaltyTier__c="gold")
        self.assertFalse(self.stored())

    def test_a_field_that_is_not_there_or_not_ours_is_refused(self):
        for path in ("nope__c", "updatedAt"):
            with self.assert_refused(Permanent, "bad_field"):
                self.push(**{path: "1"})

    def test_a_member_without_number_is_refused(self):
        with self.assert_refused(Permanent, "no_key"):
            self.push(loyaltyNo__c="")

    def test_a_deleted_record_is_gone_whatever_says_so(self):
        for status in (200, 404):
            made = self.push().external_id
            self.fake.missing = status
            self.fake.records["account"].clear()
            with self.assert_refused(Gone):
                self.push(made)

    def test_a_refused_change_of_a_record_that_is_there_is_no_deletion(self):
        made = self.push().external_id
        with self.assert_refused(Permanent):
            self.push(made, accountName="")

    def test_an_address_that_is_not_there_does_not_unbind_members(self):
        self.fake.fail_next(404, path="/account")
        with self.assert_refused(Permanent, "HTTP 404"):
            self.push()

    def test_a_number_that_differs_in_case_is_another_member(self):
        self.fake.add("account", accountName="x", loyaltyNo__c="m000001")
        self.assertTrue(self.push().created)

    def test_a_customer_without_number_is_recognised_by_the_field_of_the_settings(self):
        known = self.fake.add("account", accountName="张三", phone="13800138000")
        self.fake.add("account", accountName="other", phone="13800138000", loyaltyNo__c="M9")
        crm = self.adapter(match_field="phone")
        self.assertEqual(crm.find(PUSH_MEMBER, MEMBER, "member-1").external_id, known)
        sent = self.push(adapter=crm)
        self.assertEqual((sent.external_id, sent.created), (known, False))
        self.assertEqual(self.fake.records["account"][int(known)]["loyaltyNo__c"], "M000001")

    def test_a_phone_is_recognised_however_people_wrote_it(self):
        crm = self.adapter(match_field="phone")
        for written in ("138 0013 8000", "138-0013-8000", "+86 13800138000", "8613800138000"):
            with self.subTest(written):
                self.fake.records["account"].clear()
                known = self.fake.add("account", accountName="张三", phone=written)
                self.assertEqual(self.push(adapter=crm).external_id, known)

    def test_a_member_without_phone_is_created(self):
        self.fake.add("account", accountName="other")
        self.assertTrue(self.push(adapter=self.adapter(match_field="phone"), phone=None).created)

    def test_two_customers_of_the_same_phone_are_left_to_people(self):
        for name in "ab":
            self.fake.add("account", accountName=name, phone="13800138000")
        with self.assert_refused(Permanent, "several"):
            self.push(adapter=self.adapter(match_field="phone"))
        self.assertEqual(len(self.stored()), 2)

    def test_somebody_who_was_faster_is_found_after_the_refusal(self):
        other = self.fake.add("account", accountName="faster", loyaltyNo__c="M000001")
        self.fake.fail_next({"code": 200, "data": {"records": []}}, path="xoql")  # the index was behind
        sent = self.push()
        self.assertEqual((sent.external_id, sent.created), (other, False))

    def test_without_a_unique_field_neocrm_makes_duplicates_and_the_oldest_is_taken(self):
        self.fake.unique = ""
        ids = [self.fake.add("account", accountName="x", loyaltyNo__c="M000001") for _ in "ab"]
        self.assertEqual(self.push().external_id, ids[0])

    def test_both_spellings_of_the_code_of_success_are_taken(self):
        self.fake.fail_next({"code": "200", "data": {"id": "77"}}, path="/account/77")
        self.assertEqual(self.push("77").external_id, "77")

    def test_contacts_and_custom_objects_take_members_too(self):
        for entity, name in (("contact", "contactName"), ("vipMember__c", "name")):
            kind = {"member_object": "contact"} if entity == "contact" else {"member_object": "custom", "custom_object": entity}
            payload = {"loyaltyNo__c": "M1", name: "王五"}
            self.assertTrue(self.adapter(**kind).push(PUSH_MEMBER, payload, "member-2").created)
            self.assertEqual(self.stored(entity)[0][name], "王五")


@tagged("post_install", "-at_install")
class TestNeocrmTrouble(NeocrmCase):
    def test_a_created_member_whose_answer_was_lost_is_found(self):
        self.crm.check()
        self.fake.fail_next("reset_after", path="/xobjects/account", times=1)
        with self.assert_refused(Ambiguous, "reset"):
            self.push()
        found = self.crm.find(PUSH_MEMBER, MEMBER, "member-1")
        self.assertEqual(found.external_id, "1900000000000000001")

    def test_nothing_is_found_of_a_push_that_never_arrived(self):
        self.crm.check()
        self.fake.fail_next("reset_before", path="/xobjects/account")
        with self.assert_refused(Ambiguous, "reset"):
            self.push()
        self.assertIsNone(self.crm.find(PUSH_MEMBER, MEMBER, "member-1"))

    def test_finding_and_then_creating_asks_once(self):
        self.crm.check()
        before = len(self.fake.seen("xoql"))
        self.assertIsNone(self.crm.find(PUSH_MEMBER, MEMBER, "member-1"))
        self.assertTrue(self.push().created)
        self.assertEqual(len(self.fake.seen("xoql")), before + 1)

    def test_what_was_not_there_for_one_member_is_asked_for_the_next(self):
        self.fake.unique = ""  # nothing there would refuse a second one
        self.push(loyaltyNo__c="M2")
        self.assertIsNone(self.crm.find(PUSH_MEMBER, MEMBER, "member-1"))
        self.assertFalse(self.push(loyaltyNo__c="M2").created)
        self.push()
        self.assertFalse(self.push().created, "and it is asked anew the next time")

    def test_a_lost_answer_to_a_change_is_simply_tried_again(self):
        made = self.push().external_id
        self.fake.fail_next("reset_after", path="/account/")
        with self.assert_refused(Transient, "reset"):
            self.push(made)

    def test_a_broken_off_answer_to_a_creation_leaves_it_open(self):
        self.crm.check()
        self.fake.fail_next("truncated", path="/xobjects/account")
        with self.assert_refused(Ambiguous):
            self.push()

    def test_a_slow_answer_to_a_creation_leaves_it_open(self):
        self.crm.check()
        self.gate.timeout = 0.3
        self.addCleanup(setattr, self.gate, "timeout", 20)
        self.fake.fail_next("slow", path="/xobjects/account", seconds=30)
        with self.assert_refused(Ambiguous, "read_timeout"):
            self.push()

    def test_500_is_open_at_a_creation_and_a_mere_failure_elsewhere(self):
        self.crm.check()
        self.fake.fail_next(500, path="/xobjects/account")
        with self.assert_refused(Ambiguous, "HTTP 500"):
            self.push()
        self.fake.fail_next(500, path="xoql")
        with self.assert_refused(Transient, "HTTP 500"):
            self.push()

    def test_too_frequent_is_told_with_a_second_to_wait(self):
        self.crm.check()
        self.fake.per_second = 1
        with self.assert_refused(RateLimited, TOO_FREQUENT) as caught:
            for _ in range(3):
                self.push()
        self.assertGreaterEqual(caught.exception.retry_after, 1)

    def test_too_frequent_at_the_sign_in_is_no_wrong_password(self):
        self.fake.fail_next({"code": str(TOO_FREQUENT), "msg": "x"}, path="oauth2")
        with self.assert_refused(RateLimited, TOO_FREQUENT):
            self.crm.check()

    def test_too_many_requests_waits_as_long_as_it_says(self):
        self.fake.fail_next(Reply(429, b"", {"Retry-After": "7"}), path="xoql")
        with self.assert_refused(RateLimited) as caught:
            self.crm.check()
        self.assertEqual(caught.exception.retry_after, 7)

    def test_a_page_of_html_with_http_200_is_no_success(self):
        self.crm.check()
        self.fake.fail_next(Reply(200, b"<html>maintenance"), path="xoql")
        with self.assert_refused(Transient, "no_answer"):
            self.push()
        self.fake.fail_next(Reply(200, b"<html>maintenance"), path="/xobjects/account")
        with self.assert_refused(Ambiguous, "no_answer"):
            self.push()

    def test_a_business_failure_with_http_200_is_told_in_its_words(self):
        with self.assert_refused(Permanent, DUPLICATE) as caught:
            self.fake.fail_next({"code": DUPLICATE, "msg": "违反查重规则"}, path="/xobjects/account/")
            self.crm.request("POST", "/rest/data/v2.0/xobjects/account/", json={}, safe=False)
        self.assertEqual(caught.exception.message, "违反查重规则")

    def test_an_older_error_body_is_understood(self):
        self.fake.fail_next({"error_code": 20000003, "message": "no right"}, path="xoql")
        with self.assert_refused(Permanent, 20000003):
            self.crm.check()


@tagged("post_install", "-at_install")
class TestNeocrmQueries(NeocrmCase):
    NASTY = ("' or '1'='1", "x' or id > 0 or 'x'='", "O''Brien", "'", "''", '" or 1=1', "张三' 🎁", "a' limit 1")

    def test_no_text_breaks_out_of_its_quotes(self):
        self.fake.unique = ""
        self.fake.add("account", accountName="victim", loyaltyNo__c="M1")
        for number in self.NASTY:
            made = self.push(loyaltyNo__c=number)
            self.assertTrue(made.created, number)
            self.assertEqual(self.push(loyaltyNo__c=number).external_id, made.external_id)

    def test_where_quotes_are_escaped_otherwise_it_is_an_error_and_nothing_worse(self):
        self.fake.quoting = "backslash"
        victim = self.fake.add("account", accountName="victim", loyaltyNo__c="M1")
        for number in self.NASTY:
            if "'" in number:
                with self.assert_refused(Permanent, BAD_QUERY):
                    self.push(loyaltyNo__c=number)
        self.assertEqual(self.fake.records["account"][int(victim)]["accountName"], "victim")
        self.assertEqual(len(self.stored()), 1)

    def test_what_cannot_be_quoted_is_refused(self):
        for number in ("a\\", "a\\' or 1=1", "a\nb", "a\0b"):
            with self.assert_refused(Permanent, "bad_text"):
                self.push(loyaltyNo__c=number)

    def test_names_ids_and_stages_are_no_way_in(self):
        for settings in ({"key_field": "id from user --"}, {"member_object": "custom", "custom_object": "a b"}):
            with self.assert_refused(Permanent, "bad_name"):
                self.adapter(**settings).check()
        with self.assert_refused(Permanent, "bad_number"):
            self.adapter(won_stage="1) or (1=1").read_page("won_deal", {}, [])
        with self.assert_refused(Permanent, "bad_name"):
            self.crm.read_page("contact", {}, ["phone from user --"])
        with self.assert_refused(Permanent, "bad_number"):
            self.push("1/../2")

    def test_chinese_and_emoji_survive_the_form(self):
        self.fake.unique = ""
        self.push(loyaltyNo__c="会员🎁1")
        self.assertFalse(self.push(loyaltyNo__c="会员🎁1").created)
