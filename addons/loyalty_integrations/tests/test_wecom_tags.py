"""Tags at WeCom that are not what a member is: they are put right whoever made them so, and not for ever."""

from odoo import fields
from odoo.tests import tagged

from .common_wecom_connection import WeComConnectionCase


@tagged("post_install", "-at_install")
class TestWeComTagsMended(WeComConnectionCase):
    def setUp(self):
        super().setUp()
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        [self.tier, _other] = self.make_tiers(0, 100)
        self.member.tier_id = self.tier
        self.told()
        self.dispatch()
        self.later()

    def told(self, change="add_external_contact"):
        """WeCom tells of a change, and it is done."""
        number = self.env["loyalty.inbox"].search_count([])
        data = {"kind": change, "external_userid": "wm1", "userid": "zhangsan", "state": "", "at": 0}
        self.env["loyalty.inbox"]._receive(self.connection, "callback", [{"event_id": f"e{number}", "data": data}])
        self.process()

    def read_all(self):
        """All contacts are read, once more."""
        self.connection.cursor_ids.sudo().unlink()
        self.env.flush_all()
        self.connection._pull(float("inf"))
        self.process()

    def later(self, minutes=61):
        """So much time has gone by since anything was sent."""
        bindings = self.env["loyalty.binding"].search([("connection_id", "=", self.connection.id)])
        bindings.last_sync_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=minutes)

    def tags(self, staff="zhangsan"):
        return self.fake.tag_names("wm1", staff)

    def take_off(self):
        """Somebody takes the tags off by hand."""
        self.fake.contacts["wm1"]["follows"]["zhangsan"]["tags"] = []

    def test_tags_taken_off_by_hand_come_back_when_it_is_told(self):
        for change in ("edit_external_contact", "add_half_external_contact"):
            self.take_off()
            self.told(change)
            self.dispatch()
            self.assertEqual(self.tags(), [self.tier.name])

    def test_tags_taken_off_by_hand_come_back_when_all_contacts_are_read(self):
        self.take_off()
        self.read_all()
        self.dispatch()
        self.assertEqual(self.tags(), [self.tier.name])

    def test_a_staff_member_of_whom_nothing_was_told_is_seen_when_all_contacts_are_read(self):
        self.fake.add_contact("wm1", "李娜", staff="lisi")
        self.read_all()
        self.dispatch()
        self.assertEqual((self.tags("lisi"), self.tags()), ([self.tier.name], [self.tier.name]))

    def test_a_tag_of_our_group_added_by_hand_is_taken_off_and_one_of_another_group_stays(self):
        other = self.fake.add_group("门店", "南京路")
        self.fake.groups[0]["tag"].append({"id": "etGold", "name": "Gold", "order": 1})
        self.fake.contacts["wm1"]["follows"]["zhangsan"]["tags"] += [other["南京路"], "etGold"]
        self.read_all()
        self.dispatch()
        self.assertEqual(self.tags(), sorted([self.tier.name, "南京路"]))

    def test_tags_that_are_right_ask_for_nothing(self):
        rows = len(self.dispatch())
        self.told("edit_external_contact")
        self.read_all()
        self.assertEqual(len(self.dispatch()), rows)

    def test_one_who_cannot_be_done_is_tried_again_and_not_with_every_reading(self):
        self.fake.add_contact("wm1", "李娜", staff="lisi")
        self.fake.fail_code(60011, times=2, path="mark_tag")
        for _time in range(3):
            self.read_all()
            self.dispatch()
            self.later(minutes=50)
        self.assertEqual(self.tags("lisi"), [])
        self.assertEqual(len(self.fake.seen("mark_tag")), 2)  # the first was zhangsan's, at the start
        for _time in range(2):
            self.later()
            self.read_all()
            self.dispatch()
        self.assertEqual(self.tags("lisi"), [self.tier.name])

    def test_without_sending_members_nothing_is_mended(self):
        self.connection.push_member = False
        self.take_off()
        self.told("edit_external_contact")
        self.read_all()
        self.assertEqual(self.tags(), [])
        self.assertEqual(self.dispatch().filtered(lambda row: row.state == "pending"), self.env["loyalty.outbox"])

    def test_a_comparison_misses_nobody_who_has_no_contact(self):
        self.env["loyalty.outbox"].search([("connection_id", "=", self.connection.id)]).unlink()
        self.connection._reconcile()
        run = self.env["loyalty.sync.run"].search([("connection_id", "=", self.connection.id), ("flow", "=", "push_member")])
        self.env.flush_all()
        run._work(float("inf"))
        self.env.invalidate_all()
        self.assertEqual((run.state, run.differences, run.count_there), ("done", 0, 1))
