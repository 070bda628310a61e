from datetime import date
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, ForeignKeyViolation


class RuleCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create({
            "name": "Club",
            "is_membership": True,
            "company_id": False,
            "currency_id": cls.env.ref("base.CNY").id,
        })
        cls.shoes = cls.env["product.category"].create({"name": "Shoes"})
        cls.boots = cls.env["product.category"].create({"name": "Boots", "parent_id": cls.shoes.id})
        cls.boot, cls.hat = cls.env["product.product"].create([
            {"name": "Boot", "categ_id": cls.boots.id, "list_price": 300},
            {"name": "Hat", "list_price": 100},
        ])
        cls.products = cls.boot | cls.hat

    @classmethod
    def _rule(cls, **values):
        return cls.env["loyalty.earning.rule"].create({"program_id": cls.program.id, "name": "Rule", **values})

    def _domain_rule(self, **values):
        (rule,) = self._rule(**values)._to_domain(self.env["loyalty.member"], self.products)
        return rule


class TestEarningRule(RuleCase):
    # ------------------------------------------------------------ what is refused

    @mute_logger("odoo.sql_db")
    def test_values_that_make_no_sense_are_refused(self):
        for values in (
            {"points": 0},
            {"points": -1},
            {"per_amount": 0},
            {"kind": "multiplier", "multiplier": 0},
            {"date_from": "2026-02-01", "date_to": "2026-01-31"},
            {"hour_from": -1},
            {"hour_to": 24.5},
            {"cap_points": 10, "cap_period": False},
            {"cap_points": -1},
            {"budget_points": -1},
            {"min_amount": -1},
            {"trigger": "activity", "activity_code": "review", "points_mode": "money"},
        ):
            with self.subTest(values), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self._rule(**values)

    def test_activity_needs_a_code_in_plain_letters(self):
        for code in (False, "", "Check in", "签到", "a-b"):
            with self.subTest(code), self.assertRaisesRegex(ValidationError, "code of an activity"):
                self._rule(trigger="activity", activity_code=code)

    def test_any_plain_code_is_an_activity(self):
        rule = self._rule(trigger="activity", activity_code="app_installed2")
        self.assertEqual((rule.activity, rule.points_mode), ("other", "fixed"))

    def test_filter_that_cannot_be_evaluated_is_refused_by_its_name(self):
        for name, label in (("product_domain", "Products"), ("member_domain", "Members")):
            for text in ("[('no_such_field', '=', 1)]", "[(", "not a domain", "__import__('os')", "[('id', 'nonsense', 1)]"):
                with self.subTest(name=name, text=text), self.assertRaisesRegex(ValidationError, label):
                    self._rule(**{name: text})

    def test_tier_of_another_program_is_refused(self):
        tier = self.env["loyalty.tier"].create({"program_id": self.program.copy().id, "name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "another program"):
            self._rule(tier_ids=tier.ids)

    @mute_logger("odoo.sql_db")
    def test_category_of_a_rule_cannot_be_deleted_under_it(self):
        self._rule(category_ids=self.boots.ids)
        self.boot.categ_id = self.shoes
        with self.assertRaises(ForeignKeyViolation), self.env.cr.savepoint():
            self.boots.unlink()

    # ------------------------------------------------------------ the form

    def test_choosing_an_activity_in_the_form_sets_its_code(self):
        with Form(self.env["loyalty.earning.rule"], view="loyalty_membership.view_earning_rule_form") as form:
            form.name = "Review"
            form.program_id = self.program
            form.trigger = "activity"
            form.activity = "review"
            form.points = 50
        self.assertEqual((form.record.activity_code, form.record.points_mode), ("review", "fixed"))

    def test_new_rule_belongs_to_the_companys_first_program(self):
        programs = self.env["loyalty.program"]._for_company(self.env.company)
        self.assertEqual(self.env["loyalty.earning.rule"].create({"name": "Rule"}).program_id, programs[0])

    # ------------------------------------------------------------ the sentence

    def test_summary_tells_the_rule_in_a_sentence(self):
        days = self.env.ref("loyalty_membership.weekday_0")
        for expected, values in {
            "1 point per 1.00 CNY": {},
            "10 points per unit on Shoes": {"points_mode": "unit", "points": 10, "category_ids": self.shoes.ids},
            "50 points for: Review written": {"trigger": "activity", "activity_code": "review", "points": 50},
            "5 points for: walked": {"trigger": "activity", "activity_code": "walked", "points": 5},
            "Points x 1.50, for Gold": {
                "kind": "multiplier",
                "multiplier": 1.5,
                "tier_ids": [Command.create({"program_id": self.program.id, "name": "Gold"})],
            },
            "1 point per 1.00 CNY, Monday 18:00-22:30, at most 500 a day": {
                "weekdays": days.ids,
                "hour_from": 18,
                "hour_to": 22.5,
                "cap_points": 500,
                "cap_period": "day",
            },
            "100 points per purchase, first purchase only, for 50.00 CNY or more": {
                "points_mode": "fixed",
                "points": 100,
                "first_purchase": True,
                "min_amount": 50,
            },
        }.items():
            with self.subTest(expected):
                self.assertEqual(self._rule(**values).summary, expected)

    # ------------------------------------------------------------ evaluation

    def test_rule_without_filters_lets_everything_pass(self):
        rule = self._domain_rule()
        self.assertIsNone(rule.product_ids)
        self.assertIsNone(rule.member_ids)
        self.assertEqual((rule.category_ids, rule.weekdays, rule.hour_from, rule.hour_to), (frozenset(), frozenset(), None, None))

    def test_numbers_are_exact(self):
        rule = self._domain_rule(points=0.1, per_amount=0.3, min_amount=0.7, cap_points=10, cap_period="month")
        self.assertEqual((rule.points, rule.per_amount, rule.min_amount), (Decimal("0.1"), Decimal("0.3"), Decimal("0.7")))
        self.assertEqual((rule.cap_points, rule.cap_period), (10, "month"))

    def test_product_filter_is_evaluated_for_the_products_at_hand(self):
        rule = self._domain_rule(product_domain="[('list_price', '>', 200)]")
        self.assertEqual(rule.product_ids, {self.boot.id})

    def test_member_filter_is_evaluated_for_the_members_at_hand(self):
        partners = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        members = self.env["loyalty.member"].create([
            {"program_id": self.program.id, "partner_id": partner.id, "gender": gender}
            for partner, gender in zip(partners, ("female", "male"), strict=True)
        ])
        (rule,) = self._rule(member_domain="[('gender', '=', 'female')]")._to_domain(members, self.products)
        self.assertEqual(rule.member_ids, {members[0].id})

    def test_filters_dates_and_hours_arrive(self):
        team = self.env["crm.team"].create({"name": "Store"})
        days = self.env.ref("loyalty_membership.weekday_0") | self.env.ref("loyalty_membership.weekday_6")
        rule = self._domain_rule(
            category_ids=self.shoes.ids,
            team_ids=team.ids,
            weekdays=days.ids,
            hour_from=22,
            date_from="2026-01-01",
            date_to="2026-01-31",
            group=" best ",
        )
        self.assertEqual((rule.category_ids, rule.team_ids, rule.weekdays), ({self.shoes.id}, {team.id}, {0, 6}))
        self.assertEqual((rule.hour_from, rule.hour_to), (22, None))
        self.assertEqual((rule.date_from, rule.date_to, rule.group), (date(2026, 1, 1), date(2026, 1, 31), "best"))

    def test_changed_filter_arrives(self):
        rule = self._rule(category_ids=self.shoes.ids)
        rule.category_ids = self.boots
        (evaluated,) = rule._to_domain(self.env["loyalty.member"], self.products)
        self.assertEqual(evaluated.category_ids, {self.boots.id})

    def test_evaluation_of_any_number_of_rules_reads_one_query(self):
        team = self.env["crm.team"].create({"name": "Store"})
        rules = self.env["loyalty.earning.rule"].browse([
            self._rule(category_ids=self.shoes.ids, team_ids=team.ids).id for _index in range(5)
        ])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            rules._to_domain(self.env["loyalty.member"], self.products)


class TestExcludedProducts(RuleCase):
    def test_marked_products_and_all_below_a_marked_category_earn_nothing(self):
        self.assertFalse(self.products._loyalty_excluded())
        self.hat.product_tmpl_id.loyalty_excluded = True
        self.assertEqual(self.products._loyalty_excluded(), self.hat)
        self.shoes.loyalty_excluded = True
        self.assertEqual(self.products._loyalty_excluded(), self.products)

    def test_gift_cards_and_wallet_top_ups_earn_nothing_even_when_their_program_has_ended(self):
        for kind in ("gift_card", "ewallet"):
            product = self.env["product.product"].create({"name": kind, "type": "service"})
            program = self.env["loyalty.program"].create({
                "name": kind,
                "program_type": kind,
                "applies_on": "future",
                "trigger": "auto",
                "rule_ids": [Command.create({"reward_point_mode": "money", "product_ids": product.ids})],
                "reward_ids": [Command.create({"discount_mode": "per_point", "discount": 1})],
                "communication_plan_ids": [],
            })
            program.active = False
            with self.subTest(kind):
                self.assertEqual((product | self.hat)._loyalty_excluded(), product)

    def test_salespeople_get_the_same_answer(self):
        self.hat.product_tmpl_id.loyalty_excluded = True
        user = self.env["res.users"].create({
            "name": "Seller",
            "login": "seller_excluded",
            "group_ids": self.env.ref("base.group_user").ids,
        })
        self.assertEqual(self.products.with_user(user)._loyalty_excluded(), self.hat)

    def test_queries_do_not_grow_with_the_number_of_products(self):
        def queries(number):
            products = self.env["product.product"].create([{"name": "P", "categ_id": self.boots.id}] * number)
            self.shoes.loyalty_excluded = True
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(products._loyalty_excluded(), products)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(20))
