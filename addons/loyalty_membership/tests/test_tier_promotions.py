"""Native promotions that are reserved to a tier's pricelist are reserved to the tier."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestTierPromotions(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user")._apply_group(cls.env.ref("product.group_product_pricelist"))
        _everybodys, cls.pricelist = cls.env["product.pricelist"].create([
            {"name": name, "company_id": cls.env.company.id, "sequence": place}
            for place, name in enumerate(("Everybody's prices", "Gold prices"))
        ])
        cls.gold = cls.env["loyalty.tier"].create({
            "program_id": cls.program.id, "name": "Gold", "threshold": 1000, "pricelist_id": cls.pricelist.id,
        })  # fmt: skip
        cls.promotion = cls.env["loyalty.program"].create({
            "name": "Gold week", "program_type": "promotion", "trigger": "auto", "applies_on": "current",
            "pricelist_ids": [Command.set(cls.pricelist.ids)],
            "rule_ids": [Command.create({"minimum_amount": 0, "minimum_qty": 1})],
            "reward_ids": [Command.create({"reward_type": "discount", "discount": 20, "discount_mode": "percent"})],
        })  # fmt: skip
        cls.member.tier_id = cls.gold

    def discounted(self, partner):
        order = self.make_order(1, partner=partner)
        order._update_programs_and_rewards()
        order._auto_apply_rewards() if hasattr(order, "_auto_apply_rewards") else order.action_open_reward_wizard()
        return order.amount_total

    def test_a_member_of_the_tier_gets_it(self):
        self.assertEqual(self.discounted(self.member.partner_id), 80)

    def test_a_contact_of_the_members_household_gets_it(self):
        child = self.env["res.partner"].create({"name": "Child", "parent_id": self.member.partner_id.id})
        self.assertEqual(self.discounted(child), 80)

    def test_nobody_else_gets_it(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertEqual(self.discounted(stranger), 100)
        self.assertEqual(self.discounted(self.other.partner_id), 100, "a member of no tier")

    def test_it_ends_with_the_tier(self):
        self.member.tier_id = False
        self.assertEqual(self.discounted(self.member.partner_id), 100)
