"""Who runs a server action on members by hand does no more than they may do by hand."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_action import ActionCase


class TestServerActionRights(ActionCase):
    def assert_refused(self, action, user, records=None, error=AccessError):
        with self.assertRaises(error):
            self.run_on(action, records or self.member, user)

    def test_store_staff_give_neither_points_nor_coupons_nor_tiers(self):
        _low, high = self.make_tiers(0, 1000)
        for action in (
            self.points_action(),
            self.make_action("coupon", coupon_program_id=self.coupons.id),
            self.make_action("tier", tier_id=high.id),
        ):
            self.assert_refused(action, self.store)
        self.assertEqual(self.points(), 0)

    def test_a_group_on_the_action_does_not_replace_the_manager(self):
        action = self.points_action()
        action.group_ids = self.env.ref("loyalty_membership.group_marketing")
        self.assert_refused(action, self.marketing)

    def test_an_action_of_several_asks_for_the_rights_of_each(self):
        several = self.Action.create({
            "name": "Both",
            "model_id": self.env["ir.model"]._get_id("loyalty.member"),
            "state": "multi",
        })
        self.points_action().write({"parent_id": several.id})
        self.assert_refused(several, self.store)
        self.assertEqual(self.points(), 0)
        self.run_on(several, self.member, self.manager)
        self.assertEqual(self.points(), 50)

    def test_a_manager_gives_points_and_is_named_in_the_ledger(self):
        self.run_on(self.points_action(), self.member, self.manager)
        self.assertEqual(self.Entry.search([("member_id", "=", self.member.id)]).create_uid, self.manager)

    def test_nobody_gives_points_to_themselves(self):
        own = self.env["loyalty.member"].create({"partner_id": self.manager.partner_id.id, "program_id": self.program.id})
        self.assert_refused(self.points_action(), self.manager, own, UserError)

    def test_points_by_hand_are_refused_where_large_ones_need_approval(self):
        self.program.adjustment_approval = True
        self.assert_refused(self.points_action(), self.manager, error=UserError)

    def test_a_rule_or_a_journey_gives_them_there_all_the_same(self):
        self.program.adjustment_approval = True
        self.run_on(self.points_action(), self.member)
        self.assertEqual(self.points(), 50)

    def test_store_staff_tag_members_of_their_store_only(self):
        action = self.make_action("tag", tag_ids=self.vip.ids)
        action.group_ids = self.env.ref("loyalty_membership.group_store")
        self.run_on(action, self.member, self.store)
        self.assertIn(self.vip, self.member.partner_id.category_id)
        self.other.team_id = self.env["crm.team"].create({"name": "Far away"})
        self.assert_refused(action, self.store, self.other)

    @mute_logger("odoo.addons.base.models.ir_actions")
    def test_marketing_changes_no_member_by_hand(self):
        self.assert_refused(self.make_action("tag", tag_ids=self.vip.ids), self.marketing)

    def test_who_acts_by_hand_on_barred_members_alone_is_told(self):
        self.member.state = "frozen"
        self.assert_refused(self.points_action(), self.manager, error=UserError)

    def test_marketing_reads_the_actions_of_its_groups_on_members_without_addresses(self):
        group = self.env.ref("loyalty_membership.group_marketing")
        mine, theirs, hook = self.points_action(), self.points_action(), self.points_action()
        mine.group_ids = group
        hook.write({"group_ids": group.ids, "webhook_url": "https://example.com/secret"})
        partner = self.Action.create({"name": "x", "model_id": self.env["ir.model"]._get_id("res.partner"), "state": "code",
                                      "code": "pass", "group_ids": group.ids})  # fmt: skip
        seen = self.Action.with_user(self.marketing).search([("id", "in", (mine | theirs | hook | partner).ids)])
        self.assertEqual(seen, mine)
        with self.assertRaises(AccessError):
            mine.with_user(self.marketing).loyalty_points = 1000

    def test_an_administrator_of_both_reads_all_actions(self):
        admin = self.make_user("act_admin", "loyalty_membership.group_admin,base.group_system")
        self.assertEqual(self.Action.with_user(admin).search_count([]), self.Action.sudo().search_count([]))
