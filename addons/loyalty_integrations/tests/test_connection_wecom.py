"""From a change of a member to WeCom and back, through the layer."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models.secret import DOTS
from .common_wecom_connection import WeComConnectionCase


@tagged("post_install", "-at_install")
class TestWeComConnection(WeComConnectionCase):
    def told(self, change="add_external_contact", contact="wm1", staff="zhangsan"):
        """A row of the inbox, as the callback leaves it, done."""
        number = self.env["loyalty.inbox"].search_count([])
        data = {"kind": change, "external_userid": contact, "userid": staff, "state": "", "at": 0}
        self.env["loyalty.inbox"]._receive(self.connection, "callback", [{"event_id": f"e{number}", "data": data}])
        return self.process()[-1]

    def take_all(self, dry=False):
        """Read all contacts and do what is to be done of them."""
        with self.connection._adapter() as adapter:
            page = adapter.read_page("external_contact", {}, ())
        return self.connection._take_contacts(page.records, dry=dry)

    def test_testing_it_says_what_it_reaches(self):
        self.connection.action_test()
        self.assertTrue(self.connection.test_passed)
        self.assertEqual(self.connection.test_result, f"会员助手 @ {self.fake.corp_id}, 0 tags in 会员等级")

    def test_a_wrong_secret_stops_it_and_asks_for_help(self):
        self.connection.wecom_secret = "wrong-secret"
        self.connection._pull(float("inf"))
        self.assertEqual(self.connection.state, "error")
        self.assertIn("40001", self.connection.stopped_because)
        self.assertTrue(self.connection.activity_ids)

    def test_an_aes_key_that_is_none_is_refused(self):
        good = self.fake.callback_aes_key
        for key in ("short", good[:-1], f"{good}A", "?" * 43):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.connection.wecom_callback_aes_key = key
        for key in (DOTS, f" {good} ", False):
            self.connection.wecom_callback_aes_key = key

    def test_secrets_are_shown_as_dots_and_to_nobody_else(self):
        self.assertEqual(self.connection.wecom_secret, DOTS)
        manager = self.make_user("wecom-manager", "loyalty_membership.group_manager")
        for name in ("wecom_secret", "wecom_callback_token", "wecom_callback_aes_key", "wecom_callback_url"):
            with self.assertRaises(AccessError):
                self.connection.with_user(manager).read([name])

    def test_a_new_contact_is_bound_and_gets_the_tags(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["138 0013 8000"])
        self.member.tier_id = self.make_tiers(0, 100)[0]
        row = self.told()
        self.assertEqual((row.state, row.result["body"]), ("done", {"action": "updated", "reason": ""}))
        self.assertEqual(self.binding(), "wm1")
        self.dispatch()
        self.assertEqual(self.fake.tag_names("wm1"), ["Tier 0"])

    def test_tags_follow_a_change_of_tier(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        first, second = self.make_tiers(0, 100)
        self.told()
        for tier in (first, second, first):
            self.member.tier_id = tier
            self.dispatch()
            self.assertEqual(self.fake.tag_names("wm1"), [tier.name])

    def test_another_staff_member_who_adds_the_contact_sees_the_tags(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        tier, _other = self.make_tiers(0, 100)
        self.member.tier_id = tier
        self.told()
        self.dispatch()
        self.fake.add_contact("wm1", "李娜", staff="lisi")
        self.assertEqual(self.told(staff="lisi").result["body"]["action"], "unchanged")
        self.dispatch()
        self.assertEqual(self.fake.tag_names("wm1", "lisi"), [tier.name])

    def test_nobody_is_bound_anew(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "李娜的小号", mobiles=["13800138000"])
        self.told()
        self.assertIn("another contact", self.told(contact="wm2").result["body"]["reason"])
        self.assertEqual(self.binding(), "wm1")
        self.fake.contacts["wm1"]["follows"]["zhangsan"]["remark_mobiles"] = ["13800138001"]
        self.told("edit_external_contact")
        self.assertEqual((self.binding(), self.binding(self.other)), ("wm1", ""))

    def test_a_contact_who_could_be_two_members_is_bound_to_neither(self):
        self.fake.add_contact("wm1", "?", mobiles=["13800138000", "13800138001"])
        self.fake.add_contact("wm2", "?", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "?", staff="lisi", mobiles=["13800138001"])
        for contact in ("wm1", "wm2"):
            row = self.told(contact=contact)
            self.assertEqual(row.result["body"], {"action": "skipped", "reason": "It names more than one member."})
        self.assertEqual((self.binding(), self.binding(self.other)), ("", ""))

    def test_a_contact_of_nobody_stays_unbound(self):
        self.fake.add_contact("wm1", "路人", mobiles=["13900000000", "not a number"])
        self.assertEqual(self.told().result["body"], {"action": "skipped", "reason": "No member is known by it."})
        self.assertFalse(self.env["loyalty.binding"].search([("connection_id", "=", self.connection.id)]))

    def test_an_archived_member_is_not_bound(self):
        self.member.active = False
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.assertEqual(self.told().result["body"]["action"], "skipped")
        self.assertEqual(self.binding(), "")

    def test_contacts_can_be_known_by_unionid(self):
        self.connection.wecom_member_link = "unionid"
        self.env["loyalty.member.identity"]._add([(self.other, "external", "unionid", "oU1")])
        self.fake.add_contact("wm1", "王伟", unionid="oU1", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "李娜", mobiles=["13800138000"])
        self.told()
        self.told(contact="wm2")
        self.assertEqual((self.binding(self.other), self.binding()), ("wm1", ""))

    def test_contacts_can_be_known_by_the_code_they_scanned(self):
        self.connection.wecom_member_link = "state"
        self.fake.add_contact("wm1", "王伟", state=self.other.code)
        self.told()
        self.assertEqual(self.binding(self.other), "wm1")

    def test_a_contact_who_is_lost_is_unbound(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm1", "李娜", staff="lisi")
        self.told()
        del self.fake.contacts["wm1"]["follows"]["zhangsan"]
        self.told("del_follow_user")
        self.assertEqual(self.binding(), "wm1", "lisi still has the contact")
        del self.fake.contacts["wm1"]["follows"]["lisi"]
        row = self.told("del_external_contact", staff="lisi")
        self.assertEqual(row.result["body"], {"action": "unbound"})
        self.assertEqual(self.binding(), "")

    def test_tags_of_a_contact_who_is_gone_unbind_it(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.told()
        del self.fake.contacts["wm1"]
        rows = self.dispatch()
        self.assertEqual((rows[-1].state, rows[-1].error_code), ("dead", "40096"))
        self.assertEqual(self.binding(), "")

    def test_a_staff_member_out_of_reach_stops_nobody_else(self):
        for contact, mobile in (("wm1", "13800138000"), ("wm2", "13800138001")):
            self.fake.add_contact(contact, "李娜", mobiles=[mobile])
            self.told(contact=contact)
        (self.member | self.other).tier_id = self.make_tiers(0, 100)[0]
        self.fake.fail_code(60011, path="mark_tag")
        rows = self.dispatch().filtered(lambda row: row.state != "skipped")  # what binding them asked for is superseded
        self.assertEqual(sorted(rows.mapped("state")), ["dead", "done"])
        self.assertEqual(rows.filtered(lambda row: row.state == "dead").error_code, "60011")
        self.assertEqual(self.connection.state, "active")

    def test_an_event_waits_while_the_system_is_busy(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.fail_code(-1, path="externalcontact/get")
        row = self.told()
        self.assertEqual((row.state, row.error_code), ("parked", "-1"))
        row.next_attempt_at = "2026-01-15 08:00:00"
        self.process()
        self.assertEqual((row.state, self.binding()), ("done", "wm1"))

    def test_a_member_without_contact_is_no_failure(self):
        self.member._tell_connections()
        row = self.dispatch()[-1]
        self.assertEqual((row.state, row.error_code), ("done", "no contact is bound to this member yet"))
        self.assertFalse(self.fake.seen("externalcontact/mark_tag"))

    def test_reading_all_contacts_binds_them(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "王伟", staff="lisi", mobiles=["+86 138 0013 8001"])
        self.fake.add_contact("wm3", "路人")
        self.connection._pull(float("inf"))
        self.assertEqual(self.inbox().mapped("kind"), ["contact", "contact"])
        self.process()
        self.assertEqual((self.binding(), self.binding(self.other)), ("wm1", "wm2"))

    def test_reading_all_contacts_again_leaves_no_trace_until_one_can_be_bound(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "新客", mobiles=["13800138099"])
        for bound in (1, 1, 2):
            if bound == 2:
                self.make_member("New", phone="13800138099")
            self.connection.cursor_ids.sudo().unlink()
            self.connection._pull(float("inf"))
            self.assertEqual(set(self.process().mapped("state")), {"done"})
            self.assertEqual(len(self.inbox()), bound)
        self.assertEqual(self.env["loyalty.binding"].search_count([("connection_id", "=", self.connection.id)]), 2)

    def test_a_dry_run_tells_what_it_would_bind_and_binds_nothing(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "路人")
        told = self.take_all(dry=True)
        self.assertEqual([(row["action"], row["member_id"]) for row in told], [("updated", self.member.id), ("skipped", False)])
        self.assertEqual(self.binding(), "")

    def test_a_message_to_a_member_goes_by_the_staff_who_has_the_contact(self):
        self.fake.add_contact("wm1", "李娜", staff="lisi", mobiles=["13800138000"])
        self.told()
        rows, unknown, _unwilling = self.connection._message_members(
            self.member | self.other, {"title": "生日快乐", "text": "双倍积分"}, marketing=False
        )
        self.dispatch()
        self.assertEqual((rows.state, unknown), ("done", self.other))
        self.assertEqual((self.fake.mass[0]["sender"], self.fake.mass[0]["external_userid"]), ("lisi", ["wm1"]))

    def test_a_message_reaches_its_recipient_once(self):
        data = {"to": {"staff": ["zhangsan"]}, "title": "积分到账", "text": "120", "url": "https://loyalty.example.com/m/1"}
        row = self.env["loyalty.outbox"].create({
            "connection_id": self.connection.id, "flow": "push_message", "ordering_key": "message:1", "data": data,
            "idempotency_key": "a" * 32,
        })  # fmt: skip
        self.fake.fail_next("reset_after", path="message/send")
        self.dispatch()
        self.assertIn(row.state, ("retry", "verify"))
        row.next_attempt_at = "2026-01-15 08:00:00"
        self.connection._reset_meter()
        self.dispatch()
        self.assertEqual((row.state, row.error_message), ("done", False))
        self.assertEqual([userid for userid, _body in self.fake.delivered], ["zhangsan"])
