"""Server actions of our own kinds: what they do with members."""

from datetime import timedelta

from odoo.tests import Form

from .common_action import ActionCase


class TestServerActions(ActionCase):
    def test_points_are_granted_with_their_reason_and_last_day(self):
        self.run_on(self.points_action(points_days=30), self.member | self.other)
        for member in self.member | self.other:
            entry = self.Entry.search([("member_id", "=", member.id)])
            self.assertRecordValues(entry, [{
                "kind": "adjust", "points": 50, "note": "Anniversary", "qualifying_points": 0,
                "expires_on": self.program._today() + timedelta(days=30), "origin_model": "ir.actions.server",
            }])  # fmt: skip
            self.assertEqual(self.points(member), 50)
        self.assertBalanced()

    def test_points_without_days_end_as_the_program_says(self):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 10, "expiry_unit": "day"})
        self.run_on(self.points_action(), self.member)
        entry = self.Entry.search([("member_id", "=", self.member.id)])
        self.assertEqual(entry.expires_on, self.program._expires_on(self.program._today()))
        self.assertTrue(entry.expires_on)

    def test_points_that_count_for_tiers_raise_members(self):
        _low, high = self.make_tiers(0, 40)
        self.run_on(self.points_action(is_qualifying=True), self.member)
        self.assertEqual(self.member.tier_id, high)
        self.assertEqual(self.member.qualifying_points, 50)

    def test_the_reason_is_written_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        action = self.points_action()
        action.with_context(lang="zh_CN").loyalty_reason = "周年庆"
        self.member.partner_id.lang = "zh_CN"
        self.run_on(action, self.member | self.other)
        notes = {entry.member_id: entry.note for entry in self.Entry.search([("note", "!=", False)])}
        self.assertEqual(notes[self.member], "周年庆")
        self.assertEqual(notes[self.other], "Anniversary")

    def test_a_coupon_is_issued_to_each_and_ends_in_time(self):
        self.run_on(self.make_action("coupon", coupon_program_id=self.coupons.id, coupon_days=7), self.member | self.other)
        self.assertEqual(self.coupons.coupon_ids.partner_id, self.member.partner_id | self.other.partner_id)
        self.assertEqual(set(self.coupons.coupon_ids.mapped("expiration_date")), {self.program._today() + timedelta(days=7)})
        self.assertEqual(set(self.coupons.coupon_ids.mapped("points")), {1})

    def test_a_coupon_is_mailed_as_its_program_says(self):
        template = self.env.ref("loyalty.mail_template_loyalty_card")
        self.coupons.communication_plan_ids = [(0, 0, {"trigger": "create", "mail_template_id": template.id})]
        self.member.partner_id.email = "lina@example.com"
        self.run_on(self.make_action("coupon", coupon_program_id=self.coupons.id), self.member)
        mail = self.env["mail.mail"].search([("model", "=", "loyalty.card"), ("res_id", "=", self.coupons.coupon_ids.id)])
        self.assertEqual(mail.state, "outgoing")

    def test_tags_are_added_and_removed(self):
        add = self.make_action("tag", tag_ids=self.vip.ids)
        self.run_on(add, self.member | self.other)
        self.assertEqual(self.vip.partner_ids, self.member.partner_id | self.other.partner_id)
        self.run_on(self.make_action("tag", tag_ids=self.vip.ids, tag_operation="remove"), self.member)
        self.assertEqual(self.vip.partner_ids, self.other.partner_id)

    def test_a_tier_is_set_as_by_hand_and_recorded(self):
        _low, high = self.make_tiers(0, 1000)
        self.run_on(self.make_action("tier", tier_id=high.id, tier_months=6), self.member)
        self.assertEqual(self.member.tier_id, high)
        self.assertGreater(self.member.tier_manual_until, self.program._today() + timedelta(days=150))
        self.assertEqual(self.member.tier_change_ids.sorted("id")[-1].reason, "manual")

    def test_a_tier_is_not_given_to_members_of_another_program(self):
        _low, high = self.make_tiers(0, 1000)
        second = self.program.copy({"name": "Second"})
        stranger = self.env["loyalty.member"].create({"partner_id": self.other.partner_id.id, "program_id": second.id})
        before = stranger.tier_id
        self.run_on(self.make_action("tier", tier_id=high.id), self.member | stranger)
        self.assertEqual(self.member.tier_id, high)
        self.assertEqual(stranger.tier_id, before)

    def test_what_members_bought_earned_and_reached_stands_for_the_members(self):
        tag = self.make_action("tag", model="loyalty.transaction", tag_ids=self.vip.ids)
        self.run_on(tag, self.buy(100))
        self.assertEqual(self.vip.partner_ids, self.member.partner_id)
        low, _high = self.make_tiers(0, 1000)
        self.other.tier_id = low
        for model, records in (
            ("loyalty.points.entry", self.grant(5, self.other)),
            ("loyalty.tier.change", self.other.tier_change_ids[:1]),
        ):
            self.vip.partner_ids = False
            self.run_on(self.make_action("tag", model=model, tag_ids=self.vip.ids), records)
            self.assertEqual(self.vip.partner_ids, self.other.partner_id, model)

    def test_barred_members_are_left_out(self):
        self.other.state = "frozen"
        closed = self.make_member("Zhao", phone="13800138009")
        closed.active = False
        self.run_on(self.points_action(), self.member | self.other | closed)
        self.assertEqual(self.points(self.member), 50)
        self.assertEqual(self.points(self.other), 0)
        self.assertEqual(self.points(closed), 0)

    def test_an_action_tells_what_it_lacks_and_does_not_run(self):
        for kind, word in (("points", "how many"), ("coupon", "coupon"), ("tag", "tags"), ("tier", "tier")):
            self.assertIn(word, self.make_action(kind).warning, kind)
        self.assertIn("Say why", self.make_action("points", points=1).warning)
        self.assertFalse(self.points_action().warning)

    def test_the_kinds_are_offered_for_members_only(self):
        action = self.points_action()
        self.assertIn("loyalty_points", action.allowed_states)
        self.assertIn("loyalty.member", action.available_model_ids.mapped("model"))
        action.model_id = self.env["ir.model"]._get_id("res.partner")
        self.assertNotIn("loyalty_points", action.allowed_states)
        self.assertIn("for members", action.warning)

    def test_an_action_is_named_after_what_it_does(self):
        model = self.env["ir.model"]._get_id("loyalty.member")
        with Form(self.Action.with_context(default_model_id=model, default_state="loyalty_points")) as form:
            form.loyalty_points = 50
            form.loyalty_reason = "Thanks"
        self.assertEqual(form.record.name, "Grant 50 points")


class TestServerActionCost(ActionCase):
    def test_points_take_as_many_statements_for_many_as_for_few(self):
        action = self.points_action()
        self.assertConstant(lambda members: self.run_on(action, members))

    def test_coupons_take_as_many_statements_for_many_as_for_few(self):
        action = self.make_action("coupon", coupon_program_id=self.coupons.id, coupon_days=7)
        self.assertConstant(lambda members: self.run_on(action, members))

    def test_tags_take_as_many_statements_for_many_as_for_few(self):
        action = self.make_action("tag", tag_ids=self.vip.ids)
        self.assertConstant(lambda members: self.run_on(action, members))

    def test_tiers_take_as_many_statements_for_many_as_for_few(self):
        _low, high = self.make_tiers(0, 1000)
        action = self.make_action("tier", tier_id=high.id, tier_months=6)
        self.assertConstant(lambda members: self.run_on(action, members))
