from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemptionRights(RedemptionCase):
    """Each right and each refusal as its own user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer = cls.make_user("redeem_viewer", "loyalty_membership.group_viewer")
        cls.marketing = cls.make_user("redeem_marketing", "loyalty_membership.group_marketing")
        cls.harbour, cls.airport = cls.env["crm.team"].create([
            {"name": name, "company_id": False, "crm_team_member_ids": members}
            for name, members in (("Harbour", [Command.create({"user_id": cls.clerk.id})]), ("Airport", []))
        ])

    def test_viewers_neither_see_nor_make_redemptions(self):
        redemption = self.redeem(self.seat)
        with self.assertRaises(AccessError):
            redemption.with_user(self.viewer).read(["name"])
        with self.assertRaises(AccessError):
            self.draft(self.seat, user=self.viewer)
        self.assertTrue(self.seat.with_user(self.viewer).read(["name"]))

    def test_marketing_sees_redemptions_and_changes_none(self):
        redemption = self.redeem(self.seat).with_user(self.marketing)
        self.assertTrue(redemption.read(["name", "member_id", "state"]))
        for call in (redemption.action_submit, redemption.action_hand_over, redemption.action_approve):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            redemption._cancel("no")

    def test_only_administrators_change_the_catalogue(self):
        for user in (self.clerk, self.manager, self.marketing):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.mug.with_user(user).points = 1
        admin = self.make_user("redeem_admin", "loyalty_membership.group_admin")
        self.mug.with_user(admin).points = 450
        self.mug.with_user(admin).taken = 5
        self.assertEqual((self.mug.points, self.mug.taken), (450, 0))

    def test_store_staff_dont_spend_the_points_of_members_of_other_stores(self):
        self.member.team_id = self.airport
        with self.assertRaises(AccessError):
            self.redeem(self.seat)
        # Nor by naming the own store as the place of pick-up.
        with self.assertRaises(AccessError):
            self.redeem(self.seat, team_id=self.harbour.id)
        self.assertEqual(self.points(), 2000)

    def test_store_staff_learn_nothing_of_members_of_other_stores_by_a_draft(self):
        self.member.team_id = self.airport
        values = {"member_id": self.member.id, "item_id": self.seat.id, "team_id": self.harbour.id}
        redemptions = self.Redemption.with_user(self.clerk)
        own = self.draft(self.seat, member=self.other)
        spec = {"member_points": {}, "member_id": {"fields": {"display_name": {}}}, "partner_id": {}, "quantity": {}}
        for call in (
            lambda: redemptions.create(values),
            lambda: redemptions.with_context(default_member_id=self.member.id).create({"item_id": self.seat.id}),
            lambda: own.write({"member_id": self.member.id}),
            lambda: redemptions.onchange(values | {"quantity": 2}, ["quantity"], spec),
            lambda: redemptions.with_context(default_member_id=self.member.id).onchange({}, [], spec),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call()
            self.env.invalidate_all()
        mine = redemptions.onchange({"member_id": self.other.id}, ["member_id"], spec)["value"]
        self.assertEqual(mine["partner_id"], self.other.partner_id.id)

    def test_at_the_counter_staff_see_whom_a_gift_is_for_and_not_what_they_have(self):
        self.member.team_id = self.airport
        redemption = self.redeem(self.seat, user=self.manager, team_id=self.harbour.id).with_user(self.clerk)
        redemption.invalidate_recordset()
        [told] = redemption.web_read({"member_id": {"fields": {"display_name": {}}}, "member_points": {}})
        self.assertEqual((told["member_id"]["id"], told["member_points"]), (self.member.id, 0))
        self.assertEqual(self.draft(self.seat, member=self.other).member_points, self.other.points)

    def test_store_staff_hand_over_what_is_picked_up_in_their_store(self):
        self.member.team_id = self.airport
        redemption = self.redeem(self.seat, user=self.manager, team_id=self.harbour.id)
        elsewhere = self.redeem(self.seat, user=self.manager, team_id=self.airport.id)
        redemption.with_user(self.clerk).action_hand_over()
        self.assertEqual(redemption.state, "done")
        with self.assertRaises(AccessError):
            elsewhere.with_user(self.clerk).action_hand_over()

    def test_other_companies_see_neither_items_nor_redemptions(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self.make_user("redeem_stranger", "loyalty_membership.group_manager")
        stranger.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        redemption = self.redeem(self.seat)
        self.assertFalse(self.Redemption.with_user(stranger).search([]))
        self.assertFalse(self.env["loyalty.catalog.item"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            redemption.with_user(stranger)._cancel("mine")

    def test_gifts_are_not_sent_to_strangers(self):
        with self.assertRaisesRegex(UserError, "own address"):
            self.draft(self.mug, delivery="ship", shipping_partner_id=self.other.partner_id.id)

    def test_sellers_cant_name_a_redemption_on_an_order_of_theirs(self):
        seller = self.make_user("redeem_seller", "sales_team.group_sale_salesman")
        redemption = self.redeem(self.seat)
        order = self.env["sale.order"].with_user(seller).create({"partner_id": self.member.partner_id.id})
        with self.assertRaises(AccessError):
            order.loyalty_redemption_id = redemption
        with self.assertRaises(AccessError):
            order.create({"partner_id": self.member.partner_id.id, "loyalty_redemption_id": redemption.id})

    def test_what_was_submitted_is_not_changed(self):
        redemption = self.redeem(self.seat)
        for vals in ({"quantity": 9}, {"item_id": self.mug.id}, {"member_id": self.other.id}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "can't be changed"):
                redemption.write(vals)
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            redemption.unlink()
        self.draft(self.seat).unlink()
