from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.loyalty_member import check_digit
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestMember(LoyaltyCase):
    def test_number_is_a_barcode_nobody_can_guess(self):
        self.assertRegex(self.member.code, r"^044\d{13}$")
        self.assertEqual(check_digit(self.member.code[:-1]), self.member.code[-1])

    def test_search_by_number_phone_and_name(self):
        for text in (self.member.code, "138 0013 8000", "Li N"):
            self.env.company.country_id = self.env.ref("base.cn")
            found = self.env["loyalty.member"].name_search(text)
            self.assertEqual([member_id for member_id, _name in found], self.member.ids, text)

    def test_an_exact_name_means_that_name(self):
        search = self.env["loyalty.member"].name_search
        self.assertFalse(search("Nobody at all", operator="="))
        self.assertEqual([found[0] for found in search("Li Na", operator="=")], self.member.ids)

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
            member._freeze("Asked for")

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
        for kept in ({"card_id": wallet.id}, {"purchase_count": 5}):
            with self.assertRaises(UserError):
                self.env["loyalty.member"].with_user(clerk).create({**values, **kept})

    def test_points_are_no_field_to_write(self):
        with self.assertRaises(AccessError):
            self.member.points = 1000
        partner = self.env["res.partner"].create({"name": "Rich"})
        for kept in ("points", "lifetime_earned"):
            with self.assertRaises(UserError):
                self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": self.program.id, kept: 1000})

    def test_a_member_stays_in_the_program(self):
        second = self.env["loyalty.program"].create({"name": "Second", "program_type": "loyalty", "is_membership": True})
        with self.assertRaises(UserError):
            self.member.program_id = second

    @freeze_time("2026-06-30 17:00:00")  # the first of July in Shanghai, where the program is
    def test_nobody_is_born_or_joins_in_the_future(self):
        for name in ("birthdate", "joined_on"):
            for day in ("1800-01-01", "2026-07-02", "2026-12-31", "2999-01-01"):
                with self.subTest(name=name, day=day), self.assertRaises(ValidationError):
                    self.member[name] = day
            for day in ("1900-01-01", "2026-06-30", "2026-07-01"):
                self.member[name] = day
                self.assertEqual(str(self.member[name]), day)

    @freeze_time("2026-06-30 17:00:00")
    def test_a_day_that_has_begun_where_the_user_is_counts(self):
        self.program.tz = "America/New_York"
        member = self.member.with_context(tz="Asia/Shanghai")
        member.write({"birthdate": "2026-07-01", "joined_on": "2026-07-01"})
        self.assertEqual(str(member.joined_on), "2026-07-01")
        with self.assertRaises(ValidationError):
            member.with_context(tz="America/New_York").birthdate = "2026-07-01"

    def test_nobody_refers_themselves(self):
        with self.assertRaises(ValidationError):
            self.member.referrer_id = self.member
