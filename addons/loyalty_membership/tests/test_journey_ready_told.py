"""What messages of journeys tell: gifts, tiers, points that end, a year; for many members at once, and to who tests a journey."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.in_process import JourneyEvents
from .test_journey_ready import ReadyCase


@tagged("post_install", "-at_install")
class TestJourneyTold(ReadyCase):
    def item(self, name, points, **values):
        return self.env["loyalty.catalog.item"].create({
            "program_id": self.program.id,
            "name": name,
            "points": points,
            "kind": "service",
            **values,
        })

    # ------------------------------------------------------------ what points buy

    def test_gifts_are_those_that_the_member_may_have_now_dearest_first(self):
        bronze, gold = self.make_tiers(0, 5000)
        here, there = self.env["crm.team"].create([{"name": "Here"}, {"name": "There"}])
        self.member.write({"team_id": here.id, "tier_id": bronze.id})
        self.grant(100)
        cheap, dear = self.item("Cheap", 10), self.item("Dear", 100, team_ids=here.ids, tier_ids=bronze.ids)
        self.item("Too Dear", 101)
        self.item("Elsewhere", 10, team_ids=there.ids)
        self.item("For Gold", 10, tier_ids=gold.ids)
        self.item("Over", 10, date_to=self.program._today() - timedelta(days=1))
        had = self.item("Had", 5, limit_member=1)
        redemption = self.env["loyalty.redemption"].create({"member_id": self.member.id, "item_id": had.id, "team_id": here.id})
        redemption._submit()
        self.grant(5)
        self.env.invalidate_all()
        self.assertEqual(self.member.affordable_item_ids, dear + cheap)
        self.assertEqual(self.member.rewards_told, "Dear and Cheap")
        self.assertFalse(self.other.rewards_told)

    def test_what_the_store_has_no_more_of_is_not_named(self):
        self.grant(100)
        mug = self.env["product.product"].create({"name": "Mug", "type": "consu", "is_storable": True})
        self.item("Mug", 10, kind="gift", product_id=mug.id)
        self.assertFalse(self.member.rewards_told)
        warehouse = self.env["crm.team"]._loyalty_warehouse(self.env.company)
        self.env["stock.quant"]._update_available_quantity(mug, warehouse.lot_stock_id, 1)
        self.env.invalidate_all()
        self.assertEqual(self.member.rewards_told, "Mug")

    def test_of_many_gifts_three_are_named(self):
        self.grant(100)
        for number in range(6):
            self.item(f"Gift {number}", 10 + number)
        self.assertEqual(self.member.rewards_told, "Gift 5, Gift 4, Gift 3, and more")
        self.assertEqual(self.member.affordable_item_ids.mapped("name_with_cost")[-1:], ["Gift 1 (11 points)"])
        self.assertEqual(len(self.member.affordable_item_ids), 5)

    # ------------------------------------------------------------ what keeps the tier

    def test_what_is_missing_to_keep_a_tier_is_asked_of_the_day_it_ends(self):
        _bronze, gold = self.make_tiers(0, 500)
        today = self.program._today()
        self.program.write({"tier_metric": "amount", "tier_window": "rolling", "tier_window_months": 12})
        self.buy(400, date=fields.Datetime.now() - timedelta(days=345))  # too old when the tier ends
        self.buy(150, date=fields.Datetime.now() - timedelta(days=30))
        self.member.sudo().write({"tier_id": gold.id})
        self.member.sudo().tier_until = today + timedelta(days=30)
        self.env.invalidate_all()
        self.assertIn("350", self.member.tier_keep_told)
        self.buy(350)
        self.env.invalidate_all()
        self.assertFalse(self.member.tier_keep_told)

    def test_a_tier_that_nobody_loses_is_kept(self):
        _bronze, gold = self.make_tiers(0, 500)
        self.program.tier_downgrade = "never"
        self.member.sudo().write({"tier_id": gold.id})
        self.member.sudo().tier_until = self.program._today() + timedelta(days=30)
        self.assertFalse(self.member.tier_keep_told)

    # ------------------------------------------------------------ points, a year

    def test_points_that_end_are_those_that_end_next(self):
        today = self.program._today()
        self.grant(30, expires_on=today + timedelta(days=5))
        self.grant(40, expires_on=today + timedelta(days=50))
        self.assertEqual(self.member.points_ending_told, "30 Points")
        self.assertEqual(self.member.points_ending_on, today + timedelta(days=5))

    def test_in_a_journey_points_that_end_are_those_it_is_about(self):
        today = self.program._today()
        journey = self.make_journey("points_expiring", trigger_days=30, since=timedelta(days=1))
        self.grant(30, expires_on=today + timedelta(days=30))
        self.grant(7, expires_on=today + timedelta(days=90))
        run = self.look(journey)
        events = run._note(journey.step_ids, "done")
        self.spend(10)
        member = self.member.with_context(loyalty_journey_events=JourneyEvents(events))
        self.assertEqual((member.points_ending_told, member.points_ending_on), ("20 Points", today + timedelta(days=30)))

    def test_a_year_is_the_one_that_has_ended(self):
        year = self.program._today().year - 1
        self.buy(80, date=fields.Datetime.to_datetime(f"{year}-06-05 08:00:00"))
        gone = self.buy(50, date=fields.Datetime.to_datetime(f"{year}-07-05 08:00:00"))
        self.refund(gone, date=fields.Datetime.to_datetime(f"{year}-07-06 08:00:00"))
        self.buy(999, date=fields.Datetime.to_datetime(f"{year}-12-31 16:30:00"))  # the new year in Shanghai
        self.spend(20, date=fields.Datetime.to_datetime(f"{year}-08-05 08:00:00"))
        self.env.invalidate_all()
        self.assertEqual((self.member.last_year, self.member.last_year_purchases), (year, 1))
        self.assertIn("80.00", self.member.last_year_spend_told)
        self.assertEqual((self.member.last_year_earned_told, self.member.last_year_used_told), ("80 Points", "20 Points"))

    # ------------------------------------------------------------ many at once

    def test_a_hundred_members_cost_no_more_statements_than_ten(self):
        warehouse = self.env["crm.team"]._loyalty_warehouse(self.env.company)
        mug = self.env["product.product"].create({"name": "Mug", "type": "consu", "is_storable": True})
        self.env["stock.quant"]._update_available_quantity(mug, warehouse.lot_stock_id, 500)
        self.item("Mug", 10, kind="gift", product_id=mug.id, limit_member=1)
        self.make_tiers(0, 500)
        members = self.env["loyalty.member"].union(*(self.make_member(f"Member {number}") for number in range(110)))
        for member in members:
            member.partner_id.email = f"m{member.id}@example.com"
        template = [self.env.ref(f"loyalty_membership.mail_journey_{key}") for key in ("points_expiring", "tier_lapsing", "year")]

        def statements(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            for one in template:
                one._render_field("subject", some.ids)
                one._render_field("body_html", some.ids)
            return self.cr.sql_log_count - before

        statements(members[:1])  # what is compiled and cached once
        ten, hundred = statements(members[:10]), statements(members[10:110])
        self.assertLessEqual(hundred, ten + 3)

    # ------------------------------------------------------------ who tests one

    def test_marketing_sees_every_message_rendered(self):
        marketing = self.make_user("ready_marketing", "loyalty_membership.group_marketing")
        self.grant(100)
        self.item("Cup", 10)
        for journey in self.of_program():
            test = self.env["loyalty.journey.test"].with_user(marketing).create({
                "journey_id": journey.id, "member_id": self.member.id
            })  # fmt: skip
            lines = test.line_ids
            self.assertEqual(len(lines), len(journey.step_ids))
            for line, step in zip(lines, journey.step_ids.sorted("sequence"), strict=True):
                self.assertEqual(bool(line.text), step.kind in ("mail", "sms"), (journey.name, line.name, line.title))
                self.assertTrue(line.title)
                self.assertNotIn("phone", (line.text or "").lower())
