"""How members go through a journey: waits, conditions, what fails, and what is taken away meanwhile."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import loyalty_journey_run
from .common_journey import JourneyCase

LOG = "odoo.addons.loyalty_membership.models.loyalty_journey_run"


@tagged("post_install", "-at_install")
class TestJourneySteps(JourneyCase):
    def campaign(self, *steps, **values):
        journey = self.make_journey(
            "date", list(steps) or None, trigger_at=fields.Datetime.now() - timedelta(minutes=1), **values
        )
        self.look(journey)
        return journey

    def run_of(self, journey, member=None):
        return journey.run_ids.filtered(lambda run: run.member_id == (member or self.member))

    def later(self, journey, **delta):
        """Let time pass: what is due comes earlier."""
        for run in journey.run_ids.filtered("due_at"):
            run.due_at -= timedelta(**delta)

    # ------------------------------------------------------------ going on

    def test_everybody_takes_the_step_and_is_done(self):
        journey = self.campaign()
        self.advance()
        self.assertEqual(self.told(), self.member | self.other)
        self.assertEqual(set(journey.run_ids.mapped("state")), {"done"})
        self.assertEqual(set(journey.run_ids.event_ids.mapped("outcome")), {"done"})
        self.assertTrue(all(journey.run_ids.mapped("ended_at")))

    def test_a_step_is_taken_once(self):
        journey = self.campaign()
        self.advance()
        self.member.partner_id.category_id = False
        self.look(journey)
        self.advance()
        self.assertNotIn(self.member, self.told())

    def test_the_second_step_comes_after_its_wait(self):
        journey = self.campaign(self.make_step(), self.make_step(self.second_tag, wait_number=2, wait_unit="day"))
        self.advance()
        self.assertEqual(self.told(), self.member | self.other)
        self.assertFalse(self.told(self.second_tag))
        self.later(journey, days=1)
        self.advance()
        self.assertFalse(self.told(self.second_tag))
        self.later(journey, days=1)
        self.advance()
        self.assertEqual(self.told(self.second_tag), self.member | self.other)
        self.assertEqual(len(self.run_of(journey).event_ids), 2)

    def test_the_first_step_waits_too(self):
        journey = self.campaign(self.make_step(wait_number=3, wait_unit="hour"))
        self.advance()
        self.assertFalse(self.told())
        run = self.run_of(journey)
        self.assertEqual(run.due_at, run.occasion_at + timedelta(hours=3))

    def test_a_journey_begins_at_its_hour_of_the_program_s_day(self):
        tomorrow = self.program._today() + timedelta(days=1)
        journey = self.make_journey("purchase", offset_days=1, at_hour=True, hour=9.5)
        self.buy(100)
        due = self.look(journey).due_at
        local = self.program._local(due)
        self.assertEqual((local.hour, local.minute), (9, 30))
        self.assertIn((local.date() - tomorrow).days, (0, 1), "the next 9:30, a day after the purchase")
        self.assertGreaterEqual(due, self.buy(1).date)

    def test_who_does_not_meet_the_condition_leaves_out_the_step(self):
        self.grant(100)
        journey = self.campaign(self.make_step(member_domain="[('points', '>', 50)]"), self.make_step(self.second_tag))
        self.advance()
        self.assertEqual(self.told(), self.member)
        self.assertEqual(self.told(self.second_tag), self.member | self.other)
        outcomes = self.run_of(journey, self.other).event_ids.sorted("id").mapped("outcome")
        self.assertEqual(outcomes, ["left_out", "done"])

    def test_or_the_journey_ends_for_them(self):
        self.grant(100)
        journey = self.campaign(
            self.make_step(member_domain="[('points', '>', 50)]", otherwise="end"), self.make_step(self.second_tag)
        )
        self.advance()
        self.assertEqual(self.told(self.second_tag), self.member)
        self.assertEqual(self.run_of(journey, self.other).state, "ended")

    def test_the_control_group_takes_no_step(self):
        journey = self.campaign(control_percentage=90)
        control = journey.run_ids.filtered("is_control").member_id
        self.advance()
        self.assertEqual(self.told(), (self.member | self.other) - control)

    def test_two_occasions_of_a_member_are_answered_both(self):
        journey = self.make_journey("purchase")
        self.buy(10)
        self.buy(20)
        self.look(journey)
        self.advance()
        self.assertEqual(journey.run_ids.mapped("state"), ["done", "done"])

    def test_a_large_campaign_holds_up_no_other_journey(self):
        large = self.campaign()
        small = self.make_journey("purchase", [self.make_step(self.second_tag)])
        self.buy(10)
        self.look(small)
        with patch.object(loyalty_journey_run, "BATCH", 1):
            for step in self.Run._due_steps():
                self.Run._claim(step)._take_step()
        self.assertEqual(self.told(self.second_tag), self.member)
        self.assertEqual(sorted(large.run_ids.mapped("state")), ["done", "waiting"])

    def test_a_step_knows_what_the_journey_answers(self):
        self.grant(40, expires_on=self.program._today() + timedelta(days=3))
        self.grant(60, expires_on=self.program._today() + timedelta(days=7))
        self.grant(90, expires_on=self.program._today() + timedelta(days=8))
        code = """for record in records:
    told = "%g until %s" % (record.journey_points_ending, record.journey_happened_on)
    record.partner_id.write({"comment": told})"""
        journey = self.make_journey("points_expiring", [self.make_step(code=code)], trigger_days=7)
        self.look(journey)
        self.advance()
        self.assertIn(f"100 until {self.program._today() + timedelta(days=7)}", self.member.partner_id.comment)
        self.assertFalse(self.member.journey_happened_on or self.member.journey_points_ending, "outside of journeys")

    # ------------------------------------------------------------ what fails

    POISON = """for record in records:
    if record.name == 'Wang Wei':
        raise UserError('poisoned')
    record.partner_id.write({'category_id': [(4, %s)]})"""

    @mute_logger(LOG)
    def test_a_member_that_fails_stops_no_other_and_is_shown(self):
        journey = self.campaign(self.make_step(code=self.POISON % self.tag.id))
        self.advance()
        self.assertEqual(self.told(), self.member)
        run = self.run_of(journey, self.other)
        self.assertEqual((run.state, run.tries, run.problem), ("waiting", 1, "poisoned"))
        self.assertGreater(run.due_at, fields.Datetime.now())

    @mute_logger(LOG)
    def test_what_fails_five_times_waits_for_somebody(self):
        journey = self.campaign(self.make_step(code=self.POISON % self.tag.id))
        for _try in range(5):
            self.advance()
            self.later(journey, days=1)
        run = self.run_of(journey, self.other)
        self.assertEqual((run.state, run.event_ids.outcome), ("failed", "failed"))
        self.assertEqual(journey.failed_count, 1)
        self.other.partner_id.name = "Wang Li"
        run.action_try_again()
        self.advance()
        self.assertEqual((run.state, run.event_ids.outcome, run.problem), ("done", "done", False))
        self.assertEqual(self.told(), self.member | self.other)

    @mute_logger(LOG)
    def test_what_a_failing_step_wrote_is_undone(self):
        code = f"records.partner_id.write({{'category_id': [(4, {self.tag.id})]}})\nraise UserError('afterwards')"
        journey = self.campaign(self.make_step(code=code))
        self.advance()
        self.assertFalse(self.told())
        self.assertFalse(journey.run_ids.event_ids)

    @mute_logger(LOG)
    def test_an_error_that_is_nobody_s_to_read_is_told_by_its_kind(self):
        journey = self.campaign(self.make_step(code="1 / 0"))
        self.advance()
        self.assertIn("ZeroDivisionError", self.run_of(journey).problem)

    @mute_logger("odoo.addons.loyalty_membership.models.loyalty_journey_start")
    def test_a_journey_whose_filter_broke_says_so_and_others_go_on(self):
        journey = self.make_journey("purchase")
        self.env.cr.execute('UPDATE loyalty_journey SET member_domain = \'[("gone", "=", 1)]\' WHERE id = %s', (journey.id,))
        journey.invalidate_recordset()
        self.buy(10)
        journey._look()
        self.assertIn("filter", journey.problem)
        journey.member_domain = "[]"
        self.assertEqual(len(self.look(journey)), 1, "what happened meanwhile is not lost")

    # ------------------------------------------------------------ what changes meanwhile

    def test_who_was_frozen_meanwhile_has_left(self):
        journey = self.campaign()
        self.member._freeze("asked")
        self.advance()
        self.assertEqual(self.told(), self.other)
        self.assertEqual(self.run_of(journey).state, "cancelled")

    def test_nobody_goes_on_while_it_is_paused(self):
        journey = self.campaign()
        journey.action_pause()
        self.advance()
        self.assertFalse(self.told())
        journey.action_start()
        self.advance()
        self.assertEqual(self.told(), self.member | self.other)

    def test_what_happens_while_it_is_paused_is_answered_afterwards(self):
        journey = self.make_journey("purchase")
        journey.action_pause()
        self.buy(10)
        journey.action_start()
        self.assertEqual(len(self.look(journey)), 1)

    def test_whoever_is_under_way_leaves_a_journey_that_is_stopped(self):
        journey = self.campaign()
        journey.action_stop()
        self.assertEqual(set(journey.run_ids.mapped("state")), {"cancelled"})
        journey.action_start()
        self.advance()
        self.assertFalse(self.told())

    def test_whoever_waits_for_a_step_that_is_taken_out_goes_on_with_the_next(self):
        journey = self.campaign(self.make_step(), self.make_step(self.second_tag))
        journey.step_ids[0].unlink()
        self.advance()
        self.assertFalse(self.told())
        self.assertEqual(self.told(self.second_tag), self.member | self.other)
        self.assertEqual(set(journey.run_ids.mapped("state")), {"done"})

    def test_when_the_last_step_is_taken_out_they_are_done(self):
        journey = self.campaign()
        journey.step_ids.unlink()
        self.assertEqual(set(journey.run_ids.mapped("state")), {"done"})

    def test_a_member_can_be_taken_out(self):
        journey = self.campaign()
        self.run_of(journey).action_leave()
        self.advance()
        self.assertEqual(self.told(), self.other)

    def test_a_merged_member_s_way_goes_on_with_the_survivor(self):
        journey = self.make_journey("purchase")
        self.buy(10, member=self.other)
        self.look(journey)
        self.other._merge_into(self.member)
        self.advance()
        self.assertEqual(self.told(), self.member)

    def test_the_job_does_all_of_it(self):
        journey = self.make_journey("date", trigger_at=fields.Datetime.now() - timedelta(minutes=1))
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_journeys").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(journey.run_ids.mapped("state")), {"done"})

    # ------------------------------------------------------------ setting it up

    def test_a_journey_without_steps_can_t_start(self):
        with self.assertRaisesRegex(UserError, "add a step"):
            self.make_journey("joined", [])

    def test_what_a_trigger_needs_is_asked_for(self):
        with self.assertRaisesRegex(ValidationError, "fill in"):
            self.make_journey("activity")

    def test_only_birthdays_can_be_answered_before(self):
        with self.assertRaisesRegex(ValidationError, "before their day"):
            self.make_journey("purchase", offset_days=-1)

    def test_a_filter_that_can_t_be_read_is_refused(self):
        with self.assertRaisesRegex(UserError, "filter can't be read"):
            self.make_journey("joined", member_domain="[('nothing', '=', 1)]")

    def test_the_trigger_of_a_running_journey_is_fixed(self):
        journey = self.make_journey("joined")
        with self.assertRaisesRegex(UserError, "stop it"):
            journey.trigger = "purchase"

    def test_a_segment_that_a_journey_asks_for_is_not_deleted(self):
        segments = self.env["loyalty.segment"].create([
            {"name": name, "program_id": self.program.id, "kind": "list"} for name in ("Mothers", "Fathers")
        ])
        self.make_journey("purchase", start=False, segment_ids=segments[0].ids)
        self.make_journey("segment_left", start=False, trigger_segment_id=segments[1].id)
        for segment in segments:
            with self.assertRaisesRegex(UserError, "asks for"):
                segment.unlink()

    def test_a_journey_that_was_run_is_archived_not_deleted(self):
        journey = self.campaign()
        journey.action_stop()
        with self.assertRaisesRegex(UserError, "archive it"):
            journey.unlink()

    def test_a_copy_is_off_and_has_its_own_steps(self):
        journey = self.campaign()
        copied = journey.copy()
        self.assertEqual((copied.state, copied.started_at, len(copied.step_ids)), ("draft", False, 1))
        self.assertNotEqual(copied.step_ids, journey.step_ids)

    # ------------------------------------------------------------ rights

    def test_marketing_people_start_and_stop_journeys(self):
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        journey = self.make_journey("joined", start=False).with_user(marketing)
        journey.action_start()
        self.assertEqual(journey.state, "running")
        journey.action_pause()
        journey.action_stop()
        self.assertEqual(journey.state, "stopped")

    def test_what_gives_points_is_started_by_a_manager(self):
        step = {"name": "Gift", "kind": "points", "points": 10, "points_reason": "Thanks"}
        journey = self.make_journey("joined", [step], start=False)
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        with self.assertRaisesRegex(UserError, "manager must start it"):
            journey.with_user(marketing).action_start()
        manager = self.make_user("manager", "loyalty_membership.group_manager")
        journey.with_user(manager).action_start()
        self.assertEqual(journey.state, "running")

    def test_marketing_people_add_no_gift_to_a_journey_that_runs(self):
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        journey = self.make_journey("joined").with_user(marketing)
        gift = {"kind": "points", "points": 10, "points_reason": "Thanks"}
        with self.assertRaisesRegex(UserError, "manager"):
            journey.step_ids = [(0, 0, {"name": "Gift", **gift})]
        with self.assertRaisesRegex(UserError, "manager"):
            journey.step_ids[0].write(gift)

    def test_store_staff_may_not(self):
        store = self.make_user("store", "loyalty_membership.group_store")
        journey = self.make_journey("joined", start=False).with_user(store)
        for act in (journey.action_start, journey.action_pause, journey.action_stop):
            with self.assertRaises(AccessError):
                act()

    def test_nobody_writes_the_state_around_the_buttons(self):
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing,loyalty_membership.group_admin")
        journey = self.make_journey("joined", start=False).with_user(marketing)
        with self.assertRaises(AccessError):
            journey.state = "running"
        with self.assertRaises(AccessError):
            journey.create({"name": "X", "program_id": self.program.id, "state": "running"})

    def test_nobody_writes_runs_or_events(self):
        journey = self.campaign()
        self.advance()
        admin = self.make_user("chief", "loyalty_membership.group_admin")
        for record in (journey.run_ids[:1], journey.run_ids[:1].event_ids):
            with self.assertRaises(AccessError):
                record.with_user(admin).write({"problem": "x"})
            with self.assertRaises(AccessError):
                record.with_user(admin).unlink()

    def test_store_staff_see_only_the_runs_of_their_members(self):
        mine, theirs = self.env["crm.team"].create([{"name": "Mine"}, {"name": "Theirs"}])
        store = self.make_user("store", "loyalty_membership.group_store")
        self.env["crm.team.member"].create({"crm_team_id": mine.id, "user_id": store.id})
        self.member.team_id, self.other.team_id = mine, theirs
        journey = self.campaign()
        self.advance()
        runs = self.Run.with_user(store).search([("journey_id", "=", journey.id)])
        self.assertEqual(runs.sudo().member_id, self.member)
        events = self.env["loyalty.journey.event"].with_user(store).search([("journey_id", "=", journey.id)])
        self.assertEqual(events.sudo().member_id, self.member)

    def test_store_staff_may_not_take_members_out(self):
        store = self.make_user("store", "loyalty_membership.group_store")
        journey = self.campaign()
        for act in (self.run_of(journey).with_user(store).action_leave, self.run_of(journey).with_user(store).action_try_again):
            with self.assertRaises(AccessError):
                act()

    def test_another_company_s_journeys_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        marketing = self.make_user("marketing", "loyalty_membership.group_marketing")
        marketing.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        journey = self.campaign()
        for model, record in (("loyalty.journey", journey), ("loyalty.journey.run", journey.run_ids)):
            self.assertFalse(self.env[model].with_user(marketing).search([("id", "in", record.ids)]))
