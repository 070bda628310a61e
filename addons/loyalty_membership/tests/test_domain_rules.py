import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.rules import Line, Policy, Purchase, Rule, cap_window, evaluate

FRIDAY = datetime(2025, 6, 6, 12, 30)
WHOLE = Policy()
PROPERTY = settings(deadline=None, database=None, max_examples=200)
D = Decimal


def line(key, amount, quantity="1", **values):
    return Line(key, Decimal(amount), Decimal(quantity), **values)


def bought(*lines, **values):
    return Purchase(7, values.pop("moment", FRIDAY), lines, **values)


def base(rule_id=1, **values):
    return Rule(rule_id, f"Base {rule_id}", "base", **values)


def times(value, rule_id=90, **values):
    return Rule(rule_id, f"Times {value}", "multiplier", multiplier=Decimal(value), **values)


def points(purchase, *rules, policy=WHOLE, **limits):
    """Return the points of each award by rule id."""
    awards = evaluate(purchase, rules, policy, **limits)
    return {award.rule_id: award.points for award in awards}


@tagged("post_install", "-at_install")
class TestDomainRulesModes(BaseCase):
    def test_money_gives_points_for_each_amount(self):
        purchase = bought(line("a", "128.00"), line("b", "31.99"))
        self.assertEqual(points(purchase, base()), {1: 159})
        self.assertEqual(points(purchase, base(points=D(2), per_amount=D(10))), {1: 31})

    def test_units_give_points_for_each_quantity(self):
        purchase = bought(line("a", "9", "3"), line("b", "0", "2.5"))
        rule = base(points_mode="unit", points=D(2))
        self.assertEqual(points(purchase, rule), {1: 11})
        self.assertEqual(points(purchase, replace(rule, per_amount=D(2))), {1: 5})

    def test_fixed_points_come_once_a_purchase(self):
        purchase = bought(line("a", "9", "3"), line("b", "1", "2"))
        self.assertEqual(points(purchase, base(points_mode="fixed", points=D(20))), {1: 20})

    def test_points_are_rounded_once_not_per_line(self):
        purchase = bought(line("a", "0.60"), line("b", "0.60"))
        self.assertEqual(points(purchase, base()), {1: 1})
        policy = Policy(D("0.1"), "half_up")
        self.assertEqual(points(purchase, base(points=D("0.1")), policy=policy), {1: D("0.1")})

    def test_a_division_that_has_no_end_loses_no_point(self):
        rule = base(points=D(3), per_amount=D(3))
        self.assertEqual(points(bought(line("a", "10")), rule), {1: 10})

    def test_big_purchases_are_not_at_the_mercy_of_the_thread(self):
        with localcontext() as context:
            context.prec = 5
            given_points = points(bought(line("a", "1234567.89"), line("b", "0.99")), base())
        self.assertEqual(given_points, {1: 1234568})

    def test_negative_amounts_give_no_points(self):
        purchase = bought(line("a", "100"), line("b", "-30"))
        self.assertEqual(points(purchase, base()), {1: 100})
        self.assertEqual(points(bought(line("b", "-30")), base()), {})

    def test_returned_or_empty_lines_are_not_looked_at(self):
        purchase = bought(line("a", "100"), line("b", "0", "0"), line("c", "50", "-1"))
        [award] = evaluate(purchase, [base()], Policy())
        self.assertEqual(award.points, 100)
        self.assertEqual(award.weights, {"a": D(100)})

    def test_a_raised_price_counts_without_a_unit(self):
        self.assertEqual(points(bought(line("a", "50", "0")), base()), {1: D(50)})

    def test_a_line_that_was_doubled_weighs_double(self):
        purchase = bought(line("a", "30", product_id=1), line("b", "30", product_id=2))
        double = Rule(2, "Double", "multiplier", multiplier=D(2), product_ids=frozenset({1}))
        [award] = evaluate(purchase, [base(), double], Policy())
        self.assertEqual(award.weights, {"a": D(60), "b": D(30)})

    def test_an_award_that_rounds_to_nothing_is_left_out(self):
        self.assertEqual(points(bought(line("a", "0.99")), base()), {})
        self.assertEqual(points(bought(), base(points_mode="fixed")), {})

    def test_awards_come_by_sequence_then_id(self):
        rules = [base(3), base(2, sequence=20), base(1, sequence=20)]
        self.assertEqual(list(points(bought(line("a", "1")), *rules)), [3, 1, 2])

    def test_a_rule_that_cannot_be_evaluated_is_refused(self):
        for values in (
            {"kind": "bonus"},
            {"points_mode": "weight"},
            {"per_amount": D(0)},
            {"cap_points": D(1), "cap_period": "hour"},
        ):
            with self.subTest(values=values), self.assertRaises(ValueError):
                Rule(1, "Rule", values.pop("kind", "base"), **values)


@tagged("post_install", "-at_install")
class TestDomainRulesConditions(BaseCase):
    def assertHolds(self, rule, purchase):
        self.assertTrue(points(purchase, rule), "the rule should hold")

    def assertFails(self, rule, purchase):
        self.assertFalse(points(purchase, rule), "the rule should not hold")

    def test_only_the_products_named(self):
        purchase = bought(line("a", "10", product_id=1), line("b", "5", product_id=2), line("c", "3"))
        self.assertEqual(points(purchase, base(product_ids=frozenset({2}))), {1: 5})
        self.assertFails(base(product_ids=frozenset()), purchase)

    def test_a_line_without_product_never_matches_products(self):
        self.assertFails(base(product_ids=frozenset({None, False})), bought(line("a", "10")))

    def test_a_category_or_its_parent(self):
        purchase = bought(line("a", "10", category_ids=frozenset({4, 1})), line("b", "5"))
        self.assertEqual(points(purchase, base(category_ids=frozenset({1, 8}))), {1: 10})

    def test_product_category_and_tag_must_all_match(self):
        wanted = frozenset({1})
        rule = base(product_ids=wanted, category_ids=wanted, tag_ids=wanted)
        right = {"product_id": 1, "category_ids": wanted, "tag_ids": wanted}
        self.assertHolds(rule, bought(line("a", "10", **right)))
        wrong = {"product_id": 9, "category_ids": frozenset({9}), "tag_ids": frozenset()}
        for name, value in wrong.items():
            with self.subTest(name=name):
                self.assertFails(rule, bought(line("a", "10", **(right | {name: value}))))

    def test_store_tier_and_member(self):
        purchase = bought(line("a", "10"), team_id=3, tier_id=2)
        for name, right in (("team_ids", 3), ("tier_ids", 2), ("member_ids", 7)):
            with self.subTest(name=name):
                self.assertHolds(base(**{name: frozenset({right, 99})}), purchase)
                self.assertFails(base(**{name: frozenset({99})}), purchase)

    def test_a_member_domain_that_nobody_fits_gives_nobody_points(self):
        self.assertFails(base(member_ids=frozenset()), bought(line("a", "10")))

    def test_a_purchase_without_store_is_not_in_any_store(self):
        self.assertFails(base(team_ids=frozenset({3})), bought(line("a", "10")))

    def test_dates_include_both_ends(self):
        rule = base(date_from=date(2025, 6, 6), date_to=date(2025, 6, 8))
        for day, holds in ((5, False), (6, True), (8, True), (9, False)):
            purchase = bought(line("a", "10"), moment=datetime(2025, 6, day, 23, 59, 59))
            with self.subTest(day=day):
                self.assertEqual(bool(points(purchase, rule)), holds)

    def test_hours_include_the_first_and_exclude_the_last(self):
        rule = base(hour_from=D("9.5"), hour_to=D("17"))
        moments = {(9, 29, 59): False, (9, 30, 0): True, (16, 59, 59): True, (17, 0, 0): False}
        for moment, holds in moments.items():
            purchase = bought(line("a", "10"), moment=datetime(2025, 6, 6, *moment))
            with self.subTest(moment=moment):
                self.assertEqual(bool(points(purchase, rule)), holds)

    def test_one_hour_alone_is_open_to_the_end_of_the_day(self):
        noon = bought(line("a", "10"), moment=datetime(2025, 6, 6, 12))
        self.assertHolds(base(hour_from=D(12)), noon)
        self.assertFails(base(hour_from=D("12.5")), noon)
        late = bought(line("a", "10"), moment=datetime(2025, 6, 6, 23, 59, 59))
        self.assertHolds(base(hour_from=D(12)), late)
        self.assertHolds(base(hour_to=D("12.5")), noon)
        self.assertFails(base(hour_to=D(12)), noon)

    def test_a_night_across_midnight_belongs_to_the_day_it_began(self):
        rule = base(hour_from=D(22), hour_to=D(2), weekdays=frozenset({4}), date_to=date(2025, 6, 6))
        for moment, holds in {
            datetime(2025, 6, 6, 1): False,  # the night of Thursday
            datetime(2025, 6, 6, 21, 59): False,
            datetime(2025, 6, 6, 22): True,
            datetime(2025, 6, 7, 1, 59): True,
            datetime(2025, 6, 7, 2): False,
            datetime(2025, 6, 7, 22): False,
        }.items():
            with self.subTest(moment=moment):
                purchase = bought(line("a", "10"), moment=moment)
                self.assertEqual(bool(points(purchase, rule)), holds)

    def test_equal_hours_are_the_whole_day(self):
        purchase = bought(line("a", "10"), moment=datetime(2025, 6, 6, 0))
        self.assertHolds(base(hour_from=D(0), hour_to=D(0)), purchase)

    def test_a_minimum_counts_only_the_lines_that_match(self):
        purchase = bought(line("a", "60", product_id=1), line("b", "60", product_id=2))
        self.assertHolds(base(min_amount=D(120)), purchase)
        self.assertFails(base(min_amount=D("120.01")), purchase)
        self.assertFails(base(min_amount=D(100), product_ids=frozenset({1})), purchase)

    def test_birthday_and_first_purchase(self):
        birthday = {"birthdate": date(1990, 6, 6)}
        self.assertHolds(base(birthday="day"), bought(line("a", "10"), **birthday))
        self.assertFails(base(birthday="day"), bought(line("a", "10")))
        self.assertHolds(base(first_purchase=True), bought(line("a", "10"), first=True))
        self.assertFails(base(first_purchase=True), bought(line("a", "10")))


@tagged("post_install", "-at_install")
class TestDomainRulesMultipliers(BaseCase):
    def test_multipliers_multiply(self):
        purchase = bought(
            line("a", "10"),
            tier_multiplier=D("1.5"),
            birthday_multiplier=D(2),
            birthdate=date(1990, 6, 6),
        )
        self.assertEqual(points(purchase, base(), times(3)), {1: 90})

    def test_or_only_the_highest_counts(self):
        purchase = bought(line("a", "10"), tier_multiplier=D("1.5"))
        policy = Policy(multipliers="highest")
        [award] = evaluate(purchase, [base(), times(3), times(2, 91)], policy)
        self.assertEqual(award.points, 30)
        self.assertEqual([f["value"] for f in award.detail["parts"][0]["factors"]], ["3"])

    def test_an_unknown_way_to_combine_is_refused(self):
        with self.assertRaises(ValueError):
            evaluate(bought(line("a", "1")), [base()], Policy(multipliers="sum"))

    def test_the_birthday_multiplies_only_in_its_period(self):
        values = {"birthday_multiplier": D(2), "birthdate": date(1990, 6, 5)}
        self.assertEqual(points(bought(line("a", "10"), **values), base()), {1: 10})
        values["birthday_period"] = "week"
        self.assertEqual(points(bought(line("a", "10"), **values), base()), {1: 20})

    def test_a_multiplier_whose_conditions_fail_does_nothing(self):
        purchase = bought(line("a", "10"))
        self.assertEqual(points(purchase, base(), times(2, weekdays=frozenset({5}))), {1: 10})
        self.assertEqual(points(purchase, base(), times(2, min_amount=D(11))), {1: 10})

    def test_a_multiplier_of_products_multiplies_their_lines_alone(self):
        purchase = bought(line("a", "10", product_id=1), line("b", "5", product_id=2))
        rules = [base(), times(3, product_ids=frozenset({1}))]
        [award] = evaluate(purchase, rules, Policy())
        self.assertEqual(award.points, 35)
        self.assertEqual([part["basis"] for part in award.detail["parts"]], ["10", "5"])

    def test_lines_with_equal_factors_are_one_part(self):
        purchase = bought(*(line(key, "1.10") for key in "abc"), tier_multiplier=D(2))
        [award] = evaluate(purchase, [base()], Policy())
        self.assertEqual([part["basis"] for part in award.detail["parts"]], ["3.30"])

    def test_fixed_points_need_a_multiplier_of_every_line(self):
        purchase = bought(line("a", "10", product_id=1), line("b", "5", product_id=2))
        fixed = base(points_mode="fixed", points=D(10))
        self.assertEqual(points(purchase, fixed, times(2, product_ids=frozenset({1}))), {1: 10})
        self.assertEqual(points(purchase, fixed, times(2, product_ids=frozenset({1, 2}))), {1: 20})
        one = replace(fixed, product_ids=frozenset({1}))
        self.assertEqual(points(purchase, one, times(2, product_ids=frozenset({1}))), {1: 20})

    def test_qualifying_points_know_no_tier_and_no_birthday(self):
        purchase = bought(
            line("a", "10.90"),
            tier_multiplier=D(2),
            birthday_multiplier=D(2),
            birthdate=date(1990, 6, 6),
        )
        rules = [base(), times(3), times(5, 91, qualifying=False)]
        [award] = evaluate(purchase, rules, Policy())
        self.assertEqual((award.points, award.qualifying), (654, 32))

    def test_a_rule_that_does_not_qualify_gives_points_alone(self):
        [award] = evaluate(bought(line("a", "10")), [base(qualifying=False)], Policy())
        self.assertEqual((award.points, award.qualifying), (10, 0))

    def test_the_highest_of_the_qualifying_multipliers_qualifies(self):
        rules = [base(), times(2), times(5, 91, qualifying=False)]
        [award] = evaluate(bought(line("a", "10")), rules, Policy(multipliers="highest"))
        self.assertEqual((award.points, award.qualifying), (50, 20))


@tagged("post_install", "-at_install")
class TestDomainRulesGroups(BaseCase):
    def test_the_best_of_a_group_stays_beside_the_others(self):
        rules = [
            base(1, group="g"),
            base(2, group="g", points_mode="fixed", points=D(30)),
            base(3),
            base(4, group="h"),
        ]
        self.assertEqual(points(bought(line("a", "10")), *rules), {2: 30, 3: 10, 4: 10})

    def test_the_best_is_chosen_after_multipliers(self):
        rules = [
            base(1, group="g", product_ids=frozenset({1})),
            base(2, group="g", points_mode="fixed", points=D(15)),
            times(2, product_ids=frozenset({1})),
        ]
        purchase = bought(line("a", "10", product_id=1), line("b", "0", product_id=2))
        self.assertEqual(points(purchase, *rules), {1: 20})

    def test_of_equals_the_first_by_sequence_then_id_stays(self):
        rules = [base(1, group="g"), base(3, group="g", sequence=5), base(2, group="g", sequence=5)]
        self.assertEqual(points(bought(line("a", "10.5")), *rules), {2: 10})

    def test_an_empty_group_is_no_group(self):
        rules = [base(1, group=""), base(2, group="")]
        self.assertEqual(points(bought(line("a", "10")), *rules), {1: 10, 2: 10})


@tagged("post_install", "-at_install")
class TestDomainRulesLimits(BaseCase):
    def award(self, rule, policy=WHOLE, **limits):
        [award] = evaluate(bought(line("a", "100"), tier_multiplier=D(2)), [rule], policy, **limits)
        return award

    def test_a_cap_leaves_what_the_member_has_not_had_yet(self):
        rule = base(cap_points=D(150), cap_period="month")
        award = self.award(rule, used={1: D(30)})
        self.assertEqual((award.points, award.qualifying), (120, 60))
        self.assertEqual(award.detail["cap"], {"period": "month", "limit": "150", "cut": "80"})
        self.assertEqual(award.weights, {"a": D(100)})

    def test_a_cap_that_is_not_reached_leaves_no_trace(self):
        award = self.award(base(cap_points=D(200)))
        self.assertEqual(award.points, 200)
        self.assertNotIn("cap", award.detail)

    def test_a_cap_that_is_used_up_or_overrun_gives_an_award_of_nothing(self):
        for used in (D(150), D(999)):
            award = self.award(base(cap_points=D(150)), used={1: used})
            self.assertEqual((award.points, award.qualifying), (0, 0))
            self.assertEqual(award.detail["cap"]["cut"], "200")

    def test_the_use_of_another_rule_does_not_count(self):
        self.assertEqual(self.award(base(cap_points=D(150)), used={2: D(150)}).points, 150)

    def test_a_budget_comes_after_the_cap(self):
        rule = base(cap_points=D(150), budget_points=D(1000))
        award = self.award(rule, budgets={1: D(20)})
        self.assertEqual((award.points, award.qualifying), (20, 10))
        self.assertEqual(award.detail["cap"]["cut"], "50")
        self.assertEqual(award.detail["budget"], {"cut": "130"})

    def test_a_budget_that_nobody_touched_is_whole(self):
        self.assertEqual(self.award(base(budget_points=D(50))).points, 50)

    def test_a_spent_or_overspent_budget_gives_nothing(self):
        for left in (D(0), D(-5)):
            self.assertEqual(self.award(base(budget_points=D(50)), budgets={1: left}).points, 0)

    def test_a_rule_without_budget_ignores_what_is_left(self):
        self.assertEqual(self.award(base(), budgets={1: D(0)}).points, 200)

    def test_rounding_up_never_breaks_a_limit(self):
        policy = Policy(rounding="up")
        self.assertEqual(self.award(base(cap_points=D("50.5")), policy).points, 50)

    def test_cap_periods_hold_the_day(self):
        day = date(2025, 12, 31)  # a Wednesday
        windows = {
            "day": (day, day),
            "week": (date(2025, 12, 29), date(2026, 1, 4)),
            "month": (date(2025, 12, 1), day),
            "year": (date(2025, 1, 1), day),
            "lifetime": None,
        }
        for period, window in windows.items():
            self.assertEqual(cap_window(period, day), window)
        with self.assertRaises(ValueError):
            cap_window("quarter", day)


@tagged("post_install", "-at_install")
class TestDomainRulesAwards(BaseCase):
    def test_the_detail_is_plain_json_with_numbers_as_text(self):
        purchase = bought(line("a", "128.00"), tier_multiplier=D("1.50"), tier_name="金卡")
        [award] = evaluate(purchase, [base(per_amount=D("10.0"))], Policy())
        self.assertEqual(json.loads(json.dumps(award.detail)), award.detail)
        self.assertEqual(
            award.detail,
            {
                "mode": "money",
                "basis": "128.00",
                "points": "1",
                "per": "10",
                "parts": [
                    {
                        "basis": "128.00",
                        "factors": [{"kind": "tier", "name": "金卡", "rule_id": None, "value": "1.5"}],
                    }
                ],
                "raw": "19.2",
            },
        )

    def test_weights_are_money_for_money_and_fixed_and_units_for_units(self):
        purchase = bought(line("a", "10", "2"), line("b", "0", "3"), line("c", "-4", "1"))
        money = {"a": D(10), "b": D(0), "c": D(0)}
        units = {"a": D(2), "b": D(3), "c": D(1)}
        for mode, weights in (("money", money), ("fixed", money), ("unit", units)):
            [award] = evaluate(purchase, [base(points_mode=mode)], Policy())
            self.assertEqual(award.weights, weights, mode)

    def test_weights_of_a_gift_are_units(self):
        purchase = bought(line("a", "0", "2"), line("b", "0"))
        [award] = evaluate(purchase, [base(points_mode="fixed")], Policy())
        self.assertEqual(award.weights, {"a": D(2), "b": D(1)})

    def test_lines_of_one_key_weigh_together(self):
        purchase = bought(line("a", "10"), line("a", "5"))
        [award] = evaluate(purchase, [base()], Policy())
        self.assertEqual(award.weights, {"a": D(15)})

    @PROPERTY
    @given(
        amounts=st.lists(st.integers(-10000, 10**7), max_size=6),
        tier=st.integers(0, 50),
        cap=st.integers(0, 2000),
        used=st.integers(0, 3000),
        budget=st.integers(-10, 5000),
        precision=st.sampled_from(["1", "0.1", "0.01"]),
        rounding=st.sampled_from(["down", "half_up", "up"]),
    )
    def test_an_award_is_a_multiple_of_the_precision_within_every_limit(
        self, amounts, tier, cap, used, budget, precision, rounding
    ):
        lines = (line(key, D(cents) / 100) for key, cents in enumerate(amounts))
        purchase = bought(*lines, tier_multiplier=D(tier) / 10)
        rule = base(cap_points=D(cap), budget_points=D(5000))
        limits = {"used": {1: D(used)}, "budgets": {1: D(budget)}}
        for award in evaluate(purchase, [rule], Policy(precision, rounding), **limits):
            self.assertGreaterEqual(award.points, 0)
            self.assertEqual(award.points % D(precision), 0)
            self.assertEqual(award.qualifying % D(precision), 0)
            self.assertLessEqual(award.points, max(0, budget))
            if cap:
                self.assertLessEqual(award.points, max(0, cap - used))
            if not {"cap", "budget"} & set(award.detail):
                paid = sum(cents for cents in amounts if cents > 0)
                self.assertLess(abs(award.points - D(paid) / 100 * tier / 10), D(precision))
