"""What the page Results says: of the journey against its control group, and of each step."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common_journey_results import JourneyResultsCase

OUTCOMES = {"done": 3, "left_out": 4, "no_consent": 5, "capped": 2, "unreachable": 6, "failed": 1}


@tagged("post_install", "-at_install")
class TestJourneyResults(JourneyResultsCase):
    def crowd(self, journey, size, buyers, amount=100, is_control=False):
        """So many new members with a run that is counted already; the first of them bought."""
        self.env.flush_all()
        self.env.cr.execute(
            """WITH card AS (INSERT INTO loyalty_card (program_id, company_id, code, points, is_member, active)
                             SELECT %(program)s, %(company)s, gen_random_uuid()::text, 0, true, true
                               FROM generate_series(1, %(size)s) RETURNING id),
                    member AS (INSERT INTO loyalty_member (card_id, program_id, company_id, name, state, active, joined_on)
                               SELECT id, %(program)s, %(company)s, 'X', 'active', true, '2020-01-01' FROM card RETURNING id)
               INSERT INTO loyalty_journey_run (journey_id, member_id, program_id, company_id, occasion, occasion_at, starts_at,
                                                is_control, state, purchases, revenue, create_date)
               SELECT %(journey)s, id, %(program)s, %(company)s, 'x', %(at)s, %(at)s, %(control)s,
                      CASE WHEN %(control)s THEN 'control' ELSE 'done' END,
                      CASE WHEN n <= %(buyers)s THEN 2 END, CASE WHEN n <= %(buyers)s THEN %(amount)s END, %(at)s
                 FROM (SELECT id, row_number() OVER () AS n FROM member) m""",
            {"program": journey.program_id.id, "company": journey.company_id.id or None, "size": size, "journey": journey.id,
             "at": self.ago(5), "control": is_control, "buyers": buyers, "amount": amount},
        )  # fmt: skip
        journey.counted_at = self.now

    def compare(self, journey, treated, control, amount=100):
        """Results of groups of (members, buyers), each of whom spent the same."""
        journey.counted_at = self.now
        journey.figures = {
            name: {
                "members": members, "done": members, "counted": members, "buyers": buyers, "purchases": 2 * buyers,
                "revenue": buyers * amount, "squares": buyers * amount**2, "cubes": buyers * amount**3,
            }
            for name, (members, buyers) in (("treated", treated), ("control", control))
        }  # fmt: skip

    def gather(self, journey):
        journey._gather_results()
        self.env.invalidate_all()

    def event(self, journey, member=None, number=0, step=None, **values):
        run = self.make_run(journey, member or self.member, 5, occasion=f"event {number} {journey.run_ids[:1].id}")
        return self.env["loyalty.journey.event"].create({
            "run_id": run.id, "journey_id": journey.id, "step_id": (step or journey.step_ids[:1]).id,
            "member_id": run.member_id.id, "company_id": run.company_id.id, "date": self.now, "outcome": "done", **values,
        })  # fmt: skip

    # ------------------------------------------------------------ the journey

    def test_members_not_runs_are_compared(self):
        journey = self.empty_journey()
        for days in (20, 15):
            self.make_run(journey, self.member, days)
        self.make_run(journey, self.other, 12, is_control=True)
        for days in (18, 14, 13):
            self.buy(10, date=self.ago(days))
        self.buy(5, self.other, date=self.ago(11))
        self.count(journey)
        self.assertEqual(journey.figures["treated"] | {"cubes": 0}, {
            "members": 1, "done": 1, "counted": 1, "buyers": 1, "purchases": 3, "revenue": 30, "squares": 900, "cubes": 0,
        })  # fmt: skip
        self.assertEqual((journey.control_members, journey.control_buyers, journey.control_revenue), (1, 1, 5))
        self.assertEqual((journey.result_members, journey.result_done), (2, 1))

    def test_shares_and_means_are_of_members_for_whom_it_has_begun(self):
        journey = self.empty_journey()
        self.crowd(journey, 10, 3, 40)
        self.make_run(journey, self.member, -2, state="waiting")
        self.gather(journey)
        self.assertEqual((journey.result_members, journey.treated_members), (11, 10))
        self.assertEqual((journey.treated_rate, journey.treated_mean), (0.3, 12))

    def test_more_is_told_with_its_bounds_and_what_it_comes_to(self):
        journey = self.empty_journey()
        self.compare(journey, (10000, 1540), (10000, 1200))
        self.assertEqual(journey.result_verdict, "more")
        self.assertEqual(
            journey.buyers_told,
            "In the control group 12.0% bought, of those who went through it 15.4%: 3.4 points more (2.4 to 4.4). "
            "That is about 340 buyers more.",
        )
        self.assertIn(
            "a member spent $\xa012.00, of those who went through it $\xa015.40: $\xa03.40 more (", journey.revenue_told
        )
        self.assertIn("That is about $\xa034,000 more.", journey.revenue_told)

    def test_less_is_told_the_right_way_round(self):
        journey = self.empty_journey()
        self.compare(journey, (10000, 1200), (10000, 1540))
        self.assertEqual(journey.result_verdict, "less")
        self.assertIn("12.0%: 3.4 points less (2.4 to 4.4). That is about 340 buyers less.", journey.buyers_told)
        self.assertIn("$\xa03.40 less (", journey.revenue_told)

    def test_what_can_be_chance_is_told_as_that(self):
        journey = self.empty_journey()
        self.compare(journey, (1000, 125), (1000, 120))
        self.assertEqual(journey.result_verdict, "unknown")
        self.assertIn("a difference that can be chance (between -2.4 and 3.4 points)", journey.buyers_told)
        self.assertIn("can be chance", journey.revenue_told)

    def test_too_few_members_are_told_as_that(self):
        journey = self.empty_journey()
        self.compare(journey, (90, 20), (10, 0))
        self.assertEqual(journey.result_verdict, "small")
        self.assertIn("too few members", journey.buyers_told)

    def test_more_of_one_and_less_of_the_other_is_neither(self):
        journey = self.empty_journey()
        self.assertEqual(journey._verdict("more", "less"), "unknown")
        self.assertEqual(journey._verdict("more", "small"), "more")
        self.assertEqual(journey._verdict("unknown", "less"), "less")
        self.assertEqual(journey._verdict("unknown", "small"), "unknown")
        self.assertEqual(journey._verdict("small", "small"), "small")

    def test_without_a_control_group_nothing_is_claimed(self):
        journey = self.empty_journey()
        self.assertEqual(journey.result_verdict, "none")
        self.crowd(journey, 100, 50)
        self.gather(journey)
        self.assertEqual((journey.result_verdict, journey.buyers_told, journey.revenue_told), ("alone", False, False))
        self.assertEqual(journey.treated_buyers, 50)

    def test_another_company_s_journey_is_told_in_its_currency(self):
        company = self.env["res.company"].create({"name": "Elsewhere", "currency_id": self.env.ref("base.EUR").id})
        program = self.program.copy({"company_id": company.id, "currency_id": company.currency_id.id, "name": "Other"})
        journey = self.make_journey("joined", start=False, program_id=program.id, started_at=self.ago(100))
        self.assertEqual(journey.currency_id, self.env.ref("base.EUR"))
        self.crowd(journey, 10, 3)
        here = self.empty_journey()
        self.make_run(here, self.member, 5)
        self.gather(journey | here)
        self.assertEqual((journey.treated_members, journey.treated_revenue), (10, 300))
        self.assertEqual((here.treated_members, here.treated_revenue), (0, 0), "not counted yet")
        self.compare(journey, (10000, 1540), (10000, 1200))
        self.assertIn("15.40\xa0€: 3.40\xa0€ more (", journey.revenue_told)

    # ------------------------------------------------------------ its steps

    def test_every_outcome_of_a_step_is_told(self):
        journey = self.empty_journey()
        for outcome, number in OUTCOMES.items():
            for index in range(number):
                self.event(journey, number=f"{outcome} {index}", outcome=outcome)
        self.gather(journey)
        step = journey.step_ids
        self.assertEqual({name: step[f"result_{name}"] for name in OUTCOMES}, OUTCOMES)
        self.assertEqual(step.result_reached, 21)
        self.assertEqual(step.result_out_told, "condition 4 · no consent 5 · too many messages 2 · no address 6 · failed 1")

    def test_messages_are_told_as_queued_sent_failed_and_opened(self):
        journey = self.empty_journey()
        for number, (state, opened) in enumerate((
            ("outgoing", False), ("sent", False), ("sent", False), ("sent", self.now), ("sent", False), ("failed", False),
        )):  # fmt: skip
            self.event(journey, number=number, channel="email", message_state=state, opened_at=opened)
        self.gather(journey)
        step = journey.step_ids
        self.assertEqual(
            (step.result_done, step.result_queued, step.result_sent, step.result_failed, step.result_opened), (6, 1, 4, 1, 1)
        )
        self.assertEqual(step.result_open_rate, 0.25)

    def test_each_step_is_told_by_itself(self):
        journey = self.make_journey("joined", [self.make_step(), self.make_step()], start=False, started_at=self.ago(9))
        first, second = journey.step_ids
        self.event(journey, number=1)
        self.event(journey, number=2)
        self.event(journey, number=3, step=second)
        self.gather(journey)
        self.assertEqual((first.result_done, second.result_done), (2, 1))

    def test_points_given_are_told_with_what_they_are_worth(self):
        journey = self.empty_journey()
        for number in range(3):
            self.event(journey, number=number, points=150)
        self.gather(journey)
        self.assertEqual((journey.step_ids.result_points, journey.step_ids.result_points_cost), (450, 4.5))

    def test_a_coupon_is_used_when_an_order_with_it_stands(self):
        coupons = self.env["loyalty.program"].create({
            "name": "Gift", "program_type": "coupons", "applies_on": "current", "trigger": "with_code",
            "reward_ids": [Command.create({"reward_type": "discount", "discount": 10, "discount_mode": "percent",
                                           "discount_applicability": "order", "required_points": 1})],
        })  # fmt: skip
        journey = self.empty_journey()
        used, unused = (self.member | self.other)._give_coupons(coupons, 30)
        for card in (used, unused):
            self.event(journey, number=card.id, card_id=card.id)
        order = self.make_order(1)
        order._try_apply_code(used.code)
        order._apply_program_reward(coupons.reward_ids, used)
        self.assertEqual(self.coupons(journey), (2, 0), "a quotation uses nothing")
        order.action_confirm()
        self.assertEqual(used.points, 0)
        self.assertEqual(self.coupons(journey), (2, 1))
        order._action_cancel()
        self.assertEqual(self.coupons(journey), (2, 0), "the coupon came back with the order")

    def coupons(self, journey):
        self.gather(journey)
        return journey.step_ids.result_coupons, journey.step_ids.result_used

    def test_a_real_journey_is_told_from_its_start_to_its_points(self):
        points = {"name": "Gift", "kind": "points", "points": 50, "points_reason": "Welcome"}
        never = self.make_step(member_domain=f"[('id', '=', {self.member.id})]")
        journey = self.make_journey("date", [points, never], trigger_at=self.ago(0))
        self.look(journey)
        self.advance()
        self.assertFalse(journey.action_count())
        first, second = journey.step_ids
        members = len(journey.run_ids)
        self.assertEqual((journey.result_members, journey.result_done), (members, members))
        self.assertEqual((first.result_done, first.result_points), (members, 50 * members))
        self.assertEqual((second.result_done, second.result_left_out), (1, members - 1))

    # ------------------------------------------------------------ cost and rights

    def test_the_number_of_queries_does_not_grow(self):
        one = self.empty_journey()
        self.crowd(one, 5, 1)
        self.event(one)
        many = one | self.empty_journey() | self.empty_journey() | self.empty_journey()
        for journey in many[1:]:
            self.crowd(journey, 50, 10)
            self.event(journey)
        counts = []
        for journeys in (one, many):
            self.env.flush_all()
            self.env.invalidate_all()
            journeys.mapped("step_ids.name")
            before = self.env.cr.sql_log_count
            journeys._gather_results()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 6)

    def test_marketing_people_and_managers_see_results_of_all_stores(self):
        journey = self.empty_journey()
        self.crowd(journey, 10, 3)
        self.gather(journey)
        for name in ("marketing", "manager"):
            user = self.make_user(name, f"loyalty_membership.group_{name}")
            seen = journey.with_user(user)
            self.assertEqual((seen.treated_buyers, seen.step_ids[:1].result_done), (3, 0))
            self.assertIn('name="results"', seen.get_view()["arch"])

    def test_store_staff_see_no_results(self):
        journey = self.empty_journey()
        store = self.make_user("store", "loyalty_membership.group_store")
        seen = journey.with_user(store)
        for record, name in ((seen, "figures"), (seen, "treated_revenue"), (seen.step_ids[:1], "result_done")):
            with self.assertRaises(AccessError):
                record.read([name])
        self.assertNotIn("result_", seen.get_view()["arch"])

    def test_the_analyses_add_up_what_the_user_may_see(self):
        mine, theirs = self.env["crm.team"].create([{"name": "Mine"}, {"name": "Theirs"}])
        store = self.make_user("store", "loyalty_membership.group_store")
        self.env["crm.team.member"].create({"crm_team_id": mine.id, "user_id": store.id})
        self.member.team_id, self.other.team_id = mine, theirs
        journey = self.empty_journey()
        for member, amount in ((self.member, 10), (self.other, 100)):
            self.make_run(journey, member, 5)
            self.buy(amount, member, date=self.ago(1))
        self.count(journey)
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        for user, revenue in ((store, 10), (marketing, 110)):
            runs = self.Run.with_user(user).with_context(allowed_company_ids=self.env.company.ids)
            found = runs.formatted_read_group(
                [("journey_id", "=", journey.id)],
                ["is_control", "occasion_at:month"],
                ["__count", "purchases:sum", "revenue:sum"],
            )
            self.assertEqual(sum(row["revenue:sum"] for row in found), revenue)

    def test_the_form_opens_for_who_makes_a_journey(self):
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        with Form(self.env["loyalty.journey"].with_user(marketing)) as form:
            form.name = "New"
        self.assertFalse(form.record.figures)
