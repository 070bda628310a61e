"""The Kingdee adapter against a Kingdee of our own, over real sockets."""

import time
from datetime import UTC, datetime

from odoo.tests import BaseCase, tagged

from ..adapters.base import PULL_DELIVERY, PULL_PURCHASES, PUSH_MEMBER, PUSH_REDEMPTION
from ..adapters.kingdee import Kingdee as KingdeeAdapter
from ..adapters.kingdee_sign import client_secret, login_signature, signed_headers
from ..domain.gate import Gate
from ..domain.outcomes import Ambiguous, AuthInvalid, Gone, Permanent, RateLimited, Transient
from .fakes.base import Reply
from .fakes.kingdee import Kingdee

SALE_PATHS = (
    "FBillNo",
    "FDate",
    "FCustId.FNumber",
    "FSaleOrderFinance.FBillAllAmount",
    "FSaleOrderEntry.FEntryID",
    "FSaleOrderEntry.FMaterialId.FNumber",
    "FSaleOrderEntry.FQty",
    "FSaleOrderEntry.FTaxPrice",
)
GIFT = {
    "FDate": "2026-01-15",
    "FCustomerID.FNumber": "LOY-M000001",
    "FEntity.FMaterialID.FNumber": "CUP",
    "FEntity.FRealQty": 2,
    "FNote": "兑换 🎁",
}


def at(text):
    """Seconds since 1970 of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class KingdeeCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(Kingdee())
        self.notes = []
        self.adapter = self.made()

    def made(self, clock=time.time, **settings):
        given = {name: getattr(self.fake, name) for name in Kingdee.options} | {"base_url": self.fake.base_url} | settings
        gate = Gate(allow_private=True, timeout=5, secrets=[self.fake.app_secret], note=self.notes.append)
        self.addCleanup(gate.close)
        return KingdeeAdapter(given, gate, clock=clock)

    def push_member(self, adapter=None, external_id="", key="member-1", **values):
        payload = {"FNumber": "M000001", "FName": "张三"} | values
        return (adapter or self.adapter).push(PUSH_MEMBER, payload, key, external_id)

    def push_gift(self, key="redemption-7", adapter=None, **values):
        return (adapter or self.adapter).push(PUSH_REDEMPTION, GIFT | values, key)

    def customers(self):
        return [record["head"] for record in self.fake.forms["BD_Customer"].records.values()]

    def gifts(self):
        return list(self.fake.forms["SAL_OUTSTOCK"].records.values())

    def calls(self, service):
        return self.fake.seen(f".{service}.common")

    def pull(self, stream="sale", cursor=None, paths=SALE_PATHS, adapter=None, most=1000):
        """Everything until it is done: ``(records in order, last cursor, pages)``."""
        adapter, records, cursor = adapter or self.adapter, [], cursor or {}
        for pages in range(1, most):
            page = adapter.read_page(stream, cursor, paths)
            records += page.records
            cursor = page.cursor
            if page.done:
                return records, cursor, pages
        raise AssertionError("it never ends")

    def sell(self, number, *quantities, day="2026-01-15", **more):
        lines = [
            {"fmaterialid.fnumber": f"SKU-{at}", "fqty": float(quantity), "ftaxprice": 10.0}
            for at, quantity in enumerate(quantities)
        ]
        more.setdefault("modified", f"{day}T10:02:03.123")
        more.setdefault("approved", f"{day}T10:05:00.000")
        return self.fake.add("SAL_SaleOrder", number, lines, fdate=f"{day}T00:00:00", fcustid__fnumber="LOY-M000001", **more)


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

    def test_a_missing_right_names_the_form(self):
        self.fake.forbidden.add("SAL_RETURNSTOCK")
        with self.assertRaises(AuthInvalid) as caught:
            self.adapter.check()
        self.assertTrue(caught.exception.message.startswith("SAL_RETURNSTOCK: "))

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
class TestKingdeeMembers(KingdeeCase):
    def test_a_member_becomes_an_audited_customer(self):
        sent = self.push_member(FTEL="13800000000", **{"FT_BD_CUSTOMEREXT.FEnableSL": False})
        (customer,) = self.customers()
        self.assertTrue(sent.created)
        self.assertEqual(sent.external_id, str(next(iter(self.fake.forms["BD_Customer"].records))))
        self.assertEqual([customer[k] for k in ("fnumber", "fname", "ftel")], ["LOY-M000001", "张三", "13800000000"])
        self.assertEqual(customer["fdocumentstatus"], "C")
        self.assertIs(customer["fenablesl"], False)

    def test_organisation_and_group_come_from_the_settings(self):
        self.push_member(self.made(org_number="100", customer_group="VIP"))
        (customer,) = self.customers()
        told = [customer[f"{k}.fnumber"] for k in ("fcreateorgid", "fuseorgid", "fgroup")]
        self.assertEqual(told, ["100", "100", "VIP"])

    def test_auditing_can_be_left_to_people(self):
        self.push_member(self.made(member_audit="0"))
        self.assertEqual(self.customers()[0]["fdocumentstatus"], "A")

    def test_emoji_and_rare_characters_arrive(self):
        self.push_member(FName="𠮷田 🐼 O'Neil")
        self.assertEqual(self.customers()[0]["fname"], "𠮷田 🐼 O'Neil")

    def test_a_known_customer_is_changed_in_the_given_fields_only(self):
        sent = self.push_member(FTEL="1", FADDRESS="上海")
        again = self.push_member(external_id=sent.external_id, FTEL="2")
        (customer,) = self.customers()
        self.assertEqual((customer["ftel"], customer["faddress"]), ("2", "上海"))
        self.assertEqual((again.external_id, again.created), (sent.external_id, False))
        told = self.calls("Save")[-1].json()["parameters"][1]
        self.assertIn('"IsDeleteEntry":"false"', told)
        self.assertNotIn("FNumber", told.replace('["FNumber"]', ""))

    def test_a_customer_who_was_there_before_is_adopted(self):
        identity = self.fake.add("BD_Customer", "LOY-M000001", fname="旧名")
        sent = self.push_member()
        self.assertEqual((sent.external_id, sent.created), (str(identity), False))
        self.assertEqual([customer["fname"] for customer in self.customers()], ["张三"])

    def test_a_customer_who_was_deleted_is_gone(self):
        sent = self.push_member()
        self.fake.forms["BD_Customer"].records.clear()
        with self.assertRaises(Gone):
            self.push_member(external_id=sent.external_id)

    def test_what_is_wrong_is_said_in_its_words(self):
        with self.assertRaises(Permanent) as caught:
            self.push_member(FName="")
        self.assertEqual((caught.exception.code, caught.exception.message), ("11", "FName: 客户名称是必填项"))

    def test_a_field_that_is_not_there_is_permanent(self):
        with self.assertRaises(Permanent) as caught:
            self.push_member(FNoSuch="x")
        self.assertEqual(caught.exception.code, "9")

    def test_a_mapping_without_a_number_is_refused_before_it_makes_doubles(self):
        with self.assertRaises(Permanent):
            self.push_member(FNumber="")
        self.assertFalse(self.fake.requests)

    def test_a_customer_saved_before_the_connection_broke_is_found(self):
        self.adapter.check()
        self.fake.fail_next("reset_after", path="Save")
        with self.assertRaises(Ambiguous):
            self.push_member()
        sent = self.adapter.find(PUSH_MEMBER, {"FNumber": "M000001"}, "member-1")
        self.assertEqual(sent.external_id, str(next(iter(self.fake.forms["BD_Customer"].records))))

    def test_a_customer_who_never_arrived_is_not_found(self):
        self.fake.fail_next("reset_before", path="Save")
        with self.assertRaises(Ambiguous):
            self.push_member()
        self.assertIsNone(self.adapter.find(PUSH_MEMBER, {"FNumber": "M000001"}, "member-1"))

    def test_the_copies_of_other_organisations_are_not_ours(self):
        self.fake.add("BD_Customer", "LOY-M000001", fuseorgid__fnumber="200")
        ours = self.fake.add("BD_Customer", "LOY-M000001", fuseorgid__fnumber="100")
        found = self.made(org_number="100").find(PUSH_MEMBER, {"FNumber": "M000001"}, "k")
        self.assertEqual(found.external_id, str(ours))

    def test_ids_of_nineteen_digits_stay_what_they_are(self):
        self.fake.next_id = 9007199254740993123
        sent = self.push_member()
        self.assertEqual(sent.external_id, "9007199254740993123")
        self.push_member(external_id=sent.external_id, FTEL="2")
        self.assertEqual(self.customers()[0]["ftel"], "2")

    def test_a_quote_in_a_number_stays_inside_of_the_filter(self):
        self.assertIsNone(self.adapter.find(PUSH_MEMBER, {"FNumber": "x' or FNumber like '%"}, "k"))


@tagged("-at_install", "post_install")
class TestKingdeeFailures(KingdeeCase):
    def refused(self, kind, outcome, push=True, **more):
        self.adapter.check()
        self.fake.fail_next(kind, path=".Save." if push else "ExecuteBillQuery", **more)
        with self.assertRaises(outcome) as caught:
            self.push_member() if push else self.pull()
        return caught.exception

    def told(self, code, message="x"):
        status = {"IsSuccess": False, "MsgCode": code, "Errors": [{"FieldName": None, "Message": message, "DIndex": 0}]}
        return {"Result": {"ResponseStatus": status}}

    def test_the_limit_of_calls_is_a_limit(self):
        self.refused(self.told(14), RateLimited)

    def test_a_record_that_somebody_is_working_on_is_tried_again(self):
        self.refused(self.told(13), Transient)

    def test_a_failed_database_leaves_a_write_unclear_and_a_read_undone(self):
        self.refused(self.told(6), Ambiguous)
        self.refused([[self.told(6)]], Transient, push=False)

    def test_a_missing_right_or_licence_asks_for_help(self):
        for code in (2, 7, 15):
            self.refused(self.told(code), AuthInvalid)

    def test_older_servers_say_a_lost_session_in_words_only(self):
        self.adapter.check()
        self.fake.fail_next(self.told(None, "会话信息已丢失，请重新登录"), path=".Save.")
        self.assertTrue(self.push_member().created)

    def test_codes_may_be_text_and_success_too(self):
        self.refused(self.told("14"), RateLimited)
        self.fake.fail_next({"Result": {"ResponseStatus": {"IsSuccess": "True"}, "Id": "7"}}, path=".Save.")
        self.assertEqual(self.push_member().external_id, "7")

    def test_a_failed_query_in_the_shape_of_a_row_is_a_failure(self):
        error = self.refused([[self.told(9, "字段不存在")]], Permanent, push=False)
        self.assertEqual(error.message, "字段不存在")

    def test_response_error_is_an_error(self):
        error = self.refused(Reply(200, b"response_error:deadlock"), Ambiguous)
        self.assertEqual(error.message, "deadlock")
        self.refused(Reply(200, b"response_error:deadlock"), Transient, push=False)

    def test_an_answer_that_is_no_json_is_no_success(self):
        self.refused(Reply(200, b"<html>login</html>"), Ambiguous)

    def test_an_answer_may_begin_with_a_byte_order_mark(self):
        self.fake.fail_next(Reply(200, b'\xef\xbb\xbf{"Result":{"ResponseStatus":{"IsSuccess":true},"Id":7}}'), path=".Save.")
        self.assertEqual(self.push_member().external_id, "7")

    def test_an_overloaded_server_leaves_a_write_unclear_and_a_read_undone(self):
        self.refused(500, Ambiguous)
        self.refused(500, Transient, push=False)

    def test_a_gateway_that_failed_leaves_a_write_unclear(self):
        self.refused(Reply(519, b'{"errcode":5001,"description":"busy"}'), Ambiguous)

    def test_half_an_answer_is_unclear(self):
        self.refused("truncated", Ambiguous)

    def test_a_server_that_is_off_was_not_reached(self):
        self.adapter.check()
        self.fake.stop()
        with self.assertRaises(Transient):
            self.push_member()

    def test_a_table_of_another_width_is_refused(self):
        self.refused([["a"]], Permanent, push=False)


@tagged("-at_install", "post_install")
class TestKingdeeRedemptions(KingdeeCase):
    def setUp(self):
        super().setUp()
        self.fake.add("BD_Customer", "LOY-M000001", fname="张三")
        self.adapter = self.made(org_number="100", stock_number="CK001")

    def state(self):
        return [gift["head"]["fdocumentstatus"] for gift in self.gifts()]

    def test_a_redemption_becomes_an_audited_outbound_order(self):
        sent = self.push_gift()
        (gift,) = self.gifts()
        self.assertEqual(sent.external_id, str(gift["id"]))
        self.assertEqual(gift["head"]["fbillno"], "LOY-redemption-7")
        self.assertEqual(gift["head"]["fdocumentstatus"], "C")
        self.assertEqual(gift["head"]["fnote"], "兑换 🎁")
        (line,) = gift["lines"]
        told = [line[k] for k in ("fmaterialid.fnumber", "frealqty", "fstockid.fnumber", "fisfree")]
        self.assertEqual(told, ["CUP", 2, "CK001", True])

    def test_the_same_push_twice_is_one_outbound_order(self):
        first, second = self.push_gift(), self.push_gift()
        self.assertEqual((first.external_id, first.created, second.created), (second.external_id, True, False))
        self.assertEqual(self.state(), ["C"])

    def test_the_mapping_goes_before_the_settings(self):
        self.push_gift(**{"FEntity.FStockID.FNumber": "CK002", "FEntity.FIsFree": False})
        (line,) = self.gifts()[0]["lines"]
        self.assertEqual((line["fstockid.fnumber"], line["fisfree"]), ("CK002", False))

    def interrupted(self, service, kind, state):
        """Break off at one step, then do as the dispatcher does: look, and send again what isn't found."""
        self.adapter.check()
        self.fake.fail_next(kind, path=f".{service}.")
        with self.assertRaises(Ambiguous):
            self.push_gift()
        self.assertEqual(self.state(), state)
        found = self.adapter.find(PUSH_REDEMPTION, GIFT, "redemption-7") or self.push_gift()
        self.assertEqual(found.external_id, str(self.gifts()[0]["id"]))
        self.assertEqual(self.state(), ["C"])

    def test_it_goes_on_after_a_save_that_was_done(self):
        self.interrupted("Save", "reset_after", ["A"])

    def test_it_goes_on_after_a_save_that_was_not_done(self):
        self.interrupted("Save", "reset_before", [])

    def test_it_goes_on_after_a_submit_that_was_done(self):
        self.interrupted("Submit", "reset_after", ["B"])

    def test_it_goes_on_after_a_submit_that_was_not_done(self):
        self.interrupted("Submit", "reset_before", ["A"])

    def test_it_goes_on_after_an_audit_that_was_done(self):
        self.interrupted("Audit", "reset_after", ["C"])

    def test_it_goes_on_after_an_audit_that_was_not_done(self):
        self.interrupted("Audit", "reset_before", ["B"])

    def test_an_order_that_somebody_audited_in_the_meantime_is_done(self):
        self.adapter.check()
        self.fake.fail_next({"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 12}}}, path=".Audit.", done=True)
        self.assertIn("C", self.push_gift().detail)
        self.assertEqual(self.state(), ["C"])

    def test_an_order_that_was_sent_back_is_left_to_people(self):
        identity = self.fake.add("SAL_OUTSTOCK", "LOY-redemption-7", status="D")
        with self.assertRaises(Permanent) as caught:
            self.push_gift()
        self.assertEqual(caught.exception.code, "sent_back")
        self.assertIsNone(self.adapter.find(PUSH_REDEMPTION, GIFT, "redemption-7"))
        self.assertEqual([gift["id"] for gift in self.gifts()], [identity])

    def test_goods_that_are_short_are_a_refusal_that_can_be_sent_again(self):
        self.fake.stock["CUP"] = 1
        with self.assertRaises(Permanent) as caught:
            self.push_gift()
        self.assertIn("库存不足", caught.exception.message)
        self.fake.stock["CUP"] = 2
        self.push_gift()
        self.assertEqual((self.state(), self.fake.stock["CUP"]), (["C"], 0))

    def test_people_may_audit_themselves(self):
        for until, state in (("save", "A"), ("submit", "B")):
            adapter = self.made(org_number="100", redemption_until=until)
            self.push_gift(key=until, adapter=adapter)
            self.assertEqual(self.state()[-1], state)
            self.assertTrue(adapter.find(PUSH_REDEMPTION, GIFT, until))

    def test_long_keys_make_short_numbers_that_stay_the_same(self):
        numbers = {self.adapter.bill_number("x" * 64), self.adapter.bill_number("x" * 63), self.adapter.bill_number("x" * 64)}
        self.assertEqual(len(numbers), 2)
        self.assertTrue(all(len(number) == 30 and number.startswith("LOY-") for number in numbers))

    def test_an_unknown_customer_is_said(self):
        with self.assertRaises(Permanent) as caught:
            self.push_gift(**{"FCustomerID.FNumber": "LOY-nobody"})
        self.assertIn("客户", caught.exception.message)


@tagged("-at_install", "post_install")
class TestKingdeePurchases(KingdeeCase):
    def numbers(self, records):
        return [record.values["FBillNo"] for record in records]

    def test_an_order_comes_with_its_lines(self):
        identity = self.sell("XSDD1", 2, 1)
        (record,), _cursor, pages = self.pull()
        self.assertEqual(record.id, str(identity))
        self.assertEqual(
            record.values,
            {
                "FBillNo": "XSDD1",
                "FDate": "2026-01-15",
                "FCustId.FNumber": "LOY-M000001",
                "FSaleOrderFinance.FBillAllAmount": 30.0,
            },
        )
        told = [(line["FSaleOrderEntry.FMaterialId.FNumber"], line["FSaleOrderEntry.FQty"]) for line in record.lines]
        self.assertEqual(told, [("SKU-0", 2.0), ("SKU-1", 1.0)])
        self.assertEqual(record.modified, "2026-01-15T02:05:00.000Z", "the server's clock shows Chinese time")
        self.assertEqual(pages, 1, "a small pull is one call")

    def test_only_audited_documents_count(self):
        for number, state in (("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("Z", "Z")):
            self.sell(number, 1, status=state)
        self.assertEqual(self.numbers(self.pull()[0]), ["C"])

    def test_an_order_audited_days_after_it_was_changed_is_not_missed(self):
        adapter = self.made(clock=lambda: at("2026-01-16T00:00:00"))
        identity = self.sell("XSDD1", 1, status="B", modified="2026-01-15T10:00:00.000", approved=None)
        self.fake.forms["SAL_SaleOrder"].records[identity]["head"]["fapprovedate"] = None
        records, cursor, _pages = self.pull(adapter=adapter)
        self.assertFalse(records)
        head = self.fake.forms["SAL_SaleOrder"].records[identity]["head"]
        head |= {"fdocumentstatus": "C", "fapprovedate": "2026-01-18T09:00:00.000"}
        later = self.made(clock=lambda: at("2026-01-19T00:00:00"))
        self.assertEqual(self.numbers(self.pull(cursor=cursor, adapter=later)[0]), ["XSDD1"])

    def test_the_second_pull_begins_some_minutes_before_the_first_one_ended(self):
        adapter = self.made(clock=lambda: at("2026-01-15T04:00:00"))
        _records, cursor, _pages = self.pull(adapter=adapter)
        self.assertEqual(cursor, {"since": "2026-01-15T03:55:00Z"})
        self.sell("LATE", 1, modified="2026-01-15T11:57:00.000", approved="2026-01-15T11:57:00.000")
        self.sell("OLD", 1, modified="2026-01-15T11:54:59.000", approved="2026-01-15T11:54:59.000")
        later = self.made(clock=lambda: at("2026-01-15T05:00:00"))
        self.assertEqual(self.numbers(self.pull(cursor=cursor, adapter=later)[0]), ["LATE"])

    def test_a_pull_may_begin_at_a_time(self):
        self.sell("OLD", 1, day="2025-12-31")
        self.sell("NEW", 1, day="2026-01-02")
        self.assertEqual(self.numbers(self.pull(cursor={"since": "2026-01-01T00:00:00Z"})[0]), ["NEW"])
        self.assertEqual(self.numbers(self.pull(adapter=self.made(since="2026-01-01"))[0]), ["NEW"])

    def test_the_server_may_live_in_another_time_zone(self):
        self.sell("XSDD1", 1)
        (record,), _cursor, _pages = self.pull(adapter=self.made(tz="Europe/London"))
        self.assertEqual(record.modified, "2026-01-15T10:05:00.000Z")

    def test_pages_of_every_size_give_every_order_once_and_whole(self):
        for count in (0, 1, 3, 4, 7):
            self.fake.forms["SAL_SaleOrder"].records.clear()
            wanted = {f"N{number}": 1 + number % 3 for number in range(count)}
            for number, lines in wanted.items():
                self.sell(number, *([1] * lines))  # all with the same times
            for size in (1, 2, 3, 4, 1000):
                records, cursor, _pages = self.pull(adapter=self.made(page_size=size))
                self.assertEqual({r.values["FBillNo"]: len(r.lines) for r in records}, wanted)
                self.assertEqual(len(records), count)
                self.assertNotIn("after", cursor)

    def test_a_server_that_gives_fewer_rows_than_asked_for_hides_nothing(self):
        self.fake.query_limit = 150
        for number in range(200):
            self.sell(f"N{number}", 1, 1)
        records, _cursor, _pages = self.pull()
        self.assertEqual({len(record.lines) for record in records}, {2})
        self.assertEqual(len(records), 200)

    def test_an_order_with_more_lines_than_a_page_is_whole(self):
        self.sell("BEFORE", 1)
        self.sell("BIG", *range(1, 26))
        self.sell("AFTER", 1)
        records, _cursor, _pages = self.pull(adapter=self.made(page_size=10))
        self.assertEqual([(r.values["FBillNo"], len(r.lines)) for r in records], [("BEFORE", 1), ("BIG", 25), ("AFTER", 1)])
        self.assertEqual([line["FSaleOrderEntry.FQty"] for line in records[1].lines], [float(n) for n in range(1, 26)])

    def test_nothing_is_missed_while_orders_change_under_the_reader(self):
        for number in range(12):
            self.sell(f"N{number}", 1)
        orders = self.fake.forms["SAL_SaleOrder"].records

        def touch(form, rows):
            first = next(iter(orders.values()))["head"]
            first["fmodifydate"] = self.fake.moment()  # would move to the end of an order by time, and shift every offset

        self.fake.after_query = touch
        seen, cursor, _pages = self.pull(adapter=self.made(page_size=3))
        self.fake.after_query = lambda form, rows: None
        again, _cursor, _pages = self.pull(cursor=cursor, adapter=self.made(clock=lambda: time.time() + 60))
        self.assertEqual({f"N{number}" for number in range(12)}, set(self.numbers(seen + again)))

    def test_an_interrupted_pull_goes_on_where_it_was(self):
        for number in range(10):
            self.sell(f"N{number}", 1)
        adapter = self.made(page_size=4)
        page = adapter.read_page("sale", {}, SALE_PATHS)
        self.fake.fail_next("reset_before")
        with self.assertRaises(Transient):
            adapter.read_page("sale", page.cursor, SALE_PATHS)
        rest, _cursor, _pages = self.pull(cursor=page.cursor, adapter=adapter)
        self.assertEqual(self.numbers(page.records + rest), [f"N{number}" for number in range(10)])

    def test_what_counts_is_ordered_or_delivered_never_both(self):
        self.sell("XSDD1", 1)
        self.fake.add("SAL_OUTSTOCK", "XSCKD1", [{"frealqty": 1.0}], fcustomerid__fnumber="LOY-M000001")
        paths = ("FBillNo", "FEntity.FRealQty")
        self.assertFalse(self.pull("outbound", paths=paths)[0])
        delivered = self.made(earn_on="outbound")
        self.assertEqual(self.numbers(self.pull("outbound", paths=paths, adapter=delivered)[0]), ["XSCKD1"])
        self.assertFalse(self.pull("sale", adapter=delivered)[0])

    def test_our_own_gifts_are_no_purchases(self):
        self.fake.add("BD_Customer", "LOY-M000001", fname="张三")
        adapter = self.made(earn_on="outbound", org_number="100")
        self.push_gift(adapter=adapter)
        self.assertFalse(self.pull("outbound", paths=("FBillNo", "FEntity.FRealQty"), adapter=adapter)[0])

    def test_returns_come_with_the_order_that_they_return(self):
        lines = [{"fmaterialid.fnumber": "SKU-1", "frealqty": 1.0, "forderno": "XSDD1"}]
        self.fake.add("SAL_RETURNSTOCK", "XSTHD1", lines, fretcustid__fnumber="LOY-M000001")
        paths = ("FBillNo", "FRetcustId.FNumber", "FEntity.FOrderNo", "FEntity.FRealQty")
        (record,), _cursor, _pages = self.pull("return", paths=paths)
        self.assertEqual(record.values["FRetcustId.FNumber"], "LOY-M000001")
        line = self.fake.forms["SAL_RETURNSTOCK"].records[int(record.id)]["lines"][0]["fentity_fentryid"]
        self.assertEqual(record.lines, ({"FEntity.FEntryID": line, "FEntity.FOrderNo": "XSDD1", "FEntity.FRealQty": 1.0},))

    def test_ids_of_nineteen_digits_are_pages_too(self):
        self.fake.next_id = 9007199254740993001
        for number in range(5):
            self.sell(f"N{number}", 1)
        records, _cursor, _pages = self.pull(adapter=self.made(page_size=2))
        self.assertEqual([record.id for record in records], [f"900719925474099300{n}" for n in range(1, 6)])

    def test_a_field_of_ones_own_can_be_asked_for(self):
        identity = self.sell("XSDD1", 1)
        self.fake.forms["SAL_SaleOrder"].records[identity]["lines"][0]["f_loy_text"] = "促销"
        (record,), _cursor, _pages = self.pull(paths=("FBillNo", "FSaleOrderEntry.F_LOY_TEXT"))
        self.assertEqual([line["FSaleOrderEntry.F_LOY_TEXT"] for line in record.lines], ["促销"])

    def test_a_field_that_is_not_there_is_named(self):
        with self.assertRaises(Permanent) as caught:
            self.pull(paths=("FBillNo", "FNoSuch"))
        self.assertIn("fnosuch", caught.exception.message)

    def test_signed_headers_pull_as_well(self):
        self.sell("XSDD1", 1, 1)
        records, _cursor, _pages = self.pull(adapter=self.made(sign_in="signed_headers"))
        self.assertEqual(len(records[0].lines), 2)


@tagged("-at_install", "post_install")
class TestKingdeeDelivery(KingdeeCase):
    paths = ("FBillNo", "FDocumentStatus", "FCarriageNO", "FApproveDate")

    def test_the_state_of_our_gifts_is_read_and_of_no_others(self):
        self.fake.add("SAL_OUTSTOCK", "XSCKD1")
        gift = self.fake.add("SAL_OUTSTOCK", "LOY-7", status="C", approved="2026-01-15T10:00:00.000", fcarriageno="SF123")
        self.fake.add("SAL_OUTSTOCK", "LOY-8", status="B")
        records, _cursor, _pages = self.pull("delivery", paths=self.paths)
        told = [(record.id, record.values["FDocumentStatus"]) for record in records]
        self.assertEqual(told, [(str(gift), "C"), (str(gift + 1), "B")])
        self.assertEqual(records[0].values["FCarriageNO"], "SF123")
        self.assertEqual(records[0].values["FApproveDate"], "2026-01-15T02:00:00.000Z")

    def test_a_gift_that_is_audited_later_comes_again(self):
        identity = self.fake.add("SAL_OUTSTOCK", "LOY-7", status="B", modified="2026-01-15T10:00:00.000")
        early = self.made(clock=lambda: at("2026-01-15T03:00:00"))
        first, cursor, _pages = self.pull("delivery", paths=self.paths, adapter=early)
        self.fake.forms["SAL_OUTSTOCK"].records[identity]["head"] |= {
            "fdocumentstatus": "C",
            "fapprovedate": "2026-01-15T18:00:00.000",
        }
        second, _cursor, _pages = self.pull("delivery", cursor=cursor, paths=self.paths)
        self.assertEqual([r.values["FDocumentStatus"] for r in first + second], ["B", "C"])


@tagged("-at_install", "post_install")
class TestKingdeeListing(KingdeeCase):
    def test_all_members_there_are_listed_and_nobody_else(self):
        wanted = [f"LOY-M{number:06}" for number in range(5)]
        for number in [*wanted, "CUST0001", "LOYAL-1"]:
            self.fake.add("BD_Customer", number, fname=number)
        for size in (1, 2, 5, 1000):
            adapter, cursor, found, done = self.made(page_size=size), {}, [], False
            while not done:
                page = adapter.listing("member", cursor, ("FName",))
                found += [record.values["FName"] for record in page.records]
                cursor, done = page.cursor, page.done
            self.assertEqual(found, wanted)


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
