"""WeCom's contacts: reading them, and the tags that mirror what they are with us."""

from odoo.tests import tagged

from ..adapters.base import PULL_CONTACTS, PUSH_MEMBER
from ..domain.outcomes import AuthInvalid, Gone, Permanent, RateLimited, Transient
from .common_wecom import WeComCase


@tagged("post_install", "-at_install")
class TestWeComTags(WeComCase):
    def setUp(self):
        super().setUp()
        self.tags = self.fake.add_group("会员等级", "金卡", "银卡")
        self.others = self.fake.add_group("门店", "金卡", "南京路")
        self.fake.add_contact("wm1", "张三", tags=[self.tags["银卡"], self.others["南京路"]])

    def push(self, *names, external_id="wm1"):
        return self.adapter.push(PUSH_MEMBER, {"tags": list(names)}, "k1", external_id)

    def test_tags_follow_the_member_and_only_our_groups_are_taken_away(self):
        sent = self.push("金卡")
        self.assertEqual((sent.external_id, sent.failed), ("wm1", ()))
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡"])
        self.assertIn(self.tags["金卡"], self.fake.contacts["wm1"]["follows"]["zhangsan"]["tags"])

    def test_the_tier_is_a_tag_among_the_others(self):
        self.adapter.push(PUSH_MEMBER, {"tier": "金卡", "tags": ["高价值"]}, "k1", "wm1")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡", "高价值"])
        self.adapter.push(PUSH_MEMBER, {"tier": None, "tags": None}, "k2", "wm1")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路"])

    def test_no_tags_take_away_all_of_our_group(self):
        self.push()
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路"])

    def test_a_payload_without_tags_changes_nothing(self):
        self.adapter.push(PUSH_MEMBER, {"name": "x"}, "k1", "wm1")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "银卡"])
        self.assertFalse(self.fake.seen("mark_tag"))

    def test_missing_tags_are_made_once(self):
        self.push("金卡", "高价值🎉", "高价值🎉", " ", "金卡")
        self.push("金卡", "高价值🎉")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡", "高价值🎉"])
        self.assertEqual(len(self.fake.seen("add_corp_tag")), 1)
        self.assertEqual([t["name"] for t in self.fake.groups[0]["tag"]], ["金卡", "银卡", "高价值🎉"])

    def test_the_group_is_made_where_it_is_missing(self):
        adapter = self.connect(tag_group="新会员")
        adapter.push(PUSH_MEMBER, {"tags": ["金卡"]}, "k1", "wm1")
        self.assertEqual(self.fake.groups[-1]["group_name"], "新会员")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡", "银卡"])

    def test_a_tag_that_somebody_made_meanwhile_is_used(self):
        self.assertEqual(set(self.adapter.tags.known()), {"金卡", "银卡"})
        made = {"id": "etNew", "name": "高价值", "order": 1}
        self.fake.groups[0]["tag"].append(made)
        self.push("高价值")
        self.assertFalse(self.fake.seen("add_corp_tag"))
        self.assertIn("etNew", self.fake.contacts["wm1"]["follows"]["zhangsan"]["tags"])

    def test_a_tag_made_between_reading_and_making_is_used(self):
        self.fake.fail_code(40071, path="add_corp_tag", done=True)
        self.push("高价值")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "高价值"])

    def test_a_tag_that_somebody_deleted_meanwhile_is_made_again(self):
        self.push("金卡")
        self.fake.groups[0]["tag"] = [t for t in self.fake.groups[0]["tag"] if t["name"] != "银卡"]
        self.push("银卡")
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "银卡"])

    def test_pushing_again_asks_for_nothing_to_be_changed(self):
        self.push("金卡")
        self.push("金卡")
        self.assertEqual(len(self.fake.seen("mark_tag")), 1)

    def test_every_member_of_staff_who_has_the_contact_sees_the_tags(self):
        self.fake.add_contact("wm1", "张三", staff="lisi", tags=[self.tags["金卡"]])
        self.push("金卡")
        self.assertEqual(self.fake.tag_names("wm1", "lisi"), ["金卡"])
        self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡"])
        self.assertEqual(len(self.fake.seen("mark_tag")), 1)

    def test_one_member_of_staff_out_of_reach_is_told_and_the_other_done(self):
        self.fake.add_contact("wm1", "张三", staff="lisi")
        for code in (60011, 84061, 60111):
            self.fake.fail_code(code, path="mark_tag")
            sent = self.push("金卡", str(code))
            self.assertEqual([(f.key, f.code) for f in sent.failed], [("zhangsan", str(code))])
            self.assertEqual(self.fake.tag_names("wm1", "lisi"), [str(code), "金卡"])

    def test_nobody_in_reach_is_this_contacts_failure_alone(self):
        self.fake.fail_code(60011, path="mark_tag")
        self.assert_outcome(Permanent, self.push, "金卡", code="60011")
        self.fake.fail_code(60011, path="externalcontact/get")
        self.assert_outcome(Permanent, lambda: self.connect().push(PUSH_MEMBER, {"tags": []}, "k1", "wm1"), code="60011")
        self.fake.foreign_tags.add(self.tags["金卡"])
        self.assert_outcome(Permanent, self.push, "金卡", code="301002")

    def test_what_the_whole_app_may_not_is_no_failure_of_one(self):
        self.fake.add_contact("wm1", "张三", staff="lisi")
        for code in (48002, 60020):
            self.fake.fail_code(code, path="mark_tag")
            self.assert_outcome(AuthInvalid, self.push, "金卡", code=str(code))
        self.fake.fail_code(60011, path="get_corp_tag_list")
        self.assert_outcome(AuthInvalid, self.connect().tags.known, code="60011")

    def test_a_lost_answer_and_a_repeat_end_the_same(self):
        for wrong in ("reset_after", "reset_before", "truncated", 500):
            self.fake.fail_next(wrong, path="mark_tag")
            self.assert_outcome(Transient, self.push, "金卡")
            self.push("金卡")
            self.assertEqual(self.fake.tag_names("wm1"), ["南京路", "金卡"])
            self.push("银卡")

    def test_a_contact_who_left_is_gone(self):
        self.assert_outcome(Gone, lambda: self.push("金卡", external_id="wm9"), code="40096")
        self.fake.contacts["wm1"]["follows"].clear()
        self.assert_outcome(Gone, self.push, "金卡", code="84061")
        nobody = {"errcode": 0, "errmsg": "ok", "external_contact": {"external_userid": "wm1"}, "follow_user": []}
        self.fake.fail_next(nobody, path="externalcontact/get")
        self.assert_outcome(Gone, self.push, "金卡", code="no_follower")

    def test_a_member_without_contact_is_left_alone(self):
        self.assertEqual(self.push("金卡", external_id="").external_id, "")
        self.assertFalse(self.fake.requests)

    def test_without_a_group_nothing_is_tagged(self):
        adapter = self.connect(tag_group="")
        self.assert_outcome(Permanent, adapter.push, PUSH_MEMBER, {"tags": ["金卡"]}, "k1", "wm1", code="no_tag_group")


@tagged("post_install", "-at_install")
class TestWeComContacts(WeComCase):
    def read_all(self, cursor=None):
        cursor, records, pages = cursor or {}, [], 0
        while True:
            page = self.adapter.read_page("external_contact", cursor, ())
            records += page.records
            pages += 1
            cursor = page.cursor
            if page.done:
                return records, pages

    def test_a_contact_has_what_it_is_bound_by(self):
        tags = self.fake.add_group("会员等级", "金卡")
        self.fake.add_contact("wm1", "张三🎉", unionid="oU1", mobiles=["138 0013 8000", ""], state="M000001", tags=[tags["金卡"]])
        [[contact], _pages] = self.read_all()
        values = contact.values
        self.assertEqual(contact.id, "wm1")
        self.assertEqual((values["name"], values["unionid"], values["mobile"]), ("张三🎉", "oU1", "13800138000"))
        self.assertEqual((values["userid"], values["state"], values["tag_ids"]), ("zhangsan", "M000001", [tags["金卡"]]))
        self.assertRegex(values["added"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.adapter.streams[PULL_CONTACTS], ("external_contact",))

    def test_every_number_of_contacts_is_read_to_the_end(self):
        for number in (0, 1, 99, 100, 101, 200):
            self.fake.contacts.clear()
            for i in range(number):
                self.fake.add_contact(f"wm{i}", f"客户{i}")
            records, _pages = self.read_all()
            self.assertEqual(sorted(r.id for r in records), sorted(self.fake.contacts), number)

    def test_every_number_of_staff_is_read_to_the_end(self):
        for number in (0, 1, 100, 101, 250):
            self.fake.staff = {f"user{i:04}" for i in range(number)}
            self.fake.contacts.clear()
            for i in range(number):
                self.fake.add_contact(f"wm{i}", "客户", staff=f"user{i:04}")
            records, _pages = self.read_all()
            self.assertEqual(sorted(r.id for r in records), sorted(self.fake.contacts), number)

    def test_reading_goes_on_where_it_stopped(self):
        for i in range(150):
            self.fake.add_contact(f"wm{i}", "客户")
        page = self.adapter.read_page("external_contact", {}, ())
        self.fake.fail_code(45009, path="get_by_user")
        self.assert_outcome(RateLimited, self.adapter.read_page, "external_contact", page.cursor, ())
        rest, _pages = self.read_all(page.cursor)
        self.assertEqual({r.id for r in page.records} | {r.id for r in rest}, set(self.fake.contacts))
        self.assertEqual(len(rest), 50)

    def test_after_all_was_read_it_rests_by_what_it_took(self):
        for i in range(150):
            self.fake.add_contact(f"wm{i}", "客户")
        self.read_all()
        cursor = {}
        while "rest_until" not in cursor:
            cursor = self.adapter.read_page("external_contact", cursor, ()).cursor
        calls = len(self.fake.requests)
        page = self.adapter.read_page("external_contact", cursor, ())
        self.assertEqual((page.records, page.cursor, page.done), ([], cursor, True))
        self.assertEqual(len(self.fake.requests), calls)
        self.fake.skew = 61  # two pages
        records, _pages = self.read_all(cursor)
        self.assertEqual(len(records), 150)

    def test_staff_without_contacts_ends_nothing(self):
        self.fake.staff = {f"user{i:04}" for i in range(150)}
        self.fake.add_contact("wm1", "张三", staff="user0149")
        records, _pages = self.read_all()
        self.assertEqual([r.id for r in records], ["wm1"])

    def test_a_contact_of_two_staff_comes_once_of_each(self):
        self.fake.add_contact("wm1", "张三", mobiles=["13800138000"])
        self.fake.add_contact("wm1", "张三", staff="lisi")
        records, _pages = self.read_all()
        self.assertEqual(sorted((r.id, r.values["userid"]) for r in records), [("wm1", "lisi"), ("wm1", "zhangsan")])

    def test_one_contact_can_be_fetched_with_all_staff(self):
        for i in range(501):
            self.fake.add_contact("wm1", "张三", staff=f"u{i:03}")
        records = self.adapter.contacts.fetch("wm1")
        self.assertEqual([r.id for r in records], ["wm1"] * 501)
        self.assert_outcome(Gone, self.adapter.contacts.fetch, "wm9", code="40096")
