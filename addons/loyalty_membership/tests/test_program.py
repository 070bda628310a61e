from datetime import date, datetime
from decimal import Decimal

from freezegun import freeze_time
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation


class TestProgram(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Program = cls.env["loyalty.program"]
        cls.program = cls.Program.create({"name": "Club", "is_membership": True, "tz": "Asia/Shanghai"})

    def _member(self, program=None, **values):
        partner = self.env["res.partner"].create({"name": "Lin"})
        return self.env["loyalty.member"].create({"program_id": (program or self.program).id, "partner_id": partner.id, **values})

    def _native_program(self, **values):
        values = {
            "name": "Cards",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "rule_ids": [Command.create({"reward_point_mode": "money"})],
            "reward_ids": [Command.create({"discount": 5, "required_points": 200})],
            **values,
        }
        return self.Program.create(values)

    def _points_reward(self, program=None):
        return (program or self.program).with_context(active_test=False).reward_ids

    # ------------------------------------------------------------ a membership is a native program

    def test_new_membership_is_a_native_loyalty_card_program_without_rules(self):
        self.assertEqual((self.program.program_type, self.program.applies_on, self.program.trigger), ("loyalty", "both", "auto"))
        self.assertFalse(self.program.rule_ids)
        self.assertTrue(self.program.portal_visible)
        self.assertTrue(self.program.is_nominative)

    def test_form_of_the_app_creates_a_membership(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_program")
        with Form(
            self.Program.with_context(default_is_membership=True, default_program_type="loyalty"),
            view="loyalty_membership.view_program_form",
        ) as form:
            form.name = "From the form"
            form.point_value = 0.05
        self.assertIn("is_membership", str(action["domain"]))
        self.assertTrue(form.record.is_membership)
        self.assertEqual((len(form.record.reward_ids), form.record.point_value), (1, 0.05))

    def test_a_conditional_rule_would_give_points_twice_and_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "earning rules"):
            self.env["loyalty.rule"].create({"program_id": self.program.id})
        with self.assertRaisesRegex(ValidationError, "earning rules"):
            self._native_program(is_membership=True)

    def test_a_promotion_cannot_be_a_membership(self):
        with self.assertRaisesRegex(ValidationError, "can't be a membership"):
            self.Program.create({"name": "Promotion", "program_type": "promotion", "is_membership": True})

    def test_points_for_the_current_order_only_cannot_be_a_membership(self):
        with self.assertRaisesRegex(ValidationError, "can't be a membership"):
            self.program.applies_on = "current"

    def test_an_ordinary_loyalty_program_is_left_as_odoo_makes_it(self):
        native = self._native_program()
        self.assertEqual((len(native.rule_ids), len(native.reward_ids)), (1, 1))
        self.assertEqual((native.is_membership, native.point_value), (False, 0))

    # ------------------------------------------------------------ switching

    def test_switching_on_makes_members_of_customers_and_removes_native_rules(self):
        native = self._native_program()
        partner = self.env["res.partner"].create({"name": "Wang"})
        card = self.env["loyalty.card"].create({"program_id": native.id, "partner_id": partner.id, "points": 7})
        native.is_membership = True
        self.assertFalse(native.rule_ids)
        self.assertEqual(native.member_count, 1)
        member = self.env["loyalty.member"].search([("program_id", "=", native.id)])
        self.assertEqual((member.card_id, member.partner_id, member.points), (card, partner, 7))

    def test_switching_on_keeps_the_rewards_and_does_not_make_points_money_unasked(self):
        native = self._native_program()
        reward = native.reward_ids
        native.is_membership = True
        self.assertEqual(native.reward_ids, reward)
        self.assertEqual(native.point_value, 0)
        native.point_value = 0.02
        self.assertEqual(len(native.reward_ids), 2)

    def test_switching_off_is_refused_with_members(self):
        self._member()
        with self.assertRaisesRegex(UserError, "1 members"):
            self.program.is_membership = False

    def test_switching_off_without_members_is_allowed(self):
        self.program.is_membership = False
        self.assertFalse(self.program.is_membership)

    def test_archived_program_without_members_can_be_deleted_with_tiers_and_rules(self):
        tier = self.env["loyalty.tier"].create({"name": "Gold", "program_id": self.program.id})
        rule = self.env["loyalty.earning.rule"].create({
            "name": "Gold only",
            "program_id": self.program.id,
            "tier_ids": tier.ids,
            "active": False,
        })
        self.program.active = False
        self.program.unlink()
        self.assertFalse(tier.exists())
        self.assertFalse(rule.exists())

    # ------------------------------------------------------------ points as money

    def test_new_membership_has_one_reward_that_makes_points_money(self):
        reward = self.program.reward_ids
        self.assertEqual(len(reward), 1)
        self.assertEqual(
            (reward.reward_type, reward.discount_mode, reward.discount_applicability, reward.discount),
            ("discount", "per_point", "order", self.program.point_value),
        )
        self.assertEqual(reward.discount_line_product_id.name, "Points as money")

    def test_point_value_and_reward_are_one_thing(self):
        self.program.point_value = 0.05
        self.assertEqual(self.program.reward_ids.discount, 0.05)
        self.assertEqual(self.program.reward_ids.description, "Points as money")
        self.program.reward_ids.discount = 0.2
        self.assertEqual(self.program.point_value, 0.2)

    def test_point_value_zero_archives_the_reward_and_back_again_restores_it(self):
        reward = self.program.reward_ids
        self.program.point_value = 0
        self.assertFalse(reward.active)
        self.program.write({"name": "Still a valid program", "reward_ids": []})
        self.program.point_value = 0.03
        self.assertEqual(self.program.reward_ids, reward)

    def test_membership_may_begin_without_points_as_money(self):
        program = self.Program.create({"name": "Gifts only", "is_membership": True, "point_value": 0})
        self.assertFalse(program.reward_ids)
        self.assertEqual(program.point_value, 0)
        self.assertEqual(len(self._points_reward(program)), 1)

    def test_negative_point_value_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "can't be negative"):
            self.program.point_value = -0.01
        with self.assertRaisesRegex(ValidationError, "can't be negative"):
            self.Program.create({"name": "Negative", "is_membership": True, "point_value": -1})

    def test_least_points_to_pay_with_follow_the_precision(self):
        self.assertEqual(self.program.reward_ids.required_points, 1)
        self.program.points_precision = "0.01"
        self.assertEqual(self.program.reward_ids.required_points, 0.01)

    def test_duplicate_has_one_points_reward_of_its_own(self):
        self.program.point_value = 0.2
        copy = self.program.with_context(default_is_membership=True).copy()
        self.assertEqual(len(copy.reward_ids), 1)
        self.assertNotEqual(copy.reward_ids, self.program.reward_ids)
        self.assertEqual(copy.point_value, self.program.point_value)

    # ------------------------------------------------------------ fixed once points are booked

    def _book(self):
        member = self._member()
        self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 5}])

    def test_what_booked_points_mean_is_fixed(self):
        self._book()
        yen = self.env.ref("base.JPY")
        yen.active = True
        company = self.env["res.company"].create({"name": "Abroad", "currency_id": yen.id})
        for name, value in (
            ("points_precision", "0.1"), ("program_type", "promotion"), ("currency_id", yen.id), ("company_id", company.id),
            ("company_id", False),
        ):  # fmt: skip
            with self.subTest(name, value=value), self.assertRaisesRegex(UserError, "fixed"):
                self.program.write({name: value})

    def test_a_purchase_without_points_fixes_the_company_and_its_currency(self):
        company = self.env["res.company"].create({"name": "Abroad", "currency_id": self.env.ref("base.CNY").id})
        self.program.company_id = company
        self.env["loyalty.transaction"]._book(self.program, [{
            "member": self._member(), "type": "purchase", "date": datetime.now(), "source": "test", "reference": "1",
            "lines": [{"amount": 100, "quantity": 1}],
        }])  # fmt: skip
        self.assertFalse(self.env["loyalty.points.entry"].search([("program_id", "=", self.program.id)]))
        with self.assertRaisesRegex(UserError, "company.*fixed"):
            self.program.company_id = self.env.company
        self.program.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "CNY: the currency of Abroad is fixed"):
            company.currency_id = self.env.ref("base.EUR")
        company.write({"currency_id": self.env.ref("base.CNY").id, "name": "Far away"})
        self.assertEqual(company.name, "Far away")

    def test_saving_the_same_precision_again_is_no_change(self):
        self._book()
        self.program.write({"points_precision": "1", "name": "Renamed"})
        self.assertEqual(self.program.name, "Renamed")

    def test_precision_is_free_before_any_points(self):
        self._member()
        self.program.points_precision = "0.1"
        self.assertEqual(self.program._round_points(Decimal("1.19")), Decimal("1.1"))

    # ------------------------------------------------------------ values that make no sense

    @mute_logger("odoo.sql_db")
    def test_numbers_that_make_no_sense_are_refused(self):
        for values in (
            {"hold_days": -1},
            {"return_grace_days": -1},
            {"tier_grace_days": -1},
            {"tier_validity_months": -1},
            {"tier_window": "rolling", "tier_window_months": 0},
            {"expiry_policy": "rolling", "expiry_number": 0},
        ):
            with self.subTest(values), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.program.write(values)
                self.program.flush_recordset()

    def test_numbers_that_do_not_apply_are_not_asked_for(self):
        self.program.write({"expiry_policy": "never", "expiry_number": 0, "tier_window": "lifetime", "tier_window_months": 0})
        self.program.flush_recordset()
        self.assertIsNone(self.program._expires_on(date(2026, 1, 1)))

    # ------------------------------------------------------------ what the settings mean

    def test_days_are_those_of_the_programs_time_zone(self):
        with freeze_time("2026-11-20 17:00:00"):
            self.assertEqual(self.program._today(), date(2026, 11, 21))
            self.program.tz = "America/New_York"
            self.assertEqual(self.program._today(), date(2026, 11, 20))

    def test_local_moment_follows_summer_time(self):
        self.program.tz = "Europe/Berlin"
        self.assertEqual(self.program._local(datetime(2026, 7, 1, 12)), datetime(2026, 7, 1, 14))
        self.assertEqual(self.program._local(datetime(2026, 12, 1, 12)), datetime(2026, 12, 1, 13))

    def test_policy_expiry_and_tiers_speak_the_words_of_the_domain(self):
        self.program.write({
            "points_precision": "0.1",
            "points_rounding": "half_up",
            "multiplier_policy": "highest",
            "expiry_policy": "rolling",
            "expiry_number": 12,
            "expiry_unit": "month",
            "expiry_round": "month",
        })
        policy = self.program._policy()
        self.assertEqual((policy.precision, policy.rounding, policy.multipliers), (Decimal("0.1"), "half_up", "highest"))
        self.assertEqual(self.program._expires_on(date(2026, 2, 10)), date(2027, 2, 28))
        tier = self.env["loyalty.tier"].create({"name": "Gold", "program_id": self.program.id, "threshold": 0.1})
        self.assertEqual([(step.id, step.threshold) for step in self.program._domain_tiers()], [(tier.id, Decimal("0.1"))])

    # ------------------------------------------------------------ companies

    def test_company_uses_its_own_its_parents_and_shared_programs(self):
        parent = self.env["res.company"].create({"name": "Group"})
        company = self.env["res.company"].create({"name": "Branch", "parent_id": parent.id})
        sibling = self.env["res.company"].create({"name": "Other branch", "parent_id": parent.id})
        programs = {
            name: self.Program.create({"name": name, "is_membership": True, "company_id": owner.id})
            for name, owner in (("own", company), ("parent", parent), ("sibling", sibling))
        }
        programs["shared"] = self.Program.create({
            "name": "shared",
            "is_membership": True,
            "company_id": False,
            "currency_id": self.env.ref("base.CNY").id,
        })
        archived = programs["own"].copy()
        archived.active = False
        found = self.Program._for_company(company)
        self.assertLessEqual({programs["own"], programs["parent"], programs["shared"]}, set(found))
        self.assertFalse(found & (programs["sibling"] | archived | self.program))

    # ------------------------------------------------------------ numbers

    def test_members_of_many_programs_are_counted_in_one_query(self):
        programs = self.program | self.program.copy() | self.program.copy()
        self._member()
        self._member(programs[1])
        self._member(programs[1])
        self.env.flush_all()
        programs.invalidate_recordset(["member_count"])
        with self.assertQueryCount(1):
            counts = programs.mapped("member_count")
        self.assertEqual(counts, [1, 2, 0])
