"""Odoo's own automation rules, on what members, the ledger and redemptions do."""

from odoo.addons.loyalty_membership.tests.common_api import ApiCase
from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged


class RuleCase(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "Seen"})

    def make_rule(self, model, trigger="on_create", action=None, **values):
        """A rule that tags the customers of the records, or does something else."""
        model_id = self.env["ir.model"]._get_id(model)
        action = action or {"state": "loyalty_tag", "loyalty_tag_ids": self.tag.ids}
        return self.env["base.automation"].create({
            "name": model, "model_id": model_id, "trigger": trigger,
            "action_server_ids": [Command.create({"name": "Act", "model_id": model_id, "usage": "base_automation", **action})],
            **values,
        })  # fmt: skip

    def seen(self):
        return self.tag.partner_ids

    def statements(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestAutomationRules(RuleCase):
    def test_a_member_joins(self):
        self.make_rule("loyalty.member")
        self.call("enroll", **self.person(phone="13800138055"))
        self.assertEqual(self.seen().mapped("name"), ["Zhao Min"])

    def test_an_entry_is_earned_by_the_api(self):
        self.make_rule("loyalty.points.entry", filter_domain="[('points', '>', 100)]")
        self.record(100)
        self.assertFalse(self.seen())
        self.record(101)
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_an_entry_is_earned_by_an_order(self):
        self.make_rule("loyalty.points.entry", filter_domain="[('kind', '=', 'earn')]")
        order = self.make_order(2)
        order.action_confirm()
        self.deliver(order)
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_entries_are_given_to_many_at_once(self):
        self.make_rule("loyalty.points.entry", filter_domain="[('points', '>', 10000)]")
        adjustment = self.env["loyalty.points.adjustment"].create({
            "program_id": self.program.id, "points": 10001, "reason": "Jubilee", "audience": "list",
            "member_ids": (self.member | self.other).ids,
        })  # fmt: skip
        adjustment.action_submit()
        self.assertEqual(adjustment.state, "done")
        self.assertEqual(self.seen(), (self.member | self.other).partner_id)

    def test_a_purchase_is_booked(self):
        self.make_rule("loyalty.transaction", filter_domain="[('amount', '>', 500)]")
        self.record(500)
        self.assertFalse(self.seen())
        self.record(501)
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_a_refund_is_booked(self):
        self.make_rule("loyalty.transaction", filter_domain="[('type', '=', 'refund')]")
        purchase = self.buy(100)
        self.assertFalse(self.seen())
        self.refund(purchase)
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_a_tier_changes(self):
        _low, high = self.make_tiers(0, 100)
        self.make_rule("loyalty.tier.change", filter_domain=f"[('tier_id', '=', {high.id})]")
        self.buy(99)
        self.assertFalse(self.seen())
        self.buy(1)
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_a_member_comes_to_be_on_a_tier(self):
        _low, high = self.make_tiers(0, 100)
        tier = self.env["ir.model.fields"]._get("loyalty.member", "tier_id")
        self.make_rule(
            "loyalty.member", "on_create_or_write", trigger_field_ids=[Command.set(tier.ids)],
            filter_domain=f"[('tier_id', '=', {high.id})]",
        )  # fmt: skip
        self.buy(99)
        self.assertFalse(self.seen())
        self.buy(1)
        self.assertEqual(self.seen(), self.member.partner_id)
        self.tag.partner_ids = False
        self.buy(50)
        self.assertFalse(self.seen(), "the member was on it already")

    def test_pending_points_become_spendable(self):
        state = self.env["ir.model.fields"]._get("loyalty.points.entry", "state")
        posted = state.selection_ids.filtered(lambda choice: choice.value == "posted")
        self.make_rule("loyalty.points.entry", "on_state_set", trg_selection_field_id=posted.id)
        entry = self.grant(50, available_on="2099-01-01")
        self.assertEqual((entry.state, self.seen().ids), ("pending", []))
        entry._release()
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_the_first_example_of_the_documentation(self):
        admin = self.env.ref("base.user_admin")
        self.make_rule("loyalty.points.entry", filter_domain="['&', ('kind', '=', 'adjust'), ('points', '>', 10000)]", action={
            "state": "code",
            "code": """record.member_id.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=f"Look at an adjustment of {record.points:g} points: {record.note}",
                user_id=env.ref("base.user_admin").id,
            )""",
        })  # fmt: skip
        self.grant(10000)
        self.assertFalse(self.member.activity_ids)
        self.grant(10001, note="Jubilee")
        self.assertRecordValues(self.member.activity_ids, [
            {"user_id": admin.id, "summary": "Look at an adjustment of 10001 points: Jubilee"}
        ])  # fmt: skip

    def test_the_second_example_of_the_documentation(self):
        _low, gold = self.make_tiers(0, 1000)
        self.make_rule("loyalty.tier.change", filter_domain=f"[('tier_id', '=', {gold.id})]")
        manager = self.make_user("gold_manager", "loyalty_membership.group_manager")
        self.member.with_user(manager).tier_id = gold
        self.assertEqual(self.seen(), self.member.partner_id)

    def test_points_for_points_are_given_once(self):
        self.make_rule("loyalty.points.entry", action={"state": "loyalty_points", "loyalty_points": 5, "loyalty_reason": "Bonus"})
        self.grant(50)
        self.assertEqual(self.points(), 55)
        self.assertBalanced()

    def test_a_rule_that_refuses_lets_nothing_be_booked(self):
        self.make_rule("loyalty.points.entry", action={"state": "code", "code": "raise UserError('No')"})
        with self.assertRaisesRegex(UserError, "No"):
            self.grant(50)

    def test_nothing_is_paid_where_there_is_no_rule(self):
        self.make_rule("res.partner.industry", action={"state": "code", "code": "pass"})  # of another model
        orders = [self.make_order(1) for _each in range(2)]
        orders.pop().action_confirm()
        order = orders.pop()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertLogs("odoo.sql_db", "DEBUG") as logs:
            order.action_confirm()
            self.env.flush_all()
        self.assertEqual(self.points(), 200)
        self.assertFalse([line for line in logs.output if "base_automation" in line])

    def test_a_rule_asks_once_for_many_entries(self):
        self.make_rule("loyalty.points.entry", filter_domain="[('points', '>', 100)]")
        members = self.env["loyalty.member"].union(*(self.make_member(f"M{n}", phone=f"138001390{n:02d}") for n in range(30)))

        def post(some):
            self.Entry._post([{"member_id": member.id, "kind": "adjust", "points": 5} for member in some])

        post(members[:2])
        few = self.statements(lambda: post(members[:3]))
        self.assertLessEqual(self.statements(lambda: post(members)), few)


@tagged("post_install", "-at_install")
class TestAutomationRulesOfRedemptions(RuleCase, RedemptionCase):
    def test_a_redemption_is_done(self):
        self.make_rule("loyalty.redemption", "on_create_or_write", filter_domain="[('state', '=', 'done')]")
        redemption = self.redeem(self.mug)
        self.assertFalse(self.seen())
        redemption.action_hand_over()
        self.assertEqual(self.seen(), self.member.partner_id)
