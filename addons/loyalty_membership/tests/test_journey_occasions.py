"""What each trigger answers, and what it doesn't."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_journey import JourneyCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestJourneyOccasions(JourneyCase):
    def today(self, **shift):
        return self.program._today() + timedelta(**shift)

    # ------------------------------------------------------------ facts

    def test_who_joins_after_the_start_is_answered(self):
        self.env.cr.execute(
            "UPDATE loyalty_member SET create_date = create_date - interval '1 day' WHERE id = ANY(%s)",
            ((self.member | self.other).ids,),
        )
        journey = self.make_journey("joined", since=timedelta(hours=1))
        joined = self.make_member("Zhao Min", phone="13800138009")
        self.look(journey)
        self.assertEqual(self.look(journey).member_id, joined)
        self.assertEqual(journey.run_ids.mapped("occasion"), ["joined"])

    def test_who_joined_somewhere_else_long_ago_is_not_welcomed(self):
        journey = self.make_journey("joined", since=timedelta(hours=1))
        moved = self.make_member("Zhao Min", phone="13800138009", joined_on=self.today(days=-300))
        self.assertNotIn(moved, self.look(journey).member_id)

    def test_each_purchase_is_answered_once(self):
        journey = self.make_journey("purchase")
        first, second = self.buy(100), self.buy(50)
        self.look(journey)
        self.look(journey)
        self.assertEqual(sorted(journey.run_ids.mapped("occasion")), sorted([f"purchase:{first.id}", f"purchase:{second.id}"]))

    def test_only_the_first_purchase_of_all_is_a_first_purchase(self):
        self.buy(10, date=self.yesterday(100))
        journey = self.make_journey("first_purchase")
        self.buy(100)
        new = self.buy(80, member=self.other)
        runs = self.look(journey)
        self.assertEqual(runs.member_id, self.other)
        self.assertEqual(runs.occasion_at, new.date)

    def test_a_purchase_below_the_minimum_is_not_answered(self):
        journey = self.make_journey("purchase", trigger_minimum=60)
        self.buy(50)
        self.buy(60, member=self.other)
        self.assertEqual(self.look(journey).member_id, self.other)

    def test_a_purchase_before_the_start_is_not_answered(self):
        journey = self.make_journey("purchase")
        self.buy(100, date=fields.Datetime.now() - timedelta(minutes=5))
        self.assertFalse(self.look(journey))

    def test_a_purchase_that_is_reported_weeks_later_is_not_answered(self):
        journey = self.make_journey("purchase", since=30 * DAY)
        self.buy(100, date=self.yesterday(20))
        self.buy(100, member=self.other, date=self.yesterday(2))
        self.assertEqual(self.look(journey).member_id, self.other)

    def test_a_purchase_that_was_written_before_the_last_look_ended_is_still_found(self):
        journey = self.make_journey("purchase", since=DAY)
        journey.looked_until = fields.Datetime.now()
        self.buy(100, date=fields.Datetime.now() - timedelta(hours=2))
        self.assertEqual(self.look(journey).member_id, self.member)

    def test_a_refund_is_answered(self):
        purchase = self.buy(100)
        journey = self.make_journey("refund")
        refund = self.refund(purchase)
        self.assertEqual(self.look(journey).occasion, f"refund:{refund.id}")

    def test_an_activity_is_answered_by_its_code(self):
        journey = self.make_journey("activity", trigger_activity="review")
        for code, member in (("review", self.member), ("survey", self.other)):
            self.Transaction._book(self.program, [self.row(0, member, lines=[{"amount": 0, "quantity": 0}]) | {
                "type": "activity", "activity_code": code,
            }])  # fmt: skip
        self.assertEqual(self.look(journey).member_id, self.member)

    def test_climbing_and_falling_are_told_apart(self):
        low, high = self.make_tiers(0, 100)
        up, down = self.make_journey("tier_up"), self.make_journey("tier_down")
        purchase = self.buy(150)
        self.assertEqual(self.member.tier_id, high)
        self.assertEqual(self.look(up).member_id, self.member)
        self.assertFalse(self.look(down))
        self.refund(purchase)
        self.assertEqual(self.member.tier_id, low)
        self.assertEqual(len(self.look(up)), 1)
        self.assertEqual(self.look(down).member_id, self.member)

    def test_climbing_to_another_tier_than_those_asked_for_is_not_answered(self):
        _low, middle, high = self.make_tiers(0, 100, 1000)
        journey = self.make_journey("tier_up", trigger_tier_ids=high.ids)
        self.buy(150)
        self.assertEqual(self.member.tier_id, middle)
        self.assertFalse(self.look(journey))
        self.buy(1000)
        self.assertEqual(self.look(journey).member_id, self.member)

    def test_the_tier_that_comes_with_joining_is_no_climb(self):
        self.make_tiers(0, 100)
        journey = self.make_journey("tier_up")
        self.make_member("Zhao Min", phone="13800138009")
        self.assertFalse(self.look(journey))

    def test_earned_points_are_answered_when_they_can_be_spent(self):
        self.program.hold_days = 7
        journey = self.make_journey("points_earned", trigger_minimum=50)
        self.buy(100)
        self.assertFalse(self.look(journey), "they are pending")
        self.member.entry_ids._release()
        self.assertEqual(self.look(journey).member_id, self.member)

    def test_a_redemption_that_is_done_is_answered(self):
        journey = self.make_journey("redeemed")
        self.grant(100)
        item = self.env["loyalty.catalog.item"].create({
            "name": "Hour of Parking", "program_id": self.program.id, "kind": "service", "points": 10,
        })  # fmt: skip
        redemption = self.env["loyalty.redemption"].create({"member_id": self.member.id, "item_id": item.id})
        redemption.action_submit()
        if redemption.state != "done":
            redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")
        self.assertEqual(self.look(journey).occasion, f"redemption:{redemption.id}")

    def test_entering_and_leaving_a_segment_are_answered(self):
        segment = self.env["loyalty.segment"].create({"name": "Mothers", "program_id": self.program.id, "kind": "list"})
        entered = self.make_journey("segment_entered", trigger_segment_id=segment.id)
        left = self.make_journey("segment_left", trigger_segment_id=segment.id)
        place = self.env["loyalty.segment.membership"].sudo().create({
            "segment_id": segment.id, "member_id": self.member.id, "entered_at": fields.Datetime.now(),
        })  # fmt: skip
        self.assertEqual(self.look(entered).member_id, self.member)
        self.assertFalse(self.look(left))
        place.left_at = fields.Datetime.now()
        self.assertEqual(self.look(left).member_id, self.member)
        self.assertEqual(len(self.look(entered)), 1)

    def test_who_is_in_the_segment_already_is_answered_if_wanted(self):
        segment = self.env["loyalty.segment"].create({"name": "Mothers", "program_id": self.program.id, "kind": "list"})
        self.env["loyalty.segment.membership"].sudo().create({
            "segment_id": segment.id, "member_id": self.member.id, "entered_at": self.yesterday(50),
        })  # fmt: skip
        only_new = self.make_journey("segment_entered", trigger_segment_id=segment.id)
        everybody = self.make_journey("segment_entered", trigger_segment_id=segment.id, include_present=True)
        self.assertFalse(self.look(only_new))
        self.assertEqual(self.look(everybody).member_id, self.member)

    # ------------------------------------------------------------ dates

    def test_a_birthday_is_answered_on_its_day_and_once_a_year(self):
        today = self.today()
        self.member.birthdate = today.replace(year=1988)
        journey = self.make_journey("birthday", since=DAY)
        runs = self.look(journey)
        self.assertEqual(runs.member_id, self.member)
        self.assertEqual(runs.occasion, f"birthday:{today.year}")
        self.assertEqual(len(self.look(journey)), 1)

    def test_a_birthday_can_be_answered_a_week_before(self):
        day = self.today(days=7)
        self.member.birthdate = day.replace(year=1988)
        self.other.birthdate = self.today().replace(year=1992)
        journey = self.make_journey("birthday", offset_days=-7)
        runs = self.look(journey)
        self.assertEqual(runs.member_id, self.member)
        self.assertEqual(runs.occasion, f"birthday:{day.year}")

    def test_the_year_of_joining_has_no_anniversary(self):
        self.member.joined_on = self.today().replace(year=self.today().year - 2)
        self.other.joined_on = self.today()
        self.assertEqual(self.look(self.make_journey("anniversary")).member_id, self.member)

    def test_a_tier_is_about_to_lapse_so_many_days_before(self):
        self.make_tiers(0, 100)
        self.buy(150)
        self.env.cr.execute("UPDATE loyalty_member SET tier_until = %s WHERE id = %s", (self.today(days=30), self.member.id))
        self.env.cr.execute("UPDATE loyalty_member SET tier_until = %s WHERE id = %s", (self.today(days=31), self.other.id))
        self.env.invalidate_all()
        self.assertEqual(self.look(self.make_journey("tier_lapsing", trigger_days=30)).member_id, self.member)

    def test_whose_points_expire_in_so_many_days_is_told_of_the_day(self):
        self.grant(100, expires_on=self.today(days=7))
        self.grant(100, member=self.other, expires_on=self.today(days=8))
        runs = self.look(self.make_journey("points_expiring", trigger_days=7))
        self.assertEqual(runs.member_id, self.member)
        self.assertEqual(runs.occasion, f"points until {self.today(days=7)}")

    def test_points_that_were_spent_don_t_expire(self):
        self.grant(100, expires_on=self.today(days=7))
        self.spend(100)
        self.assertFalse(self.look(self.make_journey("points_expiring", trigger_days=7)))

    def test_points_that_end_by_inactivity_are_told_of(self):
        self.program.write({"expiry_policy": "inactivity", "expiry_number": 90, "expiry_unit": "day"})
        self.grant(100)
        self.grant(100, member=self.other)
        self.env.cr.execute(
            "UPDATE loyalty_member SET last_movement_at = last_movement_at - interval '83 days' WHERE id = %s", (self.member.id,)
        )
        self.env.invalidate_all()
        runs = self.look(self.make_journey("points_expiring", trigger_days=7))
        self.assertEqual(runs.member_id, self.member)

    def test_points_that_end_sooner_are_told_of_at_the_start_if_wanted(self):
        self.grant(100, expires_on=self.today(days=3))
        self.assertFalse(self.look(self.make_journey("points_expiring", trigger_days=7)))
        self.assertTrue(self.look(self.make_journey("points_expiring", trigger_days=7, include_present=True)))

    def test_silence_is_answered_once_for_each_silence(self):
        self.buy(10, date=self.yesterday(60))
        journey = self.make_journey("silent", trigger_days=60, since=2 * DAY)
        self.assertEqual(self.look(journey).member_id, self.member)
        self.look(journey)
        self.assertEqual(len(journey.run_ids), 1)

    def test_who_has_been_silent_for_longer_is_answered_at_the_start_if_wanted(self):
        self.buy(10, date=self.yesterday(200))
        self.buy(10, member=self.other, date=self.yesterday(20))
        self.assertFalse(self.look(self.make_journey("silent", trigger_days=60)))
        self.assertEqual(self.look(self.make_journey("silent", trigger_days=60, include_present=True)).member_id, self.member)

    def test_who_never_bought_is_silent_since_joining(self):
        self.member.joined_on = self.today(days=-60)
        self.assertEqual(self.look(self.make_journey("silent", trigger_days=60)).member_id, self.member)

    # ------------------------------------------------------------ campaigns

    def test_a_campaign_is_for_everybody_and_once(self):
        journey = self.make_journey("date", trigger_at=fields.Datetime.now() - timedelta(minutes=1))
        self.assertEqual(self.look(journey).member_id, self.member | self.other)
        late = self.make_member("Zhao Min", phone="13800138009")
        self.assertNotIn(late, self.look(journey).member_id)
        self.assertEqual(len(journey.run_ids), 2)

    def test_a_campaign_waits_for_its_date(self):
        journey = self.make_journey("date", trigger_at=fields.Datetime.now() + timedelta(hours=1))
        self.assertFalse(self.look(journey))

    def test_a_repeated_campaign_comes_again_with_each_date(self):
        first = fields.Datetime.now() - timedelta(days=6, minutes=1)
        journey = self.make_journey("repeat", trigger_at=first, repeat_number=3, repeat_unit="day", since=4 * DAY)
        self.look(journey)
        self.assertEqual(set(journey.run_ids.mapped("occasion")), {f"repeat:{fields.Datetime.to_string(first + 6 * DAY)}"})
        self.look(journey)
        self.assertEqual(len(journey.run_ids.filtered(lambda run: run.member_id == self.member)), 1)

    def test_a_date_before_the_start_is_not_repeated_by_it(self):
        journey = self.make_journey("repeat", trigger_at=self.yesterday(1), repeat_number=7, repeat_unit="day")
        self.assertFalse(self.look(journey))

    # ------------------------------------------------------------ for whom

    def test_only_its_audience_starts(self):
        _low, high = self.make_tiers(0, 100)
        self.buy(150)
        for name, values in {
            "a tier": {"tier_ids": high.ids},
            "a filter": {"member_domain": "[('points', '>', 100)]"},
        }.items():
            with self.subTest(name):
                journey = self.make_journey("date", trigger_at=fields.Datetime.now(), **values)
                self.assertEqual(self.look(journey).member_id, self.member)

    def test_a_segment_s_audience_is_who_is_in_it_now(self):
        segment = self.env["loyalty.segment"].create({"name": "Mothers", "program_id": self.program.id, "kind": "list"})
        self.env["loyalty.segment.membership"].sudo().create([
            {"segment_id": segment.id, "member_id": self.member.id, "entered_at": self.yesterday()},
            {"segment_id": segment.id, "member_id": self.other.id, "entered_at": self.yesterday(), "left_at": self.yesterday()},
        ])  # fmt: skip
        journey = self.make_journey("date", trigger_at=fields.Datetime.now(), segment_ids=segment.ids)
        self.assertEqual(self.look(journey).member_id, self.member)

    def test_frozen_members_don_t_start(self):
        self.member._freeze("asked")
        journey = self.make_journey("date", trigger_at=fields.Datetime.now())
        self.assertNotIn(self.member, self.look(journey).member_id)

    def test_a_member_of_another_program_doesn_t_start(self):
        program = self.env["loyalty.program"].create({
            "name": "Other", "program_type": "loyalty", "is_membership": True, "company_id": self.env.company.id,
        })  # fmt: skip
        journey = self.make_journey("date", trigger_at=fields.Datetime.now(), program_id=program.id)
        self.assertFalse(self.look(journey))

    def test_once_a_member_is_once_whatever_happens_again(self):
        journey = self.make_journey("purchase", once=True)
        self.buy(10)
        self.buy(20)
        self.look(journey)
        self.buy(30)
        self.assertEqual(len(self.look(journey)), 1)

    def test_the_control_group_is_about_as_large_as_said_and_always_the_same(self):
        members = self.env["loyalty.member"].union(*(
            self.make_member(f"Member {number}", phone=f"139{number:08}") for number in range(200)
        ))  # fmt: skip
        journey = self.make_journey("date", trigger_at=fields.Datetime.now(), control_percentage=20)
        runs = self.look(journey).filtered(lambda run: run.member_id in members)
        control = runs.filtered("is_control")
        self.assertTrue(20 < len(control) < 65, len(control))
        self.assertEqual(set(control.mapped("state")), {"control"})
        self.assertFalse(control.step_id or control.filtered("due_at"))
        self.assertEqual({member.id for member in members if journey._is_control(member)}, set(control.member_id.ids))
