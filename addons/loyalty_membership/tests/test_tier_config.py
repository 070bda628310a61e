from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation


class TierCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create({
            "name": "Club",
            "is_membership": True,
            "tz": "Asia/Shanghai",
            "tier_window": "lifetime",
        })
        cls.base, cls.gold = cls.env["loyalty.tier"].create([
            {"program_id": cls.program.id, "name": "Base", "code": "BASE"},
            {"program_id": cls.program.id, "name": "Gold", "code": "GOLD", "threshold": 1000},
        ])

    @classmethod
    def _member(cls, tier=None, partner=None, program=None, **values):
        partner = partner or cls.env["res.partner"].create({"name": "Lin"})
        member = cls.env["loyalty.member"].create({"program_id": (program or cls.program).id, "partner_id": partner.id, **values})
        member.tier_id = tier or cls.gold
        return member


class TestTierConfig(TierCase):
    @mute_logger("odoo.sql_db")
    def test_two_tiers_of_a_program_cannot_have_the_same_code_or_threshold(self):
        for values in ({"code": "GOLD", "threshold": 1}, {"code": "OTHER", "threshold": 1000}):
            with self.subTest(values), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
                self.env["loyalty.tier"].create({"program_id": self.program.id, "name": "Second", **values})

    def test_archived_tier_leaves_its_threshold_to_another(self):
        self.gold.active = False
        self.gold.flush_recordset()
        tier = self.env["loyalty.tier"].create({"program_id": self.program.id, "name": "New gold", "threshold": 1000})
        self.assertTrue(tier.active)

    @mute_logger("odoo.sql_db")
    def test_multipliers_and_thresholds_that_make_no_sense_are_refused(self):
        for values in ({"earn_multiplier": 0}, {"birthday_multiplier": -1}, {"threshold": -1}):
            with self.subTest(values), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.gold.write(values)
                self.gold.flush_recordset()

    def test_tier_with_members_cannot_be_deleted(self):
        self._member()
        with self.assertRaisesRegex(UserError, "has members"):
            self.gold.unlink()

    def test_tiers_come_from_the_lowest_to_the_highest(self):
        self.env["loyalty.tier"].create({"program_id": self.program.id, "name": "Silver", "threshold": 500})
        tiers = self.env["loyalty.tier"].search([("program_id", "=", self.program.id)])
        self.assertEqual(tiers.mapped("name"), ["Base", "Silver", "Gold"])

    def test_members_of_many_tiers_are_counted_in_one_query(self):
        self._member()
        self._member()
        self.env.flush_all()
        tiers = self.base | self.gold
        tiers.invalidate_recordset(["member_count"])
        with self.assertQueryCount(1):
            counts = tiers.mapped("member_count")
        self.assertEqual(counts, [0, 2])


class TestTierPricelist(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.env.ref("base.group_user").implied_ids += cls.env.ref("product.group_product_pricelist")
        cls.normal, cls.golden, cls.special = cls.env["product.pricelist"].create([
            {"name": name, "sequence": sequence} for name, sequence in (("Normal", 0), ("Golden", 90), ("Special", 91))
        ])
        cls.gold.pricelist_id = cls.golden
        cls.partner = cls.env["res.partner"].create({"name": "Lin"})
        cls.member = cls._member(partner=cls.partner)

    def _pricelist(self, partner=None, **context):
        partner = (partner or self.partner).with_context(**context)
        partner.invalidate_recordset(["property_product_pricelist"])
        return partner.property_product_pricelist

    def test_tier_brings_its_pricelist_and_nothing_is_written_on_the_customer(self):
        self.assertEqual(self._pricelist(), self.golden)
        self.assertFalse(self.partner.specific_property_product_pricelist)

    def test_pricelist_goes_when_the_tier_goes(self):
        self.member.tier_id = self.base
        self.assertNotEqual(self._pricelist(), self.golden)

    def test_pricelist_chosen_by_hand_goes_before_the_tiers(self):
        self.partner.property_product_pricelist = self.special
        self.assertEqual(self._pricelist(), self.special)

    def test_contacts_of_a_member_get_the_members_prices(self):
        contact = self.env["res.partner"].create({"name": "Office", "parent_id": self.partner.id})
        self.assertEqual(self._pricelist(contact), self.golden)

    def test_others_get_the_usual_prices(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertNotEqual(self._pricelist(stranger), self.golden)

    def test_frozen_members_get_the_usual_prices(self):
        self.member._freeze("Asked for")
        self.assertNotEqual(self._pricelist(), self.golden)

    def test_pricelist_of_another_companys_program_does_not_count(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.program.company_id = self.env.company
        partner = self.partner.with_company(company)
        partner.invalidate_recordset(["property_product_pricelist"])
        self.assertNotEqual(partner.property_product_pricelist, self.golden)

    def test_order_of_a_member_has_the_tiers_prices(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        self.assertEqual(order.pricelist_id, self.golden)

    def test_queries_do_not_grow_with_the_number_of_customers(self):
        def queries(number):
            partners = self.env["res.partner"].create([{"name": f"Customer {index}"} for index in range(number)])
            for partner in partners:
                self._member(partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            pricelists = self.env["product.pricelist"]._get_partner_pricelist_multi(partners.ids)
            self.assertEqual(set(pricelists.values()), {self.golden})
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(12))


class TestTierBenefit(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupons = cls.env["loyalty.program"].create({
            "name": "Ten off",
            "program_type": "coupons",
            "applies_on": "current",
            "trigger": "with_code",
            "rule_ids": [],
            "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            "communication_plan_ids": [],
        })
        cls.entry, cls.monthly, cls.birthday, cls.text = cls.env["loyalty.tier.benefit"].create([
            {"tier_id": cls.gold.id, "name": kind, "kind": kind, "coupon_program_id": kind != "text" and cls.coupons.id}
            for kind in ("coupon_entry", "coupon_monthly", "coupon_birthday", "text")
        ])
        cls.member = cls._member(birthdate="1990-11-21")

    def _coupons(self, member=None):
        return self.env["loyalty.card"].search([
            ("program_id", "=", self.coupons.id),
            ("partner_id", "=", (member or self.member).partner_id.id),
        ])

    def _forget(self):
        """Take back what reaching the tier gave in the set-up."""
        self.env["loyalty.tier.benefit.grant"].search([]).unlink()
        self._coupons().unlink()

    def _night(self, moment):
        progress = patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0)
        with freeze_time(moment), progress:
            self.env["loyalty.tier.benefit"]._cron_issue()
        self.env.invalidate_all()

    def test_entry_coupon_is_given_once_an_occasion(self):
        self._forget()
        grants = self.gold.benefit_ids._issue(self.member, "entry 1")
        self.assertEqual(grants.benefit_id, self.entry)
        self.assertEqual(grants.card_id, self._coupons())
        self.assertEqual(grants.card_id.points, 1)
        self.assertFalse(self.gold.benefit_ids._issue(self.member, "entry 1"))
        self.assertTrue(self.gold.benefit_ids._issue(self.member, "entry 2"))
        self.assertEqual(len(self._coupons()), 2)

    def test_monthly_coupon_is_given_once_a_month_however_often_the_night_runs(self):
        self._forget()
        for moment in ("2026-03-01 01:00", "2026-03-01 01:00", "2026-03-30 01:00", "2026-04-01 01:00"):
            self._night(moment)
        grants = self.env["loyalty.tier.benefit.grant"].search([("member_id", "=", self.member.id)])
        self.assertEqual(sorted(grants.mapped("occasion")), ["2026-03", "2026-04"])

    def test_month_begins_in_the_programs_time_zone(self):
        self._forget()
        self._night("2026-03-31 17:00")
        grants = self.env["loyalty.tier.benefit.grant"].search([("member_id", "=", self.member.id)])
        self.assertEqual(grants.mapped("occasion"), ["2026-04"])

    def test_birthday_coupon_is_given_on_the_birthday_and_once(self):
        self.monthly.unlink()
        self._forget()
        self._night("2026-11-19 16:30")
        self.assertFalse(self._coupons())
        for moment in ("2026-11-20 16:30", "2026-11-21 03:00", "2026-11-22 03:00"):
            self._night(moment)
        self.assertEqual(len(self._coupons()), 1)
        self._night("2027-11-21 03:00")
        self.assertEqual(len(self._coupons()), 2)

    def test_birthday_missed_by_a_stopped_server_is_answered_the_next_days(self):
        self.monthly.unlink()
        self._forget()
        self._night("2026-11-23 03:00")
        self.assertEqual(len(self._coupons()), 1)

    def test_born_on_29_february_has_a_birthday_in_common_years(self):
        self.monthly.unlink()
        self.member.birthdate = "1992-02-29"
        self._forget()
        self._night("2027-02-27 03:00")
        self.assertFalse(self._coupons())
        self._night("2027-02-28 03:00")
        self.assertEqual(len(self._coupons()), 1)

    def test_frozen_members_and_other_tiers_get_no_coupons(self):
        other = self._member(self.base)
        self.member._freeze("Asked for")
        self._forget()
        self._night("2026-11-21 03:00")
        self.assertFalse(self._coupons() | self._coupons(other))

    def test_coupon_ends_after_its_days(self):
        self._forget()
        self.entry.valid_days = 30
        with freeze_time("2026-11-01 03:00"):
            grants = self.entry._issue(self.member, "entry 3")
        self.assertEqual(str(grants.card_id.expiration_date), "2026-12-01")

    def test_batch_that_is_stopped_goes_on_where_it_was(self):
        for _index in range(3):
            self._member()
        self._forget()
        steps = iter((60.0, 60.0, 0.0))
        module = "odoo.addons.loyalty_membership.models.loyalty_tier_benefit._BATCH"
        progress = patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: next(steps))
        with progress, patch(module, 1), freeze_time("2026-03-05"):
            self.env["loyalty.tier.benefit"]._cron_issue()
        grants = self.env["loyalty.tier.benefit.grant"]
        self.assertEqual(grants.search_count([("occasion", "=", "2026-03")]), 2)
        self._night("2026-03-05 03:00")
        self.assertEqual(grants.search_count([("occasion", "=", "2026-03")]), 4)

    def test_queries_do_not_grow_with_the_number_of_members(self):
        def queries(number):
            members = self.env["loyalty.member"].browse([self._member().id for _index in range(number)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.entry._issue(members, f"campaign {number}")), number)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(20) - queries(10), 1)

    def test_benefit_with_a_coupon_names_a_coupon_program(self):
        with self.assertRaisesRegex(ValidationError, "not a coupon program"):
            self.entry.coupon_program_id = self.program
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.entry.coupon_program_id = False
            self.entry.flush_recordset()
