from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestExcludedProducts(LoyaltyCase):
    """What earns nothing is remembered, and forgotten as soon as somebody changes it."""

    def earns(self):
        return not self.product._loyalty_excluded()

    def test_a_category_and_those_below_it(self):
        parent = self.env["product.category"].create({"name": "Food"})
        self.product.categ_id = self.env["product.category"].create({"name": "Tea", "parent_id": parent.id})
        self.assertTrue(self.earns())
        parent.loyalty_excluded = True
        self.assertFalse(self.earns())
        parent.loyalty_excluded = False
        self.assertTrue(self.earns())
        self.product.categ_id = self.env["product.category"].create({"name": "Rice", "loyalty_excluded": True})
        self.assertFalse(self.earns())

    def test_what_turns_money_into_a_card(self):
        self.assertTrue(self.earns())
        wallet = self.env["loyalty.program"].create({
            "name": "W", "program_type": "ewallet", "rule_ids": [Command.create({"product_ids": self.product.ids})],
        })  # fmt: skip
        self.assertFalse(self.earns())
        wallet.active = False
        self.assertFalse(self.earns(), "a gift card stays one when its program is archived")
        wallet.active = True
        wallet.rule_ids.product_ids = False
        self.assertTrue(self.earns())
        wallet.rule_ids.product_ids = self.product
        self.assertFalse(self.earns())
        wallet.rule_ids.unlink()
        self.assertTrue(self.earns())

    def test_a_program_that_goes(self):
        wallet = self.env["loyalty.program"].create({
            "name": "W", "program_type": "ewallet", "rule_ids": [Command.create({"product_ids": self.product.ids})],
        })  # fmt: skip
        self.assertFalse(self.earns())
        wallet.active = False
        wallet.unlink()
        self.assertTrue(self.earns())
