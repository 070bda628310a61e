"""What both sides changed waits for people, who keep ours or take theirs."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_mapping import MappingCase


@tagged("post_install", "-at_install")
class TestConflicts(MappingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("manager", "loyalty_membership.group_manager")
        cls.store = cls.make_user("store", "loyalty_membership.group_store")

    def setUp(self):
        super().setUp()
        self.binding = self.bind(self.member, name="Li Na", street="Old Road", mobile="13800138000")
        self.member.partner_id.street = "Our Road"
        self.theirs = {"name": "Li Na", "street": "Their Road", "mobile": "13800138000"}
        self.result = self.take(self.record(**self.theirs))
        self.conflict = self.found()
        self.fake.records["c1"] = {}

    def found(self):
        return self.env["loyalty.sync.conflict"].search([("connection_id", "=", self.connection.id)])

    def test_it_is_shown_with_both_sides_and_changes_nothing(self):
        self.assertEqual(self.result["conflicts"], ["street"])
        told = self.conflict.with_user(self.manager)
        self.assertEqual(
            (told.field_label, told.base_told, told.local_told, told.remote_told, told.member_id),
            ("Street", "Old Road", "Our Road", "Their Road", self.member),
        )
        self.assertEqual(self.member.partner_id.street, "Our Road")
        self.assertEqual(self.connection.conflict_count, 1)

    def test_while_it_is_open_it_is_neither_sent_nor_found_twice(self):
        self.member.partner_id.name = "Li Nana"
        self.dispatch()
        self.assertNotIn("street", self.fake.records["c1"])
        self.assertEqual(self.fake.records["c1"]["name"], "Li Nana")
        self.take(self.record(**{**self.theirs, "street": "Their New Road", "name": "Li Nana"}))
        self.assertEqual(len(self.found()), 1)
        self.assertEqual(self.conflict.remote_told, "Their New Road")

    def test_ours_is_kept_and_sent(self):
        self.waiting()
        self.conflict.with_user(self.manager).action_keep_ours()
        self.assertEqual(
            (self.conflict.state, self.conflict.resolution, self.conflict.resolved_by_id), ("resolved", "ours", self.manager)
        )
        self.dispatch()
        self.assertEqual(self.fake.records["c1"]["street"], "Our Road")
        self.assertEqual(self.take(self.record(**{**self.theirs, "street": "Our Road"}))["action"], "unchanged")

    def test_theirs_is_taken(self):
        self.conflict.with_user(self.manager).action_take_theirs()
        self.assertEqual((self.member.partner_id.street, self.conflict.resolution), ("Their Road", "theirs"))
        self.assertFalse(self.take(self.record(**self.theirs))["conflicts"])
        self.dispatch()
        self.assertNotIn("street", self.fake.records["c1"])

    def test_many_are_decided_at_once(self):
        self.member.partner_id.phone = "13800138009"
        self.take(self.record(**{**self.theirs, "mobile": "13800138008"}))
        both = self.found()
        self.assertEqual(len(both), 2)
        both.with_user(self.manager).action_take_theirs()
        self.assertEqual((self.member.phone, self.member.partner_id.street), ("+8613800138008", "Their Road"))

    def test_it_is_settled_when_both_say_the_same(self):
        self.take(self.record(**{**self.theirs, "street": "Our Road"}))
        self.assertEqual((self.conflict.state, self.conflict.resolution), ("resolved", "settled"))
        self.assertFalse(self.conflict.resolved_by_id)

    def test_what_was_decided_stays_decided(self):
        self.conflict.action_take_theirs()
        self.member.partner_id.street = "Later Road"
        self.conflict.action_take_theirs()
        self.conflict.action_keep_ours()
        self.assertEqual((self.member.partner_id.street, self.conflict.resolution), ("Later Road", "theirs"))

    def test_only_managers_and_administrators_decide(self):
        for user in (self.store, self.make_user("viewer", "loyalty_membership.group_viewer")):
            for act in ("action_keep_ours", "action_take_theirs"):
                with self.assertRaises(AccessError):
                    getattr(self.conflict.with_user(user), act)()
        self.conflict.with_user(self.make_user("system", "base.group_system")).action_take_theirs()
        self.assertEqual(self.conflict.resolution, "theirs")

    def test_whoever_may_only_look_decides_nothing(self):
        self.env["ir.model.access"].create({
            "name": "look", "model_id": self.env["ir.model"]._get_id("loyalty.sync.conflict"), "perm_read": True,
            "group_id": self.env.ref("loyalty_membership.group_store").id,
        })  # fmt: skip
        looking = self.conflict.with_user(self.store)
        self.assertEqual(looking.remote_told, "Their Road")
        for act in (looking.action_keep_ours, looking.action_take_theirs):
            with self.assertRaises(AccessError):
                act()

    def test_nobody_writes_one_by_rpc(self):
        for user in (self.manager, self.make_user("system", "base.group_system")):
            with self.assertRaises(AccessError):
                self.conflict.with_user(user).write({"remote": "Evil Road"})

    def test_a_manager_of_another_company_does_not_see_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.assertFalse(self.conflict.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            self.conflict.with_user(self.manager).action_keep_ours()
