"""Who may erase a person, and that nobody brings one back."""

from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_member_erasure import ErasureCase


@tagged("post_install", "-at_install")
class TestMemberErasureRights(ErasureCase):
    # ------------------------------------------------------------ gone is gone

    def test_nobody_brings_back_or_changes_who_was_erased(self):
        self.erase(self.person)
        mine = self.person.with_user(self.manager)
        attempts = {
            "reactivate": lambda: mine._reactivate("Asked for"),
            "unarchive": lambda: mine.write({"active": True}),
            "as superuser": lambda: self.person.write({"state": "active"}),
            "by the card": lambda: self.person.card_id.write({"active": True}),
            "another customer": lambda: self.person.card_id.write({"partner_id": self.other.partner_id.id}),
            "the old number": lambda: mine.card_id.write({"code": "0441"}),
            "birthday": lambda: mine.write({"birthdate": date(1990, 5, 4)}),
            "merge into": lambda: self.person._merge_into(self.other),
            "merge from": lambda: self.other._merge_into(self.person),
            "merge contacts": lambda: self.person._merge_partners(self.person.partner_id, self.other.partner_id),
        }
        for name, attempt in attempts.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "were erased"), self.env.cr.savepoint():
                attempt()
        with self.assertRaises(AccessError):
            self.other.with_user(self.manager).write({"erased_at": fields.Datetime.now()})

    def test_nobody_is_born_erased(self):
        partner = self.env["res.partner"].create({"name": "New"})
        values = {"partner_id": partner.id, "program_id": self.program.id, "erased_at": fields.Datetime.now()}
        with self.assertRaisesRegex(UserError, "Erased On"):
            self.env["loyalty.member"].create(values)

    def test_nothing_of_old_finds_who_was_erased(self):
        number = self.person.code
        self.env["loyalty.member.identity"]._add([(self.person, "external", "till", "E-1")])
        self.erase(self.person)
        members = self.env["loyalty.member"].with_context(active_test=False)
        for text in (number, "13911112222", "2222", "yingtai@example.com", "Zhu Yingtai"):
            with self.subTest(text):
                self.assertNotIn(self.person, members.search([("display_name", "ilike", text)]))
        self.assertEqual(members._resolve(self.program, {number, "13911112222", "yingtai@example.com", "E-1"}, "till"), {})

    def test_the_same_phone_joins_as_a_new_member_with_nothing(self):
        self.buy(120, self.person)
        self.erase(self.person)
        [(member, created)] = self.env["loyalty.member"]._enroll(
            self.program, [{"name": "Zhu Yingtai", "phone": "139 1111 2222"}]
        )
        self.assertTrue(created)
        self.assertNotEqual(member, self.person)
        self.assertEqual((member.points, member.purchase_count, member.state), (0, 0, "active"))

    def test_the_contact_that_stayed_may_join_again_as_a_new_member(self):
        partner = self.person.partner_id
        self.invoice_of(partner)
        self.erase(self.person)
        [(member, created)] = self.env["loyalty.member"]._enroll(self.program, [{"name": "Zhu", "phone": "13911112222"}])
        self.assertTrue(created)
        self.assertEqual(member.partner_id, partner)

    def test_erasing_twice_changes_nothing(self):
        self.grant(10, self.person)
        self.erase(self.person)
        entries, moment = self.person.entry_ids, self.person.erased_at
        with self.assertRaisesRegex(UserError, "nobody left"):
            self.erase(self.person, confirmation="1")
        self.person._erase("again")
        self.assertEqual((self.person.entry_ids, self.person.erased_at), (entries, moment))

    def test_frozen_and_closed_members_can_be_erased_and_several_at_once(self):
        frozen, closed = self.make_member("Frozen"), self.make_member("Closed")
        self.grant(10, frozen)
        self.grant(10, closed)
        frozen.state, closed.state = "frozen", "closed"
        self.erase(frozen, closed, self.person)
        self.assertEqual((frozen | closed | self.person).mapped("state"), ["closed"] * 3)
        self.assertEqual((frozen | closed | self.person).mapped("points"), [0.0] * 3)
        self.assertBalanced()

    # ------------------------------------------------------------ who may, and how

    def test_only_managers_erase(self):
        for group in ("viewer", "store", "marketing", "api"):
            user = self.make_user(f"erase_{group}", f"loyalty_membership.group_{group}")
            with self.subTest(group), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.erase(self.person, user=user)
        self.assertFalse(self.person.erased_at)

    def test_a_manager_of_another_company_erases_nobody_here(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.make_user("erase_stranger", "loyalty_membership.group_manager")
        stranger.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.erase(self.person, user=stranger)
        self.assertFalse(self.person.erased_at)

    def test_a_wrong_number_no_reason_or_a_telling_case_number_is_refused(self):
        refused = {
            "Type the number": {"confirmation": "0440"},
            "Type how many": {"confirmation": "3", "member_ids": [Command.set((self.person | self.other).ids)]},
            "Choose the reason": {"reason": False, "confirmation": self.person.code},
            "must not hold": {"case": "for zhu yingtai", "confirmation": self.person.code},
            "at most 100": {
                "member_ids": [Command.set([self.make_member(f"M{n}").id for n in range(101)])],
                "confirmation": "101",
            },
        }
        for message, values in refused.items():
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self.erase(self.person, **values)
        self.assertFalse((self.person | self.other).filtered("erased_at"))
