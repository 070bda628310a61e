"""The Kingdee adapter signs in, and knows what it is told."""

from odoo.tests import BaseCase, tagged

from ..adapters.base import PULL_DELIVERY, PULL_PURCHASES, PUSH_MEMBER, PUSH_REDEMPTION
from ..adapters.kingdee_sign import client_secret, login_signature, signed_headers
from ..domain.outcomes import AuthInvalid, Permanent
from .common_kingdee import KingdeeCase
from .fakes.base import Reply


@tagged("-at_install", "post_install")
class TestKingdeeSignatures(BaseCase):
    who = {"acct_id": "6290000000abcd", "user": "demo", "app_id": "123456_" + "A" * 32, "app_secret": "0123456789abcdef" * 2}
    url = "https://erp.example.com/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.View.common.kdsvc"

    def test_the_signature_of_a_sign_in_is_the_known_one(self):
        signature = login_signature(self.who, "1768464000")
        self.assertEqual(signature, "30d96bbb89ef70a9a70e05d5f2e679e7c3ec477d8392fa961fc98cd3b748022c")

    def test_the_key_of_the_gateway_is_the_known_one(self):
        self.assertEqual(client_secret(self.who["app_id"]), "MDA1NGYzOTdjNjIzNDM3OGIwOWNhN2Qz")

    def test_the_signed_headers_are_the_known_ones(self):
        told = signed_headers(self.who | {"lcid": 2052, "org_number": "100"}, self.url, "1768464000", "1768464000")
        wanted = {
            "X-Api-ClientID": "123456",
            "X-Api-Auth-Version": "2.0",
            "x-api-timestamp": "1768464000",
            "x-api-nonce": "1768464000",
            "x-api-signheaders": "x-api-timestamp,x-api-nonce",
            "X-Api-Signature": "MjljZWI5OWEwNTFiNjE5ZTkwZmM0ZjkzMzUzNWNhMWFkZWNhYzFjMDJjOWU2ZDZhYWQyZGNjNjAxNDJmOGNhYg==",
            "X-Kd-Appkey": self.who["app_id"],
            "X-Kd-Appdata": "NjI5MDAwMDAwMGFiY2QsZGVtbywyMDUyLDEwMA==",
            "X-Kd-Signature": "YjlhOWZjMWQyNmJkZmFlMTc1MDFjN2UyN2U2ZjhkNmYzOGIzYjc5MmU2MTA3Zjg3MDA1OTM4YjUzNWQzMWFjYg==",
        }
        self.assertEqual(told, wanted)

    def test_an_application_id_without_its_second_half_gives_no_key(self):
        self.assertEqual(client_secret("123456"), "")


@tagged("-at_install", "post_install")
class TestKingdeeSignIn(KingdeeCase):
    def test_it_says_who_it_is_there(self):
        self.assertEqual(self.adapter.check(), "demo @ 6290000000abcd")

    def test_one_session_serves_many_calls(self):
        for _ in range(3):
            self.adapter.check()
        self.assertEqual(len(self.calls("LoginBySign")), 1)

    def test_signed_headers_need_no_session(self):
        self.assertEqual(self.made(sign_in="signed_headers", org_number="100").check(), "demo @ 6290000000abcd")
        self.assertFalse(self.calls("LoginBySign"))

    def test_no_two_signed_requests_use_the_same_nonce(self):
        self.made(sign_in="signed_headers").check()
        nonces = [request.headers["x-api-nonce"] for request in self.fake.requests]
        self.assertEqual(len(set(nonces)), len(nonces))

    def test_the_application_secret_signs_in_too(self):
        self.made(sign_in="app_secret").check()
        self.assertEqual(len(self.calls("LoginByAppSecret")), 1)

    def test_an_older_server_wants_sha1(self):
        self.fake.door.algorithm = "sha1"
        self.assertEqual(self.made(hash="sha1").check(), "demo @ 6290000000abcd")
        with self.assertRaises(AuthInvalid):
            self.made(hash="sha256").check()

    def test_a_wrong_secret_asks_for_help_at_once(self):
        with self.assertRaises(AuthInvalid) as caught:
            self.made(app_secret="wrong").check()
        self.assertIn("用户名或密码错误", caught.exception.message)
        self.assertEqual(len(self.fake.requests), 1, "five wrong tries lock the account")

    def test_a_wrong_secret_in_signed_headers_asks_for_help(self):
        with self.assertRaises(AuthInvalid) as caught:
            self.made(sign_in="signed_headers", app_secret="wrong").check()
        self.assertEqual(caught.exception.code, "4002")

    def test_an_app_id_that_is_none_asks_for_help(self):
        for wrong in ("123456_" + "!" * 32, "123456_AAAA", "积分", "积分_" + "A" * 32):
            with self.assertRaises(AuthInvalid) as caught:
                self.made(sign_in="signed_headers", app_id=wrong).check()
            self.assertEqual(caught.exception.code, "app_id")
            with self.assertRaises(AuthInvalid):
                self.push_member(self.made(sign_in="signed_headers", app_id=wrong))

    def test_chinese_names_sign_in(self):
        self.fake.door.user = "积分同步"
        for how in ("login_by_sign", "signed_headers"):
            self.assertIn("积分同步", self.made(user="积分同步", sign_in=how).check())

    def test_a_session_that_idled_out_is_renewed_and_the_call_repeated(self):
        self.adapter.check()
        self.fake.skew += self.fake.door.idle + 60
        self.assertTrue(self.push_member().external_id)
        self.assertEqual(len(self.calls("LoginBySign")), 2)

    def test_a_session_lost_in_the_middle_of_a_query_is_no_row(self):
        self.sell("XSDD1", 1)
        self.adapter.check()
        self.fake.fail_next("token_expired", path="ExecuteBillQuery")
        records, _cursor, _pages = self.pull()
        self.assertEqual([record.values["FBillNo"] for record in records], ["XSDD1"])

    def test_sessions_that_are_lost_at_once_ask_for_help(self):
        self.fake.fail_next("token_expired", times=2, path="DynamicForm")
        with self.assertRaises(AuthInvalid):
            self.adapter.check()

    def test_another_workers_newer_session_is_not_spoilt_by_an_older_cookie(self):
        self.adapter.check()
        stale = self.adapter.tokens.get("session", None)
        self.made().check()
        newer = next(session for session in self.fake.door.sessions if session != stale)
        del self.fake.door.sessions[stale]
        self.adapter.tokens.renew("session", stale, lambda: (newer, None))
        self.adapter.check()
        self.assertEqual(len(self.calls("LoginBySign")), 2)

    def test_a_clock_that_is_wrong_by_an_hour_is_put_right_by_the_servers(self):
        self.fake.skew = 3600
        self.assertTrue(self.made(sign_in="signed_headers").check())

    def test_a_server_that_takes_no_time_at_all_asks_for_help(self):
        self.fake.fail_next(Reply(519, b'{"errcode":4006,"description":"timestamp expired"}'), times=2)
        with self.assertRaises(AuthInvalid) as caught:
            self.made(sign_in="signed_headers").check()
        self.assertIn("clocks differ", caught.exception.message)

    def test_a_wrong_time_zone_is_noticed_by_documents_from_the_future(self):
        self.sell("XSDD1", 1, modified=self.fake.moment(), approved=self.fake.moment())
        self.assertTrue(self.adapter.check())
        with self.assertRaises(Permanent) as caught:
            self.made(tz="UTC").check()
        self.assertEqual(caught.exception.code, "time_zone")
        self.assertIn("XSDD1", caught.exception.message)

    def test_a_server_whose_clock_is_ahead_has_no_wrong_time_zone(self):
        self.fake.skew = 3600
        self.sell("XSDD1", 1, modified=self.fake.moment(), approved=self.fake.moment())
        self.assertTrue(self.adapter.check())

    def test_a_missing_right_names_the_form(self):
        self.fake.forbidden.add("SAL_RETURNSTOCK")
        with self.assertRaises(AuthInvalid) as caught:
            self.adapter.check()
        self.assertTrue(caught.exception.message.startswith("SAL_RETURNSTOCK: "))

    def test_numbers_that_gifts_need_are_looked_up(self):
        self.fake.add("BD_Customer", "GIFTS", fgroup__fnumber="VIP")
        right = {"org_number": "100", "stock_number": "CK001", "gift_customer": "GIFTS", "customer_group": "VIP"}
        self.assertEqual(self.made(**right).check(), "demo @ 6290000000abcd")
        for wrong in ({"org_number": "999"}, {"stock_number": "NOPE"}, {"gift_customer": "NOBODY"}):
            with self.assertRaises(Permanent) as caught:
                self.made(**right | wrong).check()
            self.assertIn(*wrong.values(), caught.exception.message)

    def test_what_can_not_be_looked_up_is_a_hint(self):
        self.fake.forbidden.add("BD_STOCK")
        told = self.made(stock_number="CK001", customer_group="NOPE").check()
        self.assertIn("warehouse CK001 could not be looked up: 您没有权限查看仓库", told)
        self.assertIn("customer group NOPE", told)

    def test_a_user_who_is_not_on_the_list_of_callers_asks_for_help(self):
        self.fake.door.may_call = False
        with self.assertRaises(AuthInvalid) as caught:
            self.adapter.check()
        self.assertEqual(caught.exception.code, "11")

    def test_a_wrong_address_asks_for_help(self):
        with self.assertRaises(AuthInvalid):
            self.made(base_url=self.fake.url + "/elsewhere/").check()

    def test_neither_secret_nor_session_is_in_the_notes(self):
        self.made(sign_in="app_secret").check()
        session = next(iter(self.fake.door.sessions))
        told = repr(self.notes)
        self.assertNotIn(self.fake.app_secret, told)
        self.assertNotIn(session, told)


@tagged("-at_install", "post_install")
class TestKingdeeFields(KingdeeCase):
    def test_the_systems_own_fields_can_be_picked(self):
        fields = {field.path: field for field in self.adapter.discover("member")}
        self.assertIn("F_LOY_TIER", fields)
        self.assertTrue(fields["FName"].required)
        self.assertIn("FGroup.FNumber", fields)

    def test_fields_of_lines_carry_their_entity(self):
        fields = {field.path for field in self.adapter.discover("sale")}
        self.assertIn("FSaleOrderEntry.F_LOY_TEXT", fields)
        self.assertIn("FSaleOrderEntry.FMaterialId.FNumber", fields)

    def test_an_older_server_that_tells_no_fields_leaves_the_known_ones(self):
        self.fake.fail_next(self.fake_refusal(), path="QueryBusinessInfo")
        self.assertIn("FTEL", {field.path for field in self.adapter.discover("member")})

    @staticmethod
    def fake_refusal():
        return {"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 8, "Errors": []}}}

    def test_flows_and_streams_are_those_of_an_erp(self):
        self.assertEqual(set(self.adapter.streams), {PULL_PURCHASES, PULL_DELIVERY})
        self.assertEqual(set(self.adapter.repeats), {PUSH_MEMBER, PUSH_REDEMPTION})
