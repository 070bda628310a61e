"""The native card of a member, and its history, are read by whoever may see the member: asked as a program over RPC would ask."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCase

STORE, SELLER = "loyalty_membership.group_store", "sales_team.group_sale_salesman_all_leads"
RULES = "odoo.addons.base.models.ir_rule"


class CardRightsCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("card_clerk", STORE)
        cls.both = cls.make_user("card_both", f"{STORE},{SELLER}")
        cls.seller = cls.make_user("card_seller", SELLER)
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.clerk.id)]}, {"name": "Theirs"},
        ])  # fmt: skip
        cls.homeless = cls.make_member("Zhou Yi", phone="13800138002")
        cls.member.team_id, cls.other.team_id = cls.mine, cls.theirs
        cls.members = cls.member + cls.other + cls.homeless
        cls.Entry._post([{"member_id": member.id, "kind": "adjust", "points": 500} for member in cls.members])
        cls.coupon = cls.env["loyalty.card"].create({
            "program_id": cls.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"}).id, "points": 1,
        })  # fmt: skip
        cls.cards = cls.members.card_id + cls.coupon

    def found(self, model, user, domain):
        return self.env[model].with_user(user).search(domain).sudo()

    def cards_of(self, user):
        return self.found("loyalty.card", user, [("id", "in", self.cards.ids)])

    def histories_of(self, user):
        return self.found("loyalty.history", user, [("card_id", "in", self.cards.ids)]).card_id


class TestCardRights(CardRightsCase):
    def test_store_staff_read_the_cards_of_whom_they_see(self):
        visible = (self.member + self.homeless).card_id
        self.assertEqual(self.cards_of(self.clerk), visible + self.coupon)
        self.assertEqual(self.histories_of(self.clerk), visible)

    def test_store_staff_neither_read_nor_write_the_card_of_another_store(self):
        card = self.other.card_id.with_user(self.clerk)
        for ask in (
            lambda: card.read(["code", "points", "partner_id"]),
            lambda: card.history_ids.read(["description", "issued"]),
            lambda: self.env["loyalty.history"].with_user(self.clerk).browse(self.other.card_id.history_ids.ids).read(["issued"]),
            lambda: card.write({"expiration_date": "2099-01-01"}),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError), mute_logger(RULES):
                ask()
        self.assertFalse(self.found("loyalty.card", self.clerk, [("code", "=", self.other.code)]))

    def test_the_card_of_an_archived_member_stays_with_the_store(self):
        (self.member + self.other).active = False
        cards = self.found("loyalty.card", self.clerk, [("id", "in", self.cards.ids), ("active", "in", [True, False])])
        self.assertEqual(cards, (self.member + self.homeless).card_id + self.coupon)

    def test_a_member_who_moves_takes_the_card_along(self):
        self.other.team_id = self.mine
        self.assertIn(self.other.card_id, self.cards_of(self.clerk))

    def test_managers_marketing_and_sellers_read_all_cards(self):
        for groups in ("loyalty_membership.group_manager", "loyalty_membership.group_marketing", SELLER, f"{STORE},{SELLER}"):
            with self.subTest(groups):
                self.assertEqual(self.cards_of(self.make_user(f"card {groups}", groups)), self.cards)

    def test_a_seller_in_a_store_reads_cards_and_still_not_the_members_of_others(self):
        members = self.found("loyalty.member", self.both, [("id", "in", self.members.ids)])
        self.assertEqual(members, self.homeless)

    def test_the_till_reads_all_cards_where_it_is_installed(self):
        group = self.env.ref("point_of_sale.group_pos_user", raise_if_not_found=False)
        if not group:
            group = self.env["res.groups"].create({"name": "Till"})
            names = {"module": "point_of_sale", "name": "group_pos_user", "model": "res.groups", "res_id": group.id}
            self.env["ir.model.data"].create(names)
        self.clerk.group_ids |= group
        self.assertEqual((self.cards_of(self.clerk), self.histories_of(self.clerk)), (self.cards, self.members.card_id))

    def test_another_company_reads_no_card(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.clerk.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.assertFalse((self.cards_of(self.clerk) | self.histories_of(self.clerk)) & self.members.card_id)

    def test_the_rule_of_the_card_does_not_slow_members_down(self):
        """A million cards aren't joined to find the members of a store."""
        query = self.env["loyalty.member"].with_user(self.clerk)._search([])
        self.assertNotIn("loyalty_card", query.select().code)


class TestCardsOnOrders(CardRightsCase):
    """Native code of rewards reads and writes cards as the user."""

    def order_of(self, user, partner):
        return self.env["sale.order"].with_user(user).create({
            "partner_id": partner.id, "user_id": user.id, "order_line": [Command.create({"product_id": self.product.id})],
        })  # fmt: skip

    def test_a_seller_redeems_for_a_member_of_any_store(self):
        for user in (self.seller, self.both):
            for member in self.members:
                with self.subTest(user=user.login, member=member.name):
                    order = self.order_of(user, member.partner_id)
                    order._update_programs_and_rewards()
                    self.assertIn(member.card_id, [*order._get_claimable_rewards()])
                    self.pay_with_points(order)
                    order.action_confirm()
                    self.assertGreater(order.loyalty_points_spent, 0)
                    order.with_context(disable_cancel_warning=True).action_cancel()
                    self.assertEqual(self.points(member), 500)


@tagged("post_install", "-at_install")
class TestCardsInThePortal(CardRightsCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.visitor = new_test_user(self.env, "card_visitor", groups="base.group_portal", partner_id=self.member.partner_id.id)
        self.authenticate(self.visitor.login, self.visitor.login)

    def test_a_member_reads_the_own_card_and_its_history(self):
        self.assertIn("500", self.url_open("/my/home").text)
        page = self.url_open(f"/my/loyalty_card/{self.member.card_id.id}/history")
        self.assertIn("500", page.text)
        values = self.make_jsonrpc_request(f"/my/loyalty_card/{self.member.card_id.id}/values")
        self.assertEqual(values["card"]["code"], self.member.code)

    def test_the_card_of_somebody_else_is_closed(self):
        card = self.other.card_id
        self.assertFalse(self.make_jsonrpc_request(f"/my/loyalty_card/{card.id}/values"))
        for model in ("loyalty.card", "loyalty.history"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.visitor).search([])
