"""Files of members, when one of them is erased."""

from odoo.tests import tagged

from .common_import import MemberImportCase
from .test_member_erasure import FACTS, ErasureCase

HEAD = ("姓名", "手机号", "邮箱", "会员编号", "推荐人", "积分", "备用电话")
PERSON = ("祝英台", "139 1111 2222", "yingtai@example.com", "ZYT7", "", 5, "")
SECRETS = ("祝英台", "13911112222", "139 1111 2222", "yingtai@", "ZYT7")


@tagged("post_install", "-at_install")
class TestMemberImportPrivacy(MemberImportCase, ErasureCase):
    def left(self):
        return self.told_by_the_database(*SECRETS) - FACTS

    def erase_person(self):
        self.erase(self.known("ZYT7"))
        self.env.invalidate_all()

    def test_nothing_of_who_was_imported_is_left_in_rows_and_files(self):
        record = self.land(
            HEAD, PERSON, ("梁山伯", "13911113333", "", "LSB", "ZYT7", 7, "139-1111-2222"),
            ("祝英台", "", "", "ZYT7", "", "", ""),
            ("冲突", "13911113333", "yingtai@example.com", "", "", "", ""),
            points=(("会员", "积分"), ("13911112222", 9), ("LSB", 3)),
        )  # fmt: skip
        self.assertTrue(self.left())
        self.erase_person()
        self.assertEqual(self.left(), set())
        self.assertFalse(record._attachments())
        self.assertEqual(record.state, "done")
        self.assertEqual(self.row_of(record, 2).raw, [])
        self.assertEqual(self.row_of(record, 3).raw, ["梁山伯", "13911113333", None, "LSB", None, 7, None])
        self.assertEqual(self.known("LSB").points, 7)

    def test_who_was_erased_is_not_imported_again_and_the_others_are(self):
        self.land(HEAD, PERSON)
        record = self.check(
            HEAD, PERSON, ("梁山伯", "13911113333", "", "LSB", "139 1111 2222", 7, ""), points=(("会员", "积分"), ("ZYT7", 9))
        )
        record.action_import()
        self.erase_person()
        self.work()
        self.assertLanded(record, created=1, skipped=2)
        self.assertEqual(self.left(), set())
        self.assertFalse(self.known("LSB").referrer_id)

    def test_a_checked_file_goes_on_without_the_person(self):
        self.land(HEAD, PERSON)
        record = self.check(HEAD, PERSON, ("梁山伯", "13911113333", "", "LSB", "", 7, ""))
        self.erase_person()
        self.assertFalse(record._attachments())
        for _again in range(2):
            record.action_check()
            self.work()
        self.assertEqual(record.row_ids.mapped("outcome"), ["unusable", "new"])
        record.action_import()
        self.work()
        self.assertLanded(record, created=1, skipped=1)
        self.assertEqual(self.left(), set())

    def test_a_file_that_is_half_read_is_deleted(self):
        self.land(HEAD, PERSON)
        record = self.check(HEAD, PERSON)
        record._keep({"state": "reading", "total": 0})
        self.erase_person()
        self.assertEqual((record.state, bool(record.forgotten_on), len(record.row_ids)), ("draft", True, 0))
        self.assertFalse(record._attachments())
        self.assertEqual(self.left(), set())

    def test_numbers_that_only_look_alike_stay(self):
        record = self.land(
            HEAD, ("祝英台", "139 1111 2222", "", "ZYT7", "", "", ""), ("王五", "13911113333", "", "W5", "", 44, "ZYT7")
        )
        self.known("ZYT7").card_id.code = "44"
        self.erase_person()
        self.assertEqual(self.row_of(record, 3).raw, ["王五", "13911113333", None, "W5", None, 44, "ZYT7"])

    def test_a_file_without_the_person_stays(self):
        self.land(HEAD, PERSON)
        record = self.check(HEAD, ("王五", "13911113333", "", "W5", "", 44, ""))
        self.erase_person()
        self.assertTrue(record._attachments())
        self.assertEqual(self.row_of(record, 2).name, "王五")
