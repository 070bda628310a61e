"""What people with some rights try beyond them."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import LoyaltyCase


class GuardCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.make_user("guard_store", "loyalty_membership.group_store")
        cls.manager = cls.make_user("guard_manager", "loyalty_membership.group_manager")


@tagged("post_install", "-at_install")
class TestCardsOfOtherPrograms(GuardCase):
    def test_rights_to_members_make_no_gift_cards(self):
        gifts = self.env["loyalty.program"].create({"name": "Gifts", "program_type": "gift_card"})
        card = self.env["loyalty.card"].create({"program_id": gifts.id, "points": 5})
        for user in (self.store, self.manager):
            cards = self.env["loyalty.card"].with_user(user)
            with self.assertRaises(AccessError):
                cards.create({"program_id": gifts.id, "points": 10_000})
            with self.assertRaises(AccessError):
                cards.browse(card.id).points = 10_000
        self.assertEqual(card.points, 5)

    def test_a_manager_changes_the_card_of_a_member(self):
        member = self.member.with_user(self.manager)
        member.code = "OLD-4711"
        member.partner_id = self.env["res.partner"].create({"name": "Li Na herself"})
        self.assertEqual((self.member.card_id.code, self.member.name), ("OLD-4711", "Li Na herself"))
        with self.assertRaises(AccessError):
            self.member.with_user(self.store).code = "MINE"

    def test_a_manager_of_another_company_does_not(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write({"company_ids": [fields.Command.set(company.ids)], "company_id": company.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.member.with_user(self.manager).with_company(company).code = "MINE"

    def test_an_adjustment_says_why(self):
        wizard = self.env["loyalty.card.update.balance"].with_user(self.manager).create({
            "card_id": self.member.card_id.id, "new_balance": 10, "description": "  ",
        })  # fmt: skip
        with self.assertRaisesRegex(ValidationError, "why"):
            wizard.action_update_card_point()


@tagged("post_install", "-at_install")
class TestWhoseMember(GuardCase):
    def test_name_and_company_are_those_of_customer_and_program(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for user in (self.env.user, self.manager, self.store):
            for vals in ({"company_id": company.id}, {"company_id": False}, {"name": "Somebody"}):
                with self.subTest(vals, user=user.login), self.assertRaisesRegex(UserError, "customer"):
                    self.member.with_user(user).write(vals)
        made = self.make_member("Zhao Min", company_id=company.id)
        self.assertEqual((made.company_id, made.name), (self.program.company_id, "Zhao Min"))

    def merge(self, user, target, source):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user).create({})
        wizard._merge((target | source).ids, target)

    def test_members_are_merged_by_managers(self):
        self.buy(100, self.other)
        self.store.group_ids |= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(AccessError, "Wang Wei.*membership manager"):
            self.merge(self.store, self.member.partner_id, self.other.partner_id)
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        with self.assertRaises(AccessError):
            self.merge(self.store, nobody, self.other.partner_id)
        for group in ("base.group_erp_manager", "account.group_account_invoice"):  # what native code asks of whoever merges
            self.manager.group_ids |= self.env.ref(group)
        self.merge(self.manager, self.member.partner_id, self.other.partner_id)
        self.assertEqual(self.points(), 100)

    def test_a_store_with_history_is_archived_and_not_deleted(self):
        team = self.env["crm.team"].create({"name": "Riverside"})
        self.buy(100, team_id=team.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            team.unlink()
        team.active = False
        self.assertEqual(self.member.transaction_ids.team_id, team)

    def test_a_member_with_purchases_is_not_deleted(self):
        self.rule.active = False
        self.buy(100)
        with self.assertRaisesRegex(UserError, "Close the member"):
            self.member.unlink()

    def test_a_key_of_another_system_reads_no_contacts(self):
        key = self.make_user("guard_till", "loyalty_membership.group_api")
        self.assertNotIn(self.member.partner_id, self.env["res.partner"].with_user(key).search([]))


@tagged("post_install", "-at_install")
class TestWithdrawal(GuardCase):
    def setUp(self):
        super().setUp()
        self.rule.budget_points = 1000
        self.program.hold_days = 5
        self.purchase = self.buy(100)
        self.entry = self.purchase.entry_ids

    def test_a_manager_withdraws_pending_points(self):
        self.refund(self.purchase, 30)
        self.entry.with_user(self.manager).action_withdraw()
        self.env.invalidate_all()
        self.assertEqual((self.entry.state, self.member.points_pending, self.purchase.points), ("void", 0, 0))
        self.assertEqual(self.rule.budget_used, 0)
        self.assertIn("Withdrew 100", self.member.message_ids[0].body)
        with freeze_time(fields.Datetime.now() + timedelta(days=9)):
            self.Entry._release_of(self.member)
            self.refund(self.purchase)
        self.assertEqual(self.points(), 0)
        self.assertBalanced()

    def test_nobody_else_does(self):
        for user in (self.store, self.make_user("guard_marketing", "loyalty_membership.group_marketing")):
            with self.assertRaises(AccessError):
                self.entry.with_user(user).action_withdraw()
        self.assertEqual(self.member.points_pending, 100)

    def test_points_that_were_released_stay(self):
        with freeze_time(fields.Datetime.now() + timedelta(days=9)):
            self.Entry._release_of(self.member)
            with self.assertRaisesRegex(UserError, "adjustment"):
                self.entry.with_user(self.manager).action_withdraw()
        self.assertEqual(self.points(), 100)


@tagged("post_install", "-at_install")
class TestNativeHistory(LoyaltyCase):
    def test_it_is_told_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.member.partner_id.lang = "zh_CN"
        self.grant(10), self.grant(10, self.other)
        told = [member.card_id.history_ids[0].description for member in (self.member, self.other)]
        self.assertEqual(told, ["调整", "Adjusted"])
