from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.loyalty_member import check_digit
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestMember(LoyaltyCase):
    def enroll(self, **row):
        [(member, created)] = self.env["loyalty.member"]._enroll(self.program, [{"name": "Somebody", **row}])
        return member, created

    def test_number_is_a_barcode_nobody_can_guess(self):
        self.assertRegex(self.member.code, r"^044\d{13}$")
        self.assertEqual(check_digit(self.member.code[:-1]), self.member.code[-1])

    def test_one_member_a_partner_and_program(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["loyalty.member"].create({"partner_id": self.member.partner_id.id, "program_id": self.program.id})

    def test_the_same_phone_in_any_form_finds_the_first_member(self):
        for phone in ("138 0013 8000", "+86-13800138000", "008613800138000", "１３８００１３８０００"):
            self.assertEqual(self.enroll(phone=phone), (self.member, False))

    def test_the_same_email_finds_the_first_member(self):
        member, created = self.enroll(email="Zhao@Example.com")
        self.assertTrue(created)
        self.assertEqual(self.enroll(email=" zhao@example.COM"), (member, False))

    def test_the_same_outside_number_finds_the_first_member_of_that_source(self):
        member, _created = self.enroll(source="shop", reference="7")
        self.assertEqual(self.enroll(source="shop", reference="7"), (member, False))
        self.assertTrue(self.enroll(source="till", reference="7")[1])

    def test_twice_in_one_batch_is_one_member(self):
        rows = [{"name": "A", "phone": "13911112222"}, {"name": "A again", "phone": "+8613911112222"}]
        (first, created), (second, again) = self.env["loyalty.member"]._enroll(self.program, rows)
        self.assertEqual((first, created, again), (second, True, False))

    def test_a_customer_that_odoo_has_becomes_the_member(self):
        partner = self.env["res.partner"].create({"name": "Known", "email": "known@example.com"})
        self.assertEqual(self.enroll(email="KNOWN@example.com")[0].partner_id, partner)

    def test_a_changed_phone_is_found_and_the_old_one_free(self):
        self.member.partner_id.phone = "13922223333"
        found = self.env["loyalty.member"]._resolve(self.program, ["13922223333", "13800138000"])
        self.assertEqual(found.get("13922223333"), self.member)
        self.assertNotIn("13800138000", found)

    def test_search_by_number_phone_and_name(self):
        for text in (self.member.code, "138 0013 8000", "Li N"):
            self.env.company.country_id = self.env.ref("base.cn")
            found = self.env["loyalty.member"].name_search(text)
            self.assertEqual([member_id for member_id, _name in found], self.member.ids, text)

    def test_an_exact_name_means_that_name(self):
        search = self.env["loyalty.member"].name_search
        self.assertFalse(search("Nobody at all", operator="="))
        self.assertEqual([found[0] for found in search("Li Na", operator="=")], self.member.ids)

    def test_a_chain_of_merges_ends_at_its_end(self):
        first, second, third = (self.make_member(name) for name in "ABC")
        self.program.hold_days = 3
        self.buy(100, first)
        first._merge_into(second)
        second._merge_into(third)
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.Entry._release_of(first)
        self.assertEqual((first.merged_into_id, self.points(third)), (third, 100))

    def test_store_sees_members_of_the_own_stores_only(self):
        mine, theirs = self.env["crm.team"].create([{"name": "Mine"}, {"name": "Theirs"}])
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        self.env["crm.team.member"].create({"crm_team_id": mine.id, "user_id": clerk.id})
        self.member.team_id, self.other.team_id = mine, theirs
        self.buy(10), self.buy(10, self.other)
        for model in ("loyalty.member", "loyalty.points.entry", "loyalty.transaction"):
            records = self.env[model].with_user(clerk).search([("program_id", "=", self.program.id)])
            members = records if model == "loyalty.member" else records.member_id
            self.assertEqual(members.ids, self.member.ids, model)
        with self.assertRaises(AccessError):
            self.other.with_user(clerk).read(["points"])

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        boss = self.make_user("boss", "loyalty_membership.group_admin")
        boss.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.buy(10)
        for model in ("loyalty.member", "loyalty.points.entry", "loyalty.transaction", "loyalty.program", "loyalty.earning.rule"):
            self.assertFalse(self.env[model].with_user(boss).search([("company_id", "=", self.env.company.id)]), model)
        self.assertFalse(self.env["loyalty.member.identity"].with_user(boss).search([("program_id", "=", self.program.id)]))

    def test_viewer_sees_tier_and_points_and_no_member(self):
        self.make_tiers(0)
        self.member._update_tiers()
        self.buy(10)
        viewer = self.make_user("viewer", "loyalty_membership.group_viewer")
        partner = self.member.partner_id.with_user(viewer)
        self.assertEqual((partner.loyalty_points, partner.loyalty_tier_name), (10, "Tier 0"))
        with self.assertRaises(AccessError):
            self.member.with_user(viewer).read(["points"])

    def test_store_enrols_and_a_viewer_does_not(self):
        partner = self.env["res.partner"].create({"name": "Walk-in"})
        values = {"partner_id": partner.id, "program_id": self.program.id}
        viewer = self.make_user("viewer", "loyalty_membership.group_viewer")
        with self.assertRaises(AccessError):
            self.env["loyalty.member"].with_user(viewer).create(values)
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        member = self.env["loyalty.member"].with_user(clerk).create(values)
        self.assertEqual(member.points, 0)
        with self.assertRaises(AccessError):
            member.action_freeze()

    def test_nobody_writes_what_the_ledger_and_the_journal_keep(self):
        boss = self.make_user("boss", "loyalty_membership.group_admin")
        member = self.member.with_user(boss)
        for name in ("points", "points_pending", "lifetime_earned", "qualifying_points", "purchase_amount", "purchase_count"):
            with self.assertRaises(AccessError):
                member.write({name: 1000})
        for name, value in (("tier_until", "2099-01-01"), ("card_id", self.other.card_id.id), ("merged_into_id", self.other.id)):
            with self.assertRaises(AccessError):
                member.write({name: value})

    def test_store_staff_enrol_at_the_bottom_and_with_a_card_of_their_own(self):
        _low, high = self.make_tiers(0, 500)
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        partner = self.env["res.partner"].create({"name": "Friend"})
        values = {"partner_id": partner.id, "program_id": self.program.id}
        with self.assertRaises(AccessError):
            self.env["loyalty.member"].with_user(clerk).create({**values, "tier_id": high.id})
        wallet = self.env["loyalty.card"].create({
            "program_id": self.env["loyalty.program"].create({"name": "W", "program_type": "ewallet"}).id, "points": 9,
        })  # fmt: skip
        member = self.env["loyalty.member"].with_user(clerk).create({**values, "card_id": wallet.id, "purchase_count": 5})
        self.assertNotEqual(member.card_id, wallet)
        self.assertEqual((member.points, member.purchase_count), (0, 0))

    def test_points_are_no_field_to_write(self):
        with self.assertRaises(AccessError):
            self.member.points = 1000
        partner = self.env["res.partner"].create({"name": "Rich"})
        member = self.env["loyalty.member"].create({
            "partner_id": partner.id, "program_id": self.program.id, "points": 1000, "lifetime_earned": 1000,
        })  # fmt: skip
        self.assertEqual(member.points, 0)

    def test_a_member_stays_in_the_program(self):
        second = self.env["loyalty.program"].create({"name": "Second", "program_type": "loyalty", "is_membership": True})
        with self.assertRaises(UserError):
            self.member.program_id = second

    def test_impossible_dates_and_referrers_are_refused(self):
        with self.assertRaises(ValidationError):
            self.member.birthdate = "1800-01-01"
        with self.assertRaises(ValidationError):
            self.member.referrer_id = self.member

    def test_what_still_arrives_at_a_merged_member_moves_on(self):
        self.grant(100, self.other)
        spent = self.spend(40, self.other)
        self.program.hold_days = 7
        pending = self.buy(50, self.other)
        self.member.action_freeze()
        self.other._merge_into(self.member)
        self.assertEqual((self.points(), self.points(self.other)), (60, 0))
        restored = {"member_id": self.other.id, "kind": "restore", "points": 40, "reverses_id": spent.id}
        self.Entry._restore([restored])
        self.assertEqual((self.points(), self.points(self.other)), (100, 0))
        self.refund(pending, 20)
        with freeze_time(datetime.now() + timedelta(days=8)):
            self.Entry._release_of(self.other)
        self.assertEqual((self.points(), self.points(self.other)), (130, 0))
        self.refund(pending, 30)
        self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_what_expired_before_its_late_release_does_not_move_on(self):
        self.program.write({"hold_days": 3, "expiry_policy": "rolling", "expiry_number": 5, "expiry_unit": "day"})
        self.buy(50, self.other)
        self.other._merge_into(self.member)
        with freeze_time(datetime.now() + timedelta(days=20)):
            self.Entry._release_of(self.other)
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))
        self.assertBalanced()

    def test_merge_keeps_the_higher_tier_and_the_journal(self):
        _low, high = self.make_tiers(0, 500)
        purchase = self.buy(600, self.other)
        self.buy(10)
        self.other._merge_into(self.member)
        self.assertEqual((self.points(), self.member.tier_id), (610, high))
        self.assertEqual(purchase.member_id, self.member)
        self.assertEqual((self.member.purchase_count, self.member.tier_value), (2, 610))
        self.refund(purchase)
        self.assertEqual(self.points(), 10)
        self.assertBalanced()
