"""What a step of a journey does with members, and the server action that it keeps for it."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common_action import ActionCase


class TestJourneyStep(ActionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member.partner_id.email = "lina@example.com"
        cls.mail = cls.env["mail.template"].create({
            "name": "Hello", "model_id": cls.env["ir.model"]._get_id("loyalty.member"), "subject": "Hello",
            "body_html": "<p>Hello <t t-out='object.name'/></p>", "use_default_to": True,
        })  # fmt: skip
        cls.sms = cls.env["sms.template"].create({
            "name": "Hi", "model_id": cls.env["ir.model"]._get_id("loyalty.member"), "body": "Hi {{ object.name }}",
        })  # fmt: skip

    # ------------------------------------------------------------ acting

    def test_points_are_given_and_noted_on_the_event(self):
        step = self.make_step("points", points=50, points_reason="Welcome", points_days=10)
        events = self.act(step, self.member | self.other)
        self.assertEqual(self.points(), 50)
        self.assertEqual(events.mapped("points"), [50, 50])
        entry = self.Entry.search([("member_id", "=", self.member.id)])
        self.assertRecordValues(entry, [{"origin_model": "loyalty.journey.event", "origin_id": events[0].id, "note": "Welcome"}])

    def test_a_coupon_is_given_and_noted_on_the_event(self):
        events = self.act(self.make_step("coupon", coupon_program_id=self.coupons.id), self.member | self.other)
        self.assertEqual(events.card_id, self.coupons.coupon_ids)
        self.assertEqual(events[0].card_id.partner_id, self.member.partner_id)

    def test_a_mail_is_queued_and_not_sent(self):
        self.act(self.make_step("mail", mail_template_id=self.mail.id), self.member)
        mail = self.env["mail.mail"].search([("model", "=", "loyalty.member"), ("res_id", "=", self.member.id)])
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("Hello Li Na", mail.body_html)

    def test_an_sms_is_queued_and_not_sent(self):
        self.act(self.make_step("sms", sms_template_id=self.sms.id), self.member)
        sms = self.env["sms.sms"].search([("partner_id", "=", self.member.partner_id.id)])
        self.assertEqual(sms.state, "outgoing")
        self.assertEqual(sms.body.splitlines()[0], "Hi Li Na")  # then the link to unsubscribe

    def test_tags_and_tiers_change(self):
        _low, high = self.make_tiers(0, 1000)
        self.act(self.make_step("tag", tag_ids=self.vip.ids), self.member)
        self.act(self.make_step("tier", tier_id=high.id, tier_months=3), self.member)
        self.assertEqual(self.member.partner_id.category_id, self.vip)
        self.assertEqual(self.member.tier_id, high)

    def test_a_call_is_on_the_list_of_the_tiers_account_manager(self):
        [tier] = self.make_tiers(0)
        tier.user_id = self.store
        self.member.tier_id = tier
        self.other.tier_id = False
        step = self.make_step("activity", activity_summary="Call", activity_days=3, user_id=self.manager.id)
        self.act(step, self.member | self.other)
        [mine], [others] = self.member.activity_ids, self.other.activity_ids
        self.assertEqual(mine.user_id, self.store)
        self.assertEqual(mine.summary, "Call")
        self.assertEqual(others.user_id, self.manager, "nobody is in charge: the one who is named")

    def test_a_call_is_on_the_list_of_the_salesperson_or_a_colleague(self):
        self.member.partner_id.user_id = self.store
        self.act(self.make_step("activity", activity_for="salesperson_id", user_id=self.manager.id), self.member)
        self.assertEqual(self.member.activity_ids.user_id, self.store)
        self.act(self.make_step("activity", activity_for="user", user_id=self.manager.id), self.other)
        self.assertEqual(self.other.activity_ids.user_id, self.manager)

    def test_an_activity_mails_nobody_about_each_member(self):
        before = self.env["mail.mail"].search_count([])
        self.act(self.make_step("activity", activity_for="user", user_id=self.manager.id), self.member)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_an_administrators_action_runs_on_the_members(self):
        action = self.Action.create({"name": "Mark", "model_id": self.env["ir.model"]._get_id("loyalty.member"), "state": "code",
                                     "code": "records.partner_id.write({'ref': 'marked'})",
                                     "group_ids": self.env.ref("loyalty_membership.group_marketing").ids})  # fmt: skip
        self.act(self.make_step("action", server_action_id=action.id), self.member)
        self.assertEqual(self.member.partner_id.ref, "marked")

    def test_barred_members_get_nothing(self):
        self.member.state = "frozen"
        step, both = self.make_step("points", points=5, points_reason="Hi"), self.member | self.other
        self.assertEqual(step._act(both, self.events(step, both)), self.other)
        self.assertEqual(self.points(), 0)
        self.assertEqual(self.points(self.other), 5)

    # ------------------------------------------------------------ the action that is kept

    def test_a_step_keeps_one_action_of_its_own(self):
        step = self.make_step("points", points=50, points_reason="Welcome")
        first = step.action_id
        self.assertEqual((first.usage, first.state, first.loyalty_points), ("loyalty_journey", "loyalty_points", 50))
        step.points = 60
        self.assertEqual((step.action_id, first.loyalty_points), (first, 60))
        step.write({"kind": "tag", "tag_ids": self.vip.ids})
        self.assertEqual(step.action_id.state, "loyalty_tag")
        self.assertFalse(first.exists())
        second = step.action_id
        step.unlink()
        self.assertFalse(second.exists())

    def test_a_copied_journey_has_actions_of_its_own(self):
        step = self.make_step("points", points=50, points_reason="Welcome")
        twin = self.journey.copy().step_ids
        self.assertEqual(twin.points, 50)
        self.assertTrue(twin.action_id)
        self.assertNotEqual(twin.action_id, step.action_id)

    def test_a_deleted_journey_takes_its_actions_along(self):
        action = self.make_step("points", points=50, points_reason="Welcome").action_id
        self.journey.unlink()
        self.assertFalse(action.exists())

    def test_an_administrators_action_stays_when_the_step_goes(self):
        action = self.points_action()
        step = self.make_step("action", server_action_id=action.id)
        self.assertEqual(step.action_id, action)
        step.write({"kind": "tag", "tag_ids": self.vip.ids})
        self.assertNotEqual(step.action_id, action)
        step.unlink()
        self.assertTrue(action.exists())

    def test_a_reason_is_given_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        step = self.make_step("points", points=50, points_reason="Welcome")
        self.env.flush_all()
        self.env.cr.execute(  # as translations of ready-made journeys are loaded
            'UPDATE loyalty_journey_step SET points_reason = points_reason || \'{"zh_CN": "欢迎"}\' WHERE id = %s', [step.id]
        )
        self.env.invalidate_all()
        self.member.partner_id.lang = "zh_CN"
        self.act(step, self.member)
        self.assertEqual(self.Entry.search([("member_id", "=", self.member.id)]).note, "欢迎")

    # ------------------------------------------------------------ refusals

    def test_a_step_that_lacks_something_is_refused_in_words(self):
        for kind, word in (
            ("mail", "mail"), ("sms", "SMS"), ("coupon", "coupon"), ("points", "how many"), ("tag", "tags"), ("tier", "tier"),
            ("action", "action"),
        ):  # fmt: skip
            with self.assertRaisesRegex(ValidationError, word):
                self.make_step(kind)
        with self.assertRaisesRegex(ValidationError, "to do"):
            self.make_step("activity", activity_type_id=False)
        with self.assertRaisesRegex(ValidationError, "say why"):
            self.make_step("points", points=5)

    def test_a_part_of_a_point_is_refused_where_there_are_whole_ones(self):
        with self.assertRaisesRegex(ValidationError, "steps of"):
            self.make_step("points", points=1.5, points_reason="Hi")

    def test_a_tier_of_another_program_is_refused(self):
        second = self.program.copy({"name": "Second"})
        tier = self.env["loyalty.tier"].create({"program_id": second.id, "name": "Gold", "code": "G", "threshold": 0})
        with self.assertRaisesRegex(ValidationError, "another program"):
            self.make_step("tier", tier_id=tier.id)

    def test_a_coupon_of_another_company_or_program_type_is_refused(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        theirs = self.env["loyalty.program"].create({"name": "Theirs", "program_type": "coupons", "company_id": abroad.id})
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.make_step("coupon", coupon_program_id=theirs.id)
        with self.assertRaisesRegex(ValidationError, "not a coupon program"):
            self.make_step("coupon", coupon_program_id=self.program.id)

    def test_what_is_below_zero_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_step("coupon", coupon_program_id=self.coupons.id, coupon_days=-1)

    def test_a_mail_to_somebody_else_is_refused(self):
        self.mail.model_id = self.env["ir.model"]._get_id("res.partner")
        with self.assertRaisesRegex(ValidationError, "not written to members"):
            self.make_step("mail", mail_template_id=self.mail.id)

    # ------------------------------------------------------------ rights

    def test_marketing_makes_steps_without_rights_on_server_actions(self):
        step = self.Step.with_user(self.marketing).create({
            "journey_id": self.journey.id, "kind": "coupon", "coupon_program_id": self.coupons.id,
        })  # fmt: skip
        self.assertEqual(step.sudo().action_id.state, "loyalty_coupon")
        step.write({"coupon_days": 3})
        self.assertEqual(step.sudo().action_id.loyalty_coupon_days, 3)
        step.unlink()

    def test_marketing_chooses_only_actions_of_its_groups(self):
        action = self.points_action()
        values = {"journey_id": self.journey.id, "kind": "action", "server_action_id": action.id}
        with self.assertRaises(AccessError):
            self.Step.with_user(self.marketing).create(values)
        action.group_ids = self.env.ref("loyalty_membership.group_marketing")
        step = self.Step.with_user(self.marketing).create(values)
        self.assertEqual(step.server_action_id.display_name, action.name)

    def test_marketing_opens_a_step_whose_action_is_not_theirs_to_choose(self):
        step = self.make_step("action", server_action_id=self.points_action().id).with_user(self.marketing)
        [row] = step.web_read({"summary": {}, "server_action_id": {"fields": {"display_name": {}}}})
        self.assertEqual(row["summary"], step.sudo().action_id.name)
        step.write({"wait_number": 2})

    def test_points_and_tiers_need_a_manager_however_they_are_hidden(self):
        [tier] = self.make_tiers(0)
        several = self.Action.create({
            "name": "Both",
            "model_id": self.env["ir.model"]._get_id("loyalty.member"),
            "state": "multi",
        })
        self.points_action().write({"parent_id": several.id})
        self.assertTrue(self.make_step("points", points=5, points_reason="Hi")._needs_manager())
        self.assertTrue(self.make_step("tier", tier_id=tier.id)._needs_manager())
        self.assertTrue(self.make_step("action", server_action_id=several.id)._needs_manager())
        self.assertFalse(self.make_step("coupon", coupon_program_id=self.coupons.id)._needs_manager())

    def test_store_staff_make_no_steps(self):
        with self.assertRaises(AccessError):
            self.Step.with_user(self.store).create({"journey_id": self.journey.id, "kind": "tag", "tag_ids": self.vip.ids})

    # ------------------------------------------------------------ words

    def test_a_step_says_when_and_what_in_words(self):
        step = self.make_step("coupon", coupon_program_id=self.coupons.id, coupon_days=30, wait_number=3, at_hour=True, hour=9.5)
        self.assertEqual(step.summary, "10 off, valid 30 days")
        self.assertEqual(step.when_told, "3 days later, at 09:30")
        self.assertEqual(step.name, "Give a coupon")
        self.assertFalse(step.condition_told)
        step.write({"member_domain": "[('points', '>', 5)]", "otherwise": "end", "wait_number": 0, "at_hour": False})
        self.assertEqual(step.when_told, "At once")
        self.assertEqual(step.condition_told, "Some members; for others it ends")

    def test_each_kind_says_by_what_it_sends(self):
        self.assertEqual(self.make_step("mail", mail_template_id=self.mail.id)._channel(), "email")
        self.assertEqual(self.make_step("sms", sms_template_id=self.sms.id)._channel(), "sms")
        self.assertIsNone(self.make_step("tag", tag_ids=self.vip.ids)._channel())

    def test_marketing_fills_the_form(self):
        with Form(self.Step.with_user(self.marketing).with_context(default_journey_id=self.journey.id)) as form:
            form.kind = "coupon"
            form.coupon_program_id = self.coupons
            form.wait_number = 2
        self.assertEqual(form.record.summary, "10 off, valid 30 days")

    def test_what_a_step_uses_is_not_deleted_under_it(self):
        self.make_step("mail", mail_template_id=self.mail.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.mail.unlink()


class TestJourneyStepCost(ActionCase):
    def assertStepConstant(self, step, slack=0):
        few, many, warm = self.many(10), self.many(200), self.many(2)
        events = {members: self.events(step, members) for members in (few, many, warm)}
        step._act(warm, events[warm])
        cost = {m: self.statements(lambda members: step._act(members, events[members]), m) for m in (few, many)}
        self.assertLessEqual(cost[many], cost[few] + slack)

    def test_points_are_noted_in_as_many_statements_for_many_as_for_few(self):
        self.assertStepConstant(self.make_step("points", points=50, points_reason="Hi"))

    def test_coupons_are_noted_in_as_many_statements_for_many_as_for_few(self):
        self.assertStepConstant(self.make_step("coupon", coupon_program_id=self.coupons.id))

    def test_activities_take_as_many_statements_for_many_as_for_few(self):
        self.assertStepConstant(self.make_step("activity", activity_for="user", user_id=self.manager.id))
