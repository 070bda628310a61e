"""Whatever a Kingdee answers is understood."""

from odoo.tests import tagged

from ..adapters.base import PUSH_MEMBER
from ..domain.gate import Gate
from ..domain.outcomes import Ambiguous, AuthInvalid, Permanent, RateLimited, Transient
from .common_kingdee import KingdeeCase
from .fakes.base import Reply


@tagged("-at_install", "post_install")
class TestKingdeeFailures(KingdeeCase):
    def assert_outcome(self, kind, outcome, push=True, **more):
        self.adapter.check()
        self.fake.fail_next(kind, path=".Save." if push else "ExecuteBillQuery", **more)
        with self.assertRaises(outcome) as caught:
            self.push_member() if push else self.pull()
        return caught.exception

    def told(self, code, message="x"):
        status = {"IsSuccess": False, "MsgCode": code, "Errors": [{"FieldName": None, "Message": message, "DIndex": 0}]}
        return {"Result": {"ResponseStatus": status}}

    def test_the_limit_of_calls_is_a_limit(self):
        self.assert_outcome(self.told(14), RateLimited)

    def test_a_record_that_somebody_is_working_on_is_tried_again(self):
        self.assert_outcome(self.told(13), Transient)

    def test_a_failed_database_leaves_a_write_unclear_and_a_read_undone(self):
        self.assert_outcome(self.told(6), Ambiguous)
        self.assert_outcome([[self.told(6)]], Transient, push=False)

    def test_a_missing_right_or_licence_asks_for_help(self):
        for code in (2, 7, 15):
            self.assert_outcome(self.told(code), AuthInvalid)

    def test_a_lost_session_is_known_by_its_code_in_whatever_language(self):
        self.adapter.check()
        self.fake.fail_next(self.told(1, "The session is lost"), path=".Save.")
        self.assertTrue(self.push_member().created)

    def test_older_servers_say_a_lost_session_in_words_only(self):
        self.adapter.check()
        self.fake.fail_next(self.told(None, "会话信息已丢失，请重新登录"), path=".Save.")
        self.assertTrue(self.push_member().created)

    def test_codes_may_be_text_and_success_too(self):
        self.assert_outcome(self.told("14"), RateLimited)
        self.fake.fail_next({"Result": {"ResponseStatus": {"IsSuccess": "True"}, "Id": "7"}}, path=".Save.")
        self.assertEqual(self.push_member().external_id, "7")

    def test_a_failed_query_in_the_shape_of_a_row_is_a_failure(self):
        error = self.assert_outcome([[self.told(9, "字段不存在")]], Permanent, push=False)
        self.assertEqual(error.message, "字段不存在")

    def test_response_error_is_an_error(self):
        error = self.assert_outcome(Reply(200, b"response_error:deadlock"), Ambiguous)
        self.assertEqual(error.message, "deadlock")
        self.assert_outcome(Reply(200, b"response_error:deadlock"), Transient, push=False)

    def test_an_answer_that_is_no_json_is_no_success(self):
        self.assert_outcome(Reply(200, b"<html>login</html>"), Ambiguous)

    def test_an_answer_may_begin_with_a_byte_order_mark(self):
        self.fake.fail_next(Reply(200, b'\xef\xbb\xbf{"Result":{"ResponseStatus":{"IsSuccess":true},"Id":7}}'), path=".Save.")
        self.assertEqual(self.push_member().external_id, "7")

    def test_an_overloaded_server_leaves_a_write_unclear_and_a_read_undone(self):
        self.assert_outcome(500, Ambiguous)
        self.assert_outcome(500, Transient, push=False)

    def test_a_gateway_that_failed_leaves_a_write_unclear(self):
        self.assert_outcome(Reply(519, b'{"errcode":5001,"description":"busy"}'), Ambiguous)

    def test_an_answer_that_takes_too_long_leaves_a_write_unclear_and_done_once(self):
        self.adapter.check()
        self.fake.fail_next("slow", path=".Save.", seconds=30)
        with self.assertRaises(Ambiguous) as caught:
            self.push_member()
        self.assertEqual(caught.exception.code, "read_timeout")
        found = self.adapter.find(PUSH_MEMBER, {"FNumber": "M000001"}, "member-1")
        self.assertEqual((found.external_id, len(self.customers())), (str(next(iter(self.fake.forms["BD_Customer"].records))), 1))

    def test_a_slow_page_is_waited_for(self):
        self.sell("XSDD1", 1)
        self.fake.fail_next("slow", path="ExecuteBillQuery", seconds=2)
        gate = Gate(allow_private=True, timeout=1)
        self.addCleanup(gate.close)
        self.adapter.http = gate
        self.assertEqual(self.numbers(self.pull()[0]), ["XSDD1"])

    def test_half_an_answer_is_unclear(self):
        self.assert_outcome("truncated", Ambiguous)

    def test_a_server_that_is_off_was_not_reached(self):
        self.adapter.check()
        self.fake.stop()
        with self.assertRaises(Transient):
            self.push_member()

    def test_a_table_of_another_width_is_refused(self):
        self.assert_outcome([["a"]], Permanent, push=False)
