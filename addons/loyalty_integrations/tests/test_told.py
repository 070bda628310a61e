"""Wrong settings, tried on what stands in for each system: what is said of them, and what to do."""

from odoo.tests import tagged

from ..domain.outcomes import AuthInvalid, Permanent
from .common import EchoCase
from .common_kingdee_connection import KingdeeConnectionCase
from .common_wecom_connection import WeComConnectionCase
from .fakes.base import Reply
from .test_neocrm import NeocrmConnectionCase

ADDRESS = "There is no such service at this address: check it"
STRANGER = "What answers there is another program: check the address"
NO_ADDRESS = "This is no address: it begins with https://"


class Told:
    def told(self, **values):
        """What the test says once these settings are wrong."""
        self.connection.write(values)
        self.connection.action_test()
        self.assertFalse(self.connection.test_passed)
        return self.connection.test_result


@tagged("post_install", "-at_install")
class TestToldOfKingdee(Told, KingdeeConnectionCase):
    def test_wrong_addresses(self):
        url = self.fake.url
        self.assertTrue(self.told(kingdee_base_url=f"{url}/K3/").startswith(ADDRESS))
        self.assertTrue(self.told(kingdee_base_url="erp.example.com/K3Cloud").startswith(NO_ADDRESS))
        self.fake.fail_next(Reply(200, b"<html>welcome"))
        self.assertTrue(self.told(kingdee_base_url=self.fake.base_url).startswith(STRANGER))

    def test_words_of_the_system_end_before_our_advice_begins(self):
        self.assertRegex(self.told(kingdee_app_secret="wrong"), "[。.] Check its secrets, ")


@tagged("post_install", "-at_install")
class TestToldOfNeocrm(Told, NeocrmConnectionCase):
    def test_wrong_addresses(self):
        self.fake.fail_next(Reply(404, b"<html>not found"))
        self.assertTrue(self.told(neocrm_token_url=self.fake.url + "/oauth2/token").startswith(ADDRESS))
        self.assertTrue(self.told(neocrm_token_url="login.xiaoshouyi.com").startswith(NO_ADDRESS))
        self.fake.fail_next(Reply(200, b"<html>welcome"))
        self.assertTrue(self.told(neocrm_token_url=self.fake.url + "/auc/oauth2/token").startswith(STRANGER))

    def test_wrong_settings_are_named_with_the_words_of_the_adapter_as_detail(self):
        told = self.told(neocrm_key_field="memberCode__c")
        self.assertTrue(
            told.startswith("The field for our number is not there: make it, or name another. ([no_key_field] account")
        )
        wrong = {"neocrm_match_field": "mobile", "neocrm_entity_type": "999", "neocrm_custom_object": "nope__c"}
        for name, value in wrong.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                kind = {"neocrm_member_object": "custom"} if name == "neocrm_custom_object" else {}
                self.assertIn(value, self.told(neocrm_key_field="loyaltyNo__c", **{name: value}, **kind))
                savepoint.rollback()
        self.assertTrue(self.told(neocrm_client_id="x").startswith("Client ID or client secret is wrong. ("))


@tagged("post_install", "-at_install")
class TestToldOfWeCom(Told, WeComConnectionCase):
    def test_wrong_addresses(self):
        self.assertTrue(self.told(wecom_api_url=self.fake.url + "/cgi-bin").startswith(ADDRESS))
        self.assertTrue(self.told(wecom_api_url="qyapi.weixin.qq.com").startswith(NO_ADDRESS))
        self.fake.fail_next(Reply(200, b"<html>welcome"))
        self.assertTrue(self.told(wecom_api_url=self.fake.url).startswith(STRANGER))

    def test_a_wrong_secret_is_told_with_what_to_do(self):
        self.assertRegex(self.told(wecom_secret="wrong"), r"[。.] Check its secrets, ")


@tagged("post_install", "-at_install")
class TestTold(EchoCase):
    def test_a_stopped_connection_is_told_in_the_language_of_who_is_responsible(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        boss = self.make_user("boss", "loyalty_membership.group_manager")
        boss.lang = "zh_CN"
        self.connection.user_id = boss
        self.connection._stop(AuthInvalid("HTTP 403", "403"))
        self.assertIn("请检查密钥", self.connection.stopped_because)

    def test_a_row_says_what_its_error_means(self):
        self.member.partner_id.name = "Other"
        row = self.noted()
        row.write({"state": "dead", "error_code": "several", "error_message": "2 records"})
        self.assertIn("give one of them the member number", row.error_meaning)
        row.error_code = "1010002"
        self.assertFalse(row.error_meaning)

    def test_what_nobody_knows_is_told_as_it_came(self):
        self.assertEqual(self.connection._told(Permanent("名称必录", "4711")), "[4711] 名称必录。")
