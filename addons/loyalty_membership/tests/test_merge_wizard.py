"""Merging and undoing on the screen: who may, what is told before, what is refused."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_merge import MergeCase


@tagged("post_install", "-at_install")
class TestMergeWizard(MergeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = cls.make_user("chief", "loyalty_membership.group_manager")

    def wizard(self, members=None, user=None, **values):
        members = members or self.member | self.other
        wizards = self.env["loyalty.member.merging"].with_user(user or self.chief)
        wizards = wizards.with_context(active_model="loyalty.member", active_ids=members.ids)
        return wizards.create({"reason": "Joined twice", **values})

    def test_a_manager_merges_from_the_list_and_undoes_it(self):
        self.buy(100), self.buy(40, self.other)
        tag = self.env["res.partner.category"].create({"name": "Tea"})
        self.other.partner_id.category_id = tag
        with Form(self.wizard(survivor_id=self.member.id)) as form:
            self.assertIn("Points: 40 move", form.what_moves)
            self.assertIn("Phone: 13800138000 and 13800138001", form.differences)
        action = form.record.action_merge()
        self.assertEqual((action["res_id"], self.points(), self.other.merged_into_id), (self.member.id, 140, self.member))
        self.assertEqual(self.member.partner_id.category_id, tag)
        self.assertIn("Joined twice", self.member.message_ids[0].body)
        merge = self.env["loyalty.member.merge"].with_user(self.chief).search([("merged_id", "=", self.other.id)])
        self.assertEqual((merge.user_id, merge.reason), (self.chief, "Joined twice"))
        self.assertIn("purchase journal: 1", merge.told)
        self.env[merge.action_ask_undo()["res_model"]].with_user(self.chief).create({
            "merge_id": merge.id, "reason": "Twins",
        }).action_undo()  # fmt: skip
        self.env.invalidate_all()
        self.assertEqual((self.points(), self.points(self.other), merge.state), (100, 40, "undone"))
        self.assertEqual((self.member.partner_id.category_id, self.other.partner_id.category_id), (tag.browse(), tag))
        for member in (self.member, self.other):
            self.assertIn("Twins", member.message_ids[0].body)

    def test_the_wizard_proposes_who_buys(self):
        self.buy(10, self.other)
        self.assertEqual(self.wizard().survivor_id, self.other)

    def test_nobody_but_a_manager_merges_or_undoes(self):
        merge = self.other._merge_into(self.member)
        third = self.make_member("Third")
        for group in ("viewer", "store", "marketing"):
            user = self.make_user(group, f"loyalty_membership.group_{group},base.group_partner_manager")
            with self.subTest(group):
                with self.assertRaises(AccessError):
                    self.wizard(self.member | third, user)
                with self.assertRaises(AccessError):
                    merge.with_user(user).read(["reason"])
                with self.assertRaises(AccessError):
                    self.env["loyalty.member.unmerging"].with_user(user).create({"merge_id": merge.id, "reason": "x"})

    def test_what_was_kept_of_contacts_is_nobodys_to_read(self):
        merge = self.other._merge_into(self.member).with_user(self.chief)
        for name in ("contacts", "columns", "moved", "cards"):
            with self.subTest(name), self.assertRaises(AccessError):
                merge.read([name])
        for values in ({"state": "undone"}, {"reason": "other"}):
            with self.assertRaises(AccessError):
                merge.write(values)
        with self.assertRaises(AccessError):
            merge.unlink()

    def test_another_company_is_refused(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.make_user("far", "loyalty_membership.group_manager")
        user.write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        merge = self.other._merge_into(self.member)
        with self.assertRaises(AccessError):
            merge.with_user(user).with_company(elsewhere).read(["reason"])
        with self.assertRaises(AccessError):
            self.wizard(self.member | self.make_member("Third"), user, survivor_id=self.member.id).action_merge()

    def test_what_makes_no_sense_is_refused(self):
        club = self.program.copy({"name": "Second", "is_membership": True})
        foreign = self.make_member("Foreign", program_id=club.id)
        for members, values, said in (
            (self.member, {}, "Choose 2 to"),
            (self.member | self.other, {"reason": " "}, "Say why"),
            (self.member | foreign, {}, "several programs"),
        ):
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                self.wizard(members, **values).action_merge()

    def test_contacts_are_merged_too_if_asked_for_and_undone_anyway(self):
        self.wizard(merge_contacts=True, survivor_id=self.member.id).action_merge()
        self.assertEqual(self.other.partner_id, self.member.partner_id)
        merge = self.env["loyalty.member.merge"].search([("merged_id", "=", self.other.id)])
        merge._undo("Twins")
        self.assertEqual((self.other.partner_id.name, self.known("13800138001")), ("Wang Wei", self.other))
