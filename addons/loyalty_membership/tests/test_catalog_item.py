from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestCatalogItem(RedemptionCase):
    """What an item of the catalogue may name, and what it stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.program.company_id = cls.env.company
        cls.deal = cls.make_item("Mug for 30", 400, product_id=cls.mug_product.id, money=30)

    def assertRefused(self, message, record, **values):
        with self.subTest(**values), self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
            record.write(values)
        record.invalidate_recordset()

    # ------------------------------------------------------------ once it was redeemed

    def test_what_was_redeemed_stays_what_it_is(self):
        draw = self.env["loyalty.draw"].create({"name": "Spring", "program_id": self.program.id})
        club = self.env["loyalty.program"].create({"name": "Other club", "is_membership": True})
        plate = self.env["product.product"].create({"name": "Plate", "type": "consu"})
        self.redeem(self.coupon)._cancel("Not needed")
        self.redeem(self.mug)
        self.redeem(self.voucher)
        said = "has been redeemed.*Archive it and add another item"
        self.assertRefused(said, self.coupon, kind="draw", draw_id=draw.id)
        self.assertRefused(said, self.coupon, coupon_program_id=self.coupon_program.copy().id)
        self.assertRefused(said, self.mug, product_id=plate.id)
        self.assertRefused(said, self.mug, program_id=club.id)
        self.assertRefused(said, self.voucher, voucher_amount=50)
        self.mug.write({"name": "Blue mug", "points": 600, "kind": "gift", "product_id": self.mug_product.id, "active": False})
        self.assertEqual((self.mug.name, self.mug.points), ("Blue mug", 600))

    def test_what_is_only_drafted_can_be_changed(self):
        draft = self.draft(self.seat)
        self.seat.write({"kind": "coupon", "coupon_program_id": self.coupon_program.id})
        draft.action_submit()
        self.assertEqual((draft.kind, draft.state, len(draft.card_ids)), ("coupon", "done", 1))

    # ------------------------------------------------------------ companies

    def test_an_item_names_nothing_of_another_company(self):
        theirs = {"company_id": self.elsewhere.id}
        said = "another company"
        plate = self.env["product.product"].create({"name": "Plate", "type": "consu", **theirs})
        self.assertRefused(said, self.mug, product_id=plate.id)
        self.assertRefused(said, self.coupon, coupon_program_id=self.coupon_program.copy(theirs).id)
        wallet = self.env["loyalty.program"].create({
            "name": "Theirs", "program_type": "ewallet", "currency_id": self.program.currency_id.id, **theirs,
        })  # fmt: skip
        self.assertRefused(said, self.voucher, voucher_program_id=wallet.id)
        with self.assertRaisesRegex(UserError, said):
            self.make_item("Theirs", 1, product_id=plate.id)

    def test_an_item_does_not_follow_its_program_into_another_company(self):
        self.mug_product.company_id = self.env.company
        program = self.env["loyalty.program"].create({"name": "New club", "is_membership": True})
        self.make_item("New mug", 1, product_id=self.mug_product.id, program_id=program.id)
        with self.assertRaisesRegex(UserError, "another company"):
            program.company_id = self.elsewhere
            self.env.flush_all()

    def test_gifts_of_a_store_come_from_its_own_company(self):
        theirs = self.env["stock.warehouse"].search([("company_id", "=", self.elsewhere.id)], limit=1)
        store = self.env["crm.team"].create({"name": "Harbour", "company_id": self.env.company.id})
        self.assertRefused("another company", store, loyalty_warehouse_id=theirs.id)
        store.company_id = False
        store.loyalty_warehouse_id = theirs
        self.assertRefused("another company", store, company_id=self.env.company.id)

    # ------------------------------------------------------------ its reward

    def test_archiving_and_restoring_the_program_leaves_its_rewards_as_they_are(self):
        self.redeem(self.deal)
        points_as_money = self.program._point_reward()
        for money in (False, True):
            points_as_money.active = money
            with self.subTest(money=money):
                self.program.action_archive()
                self.program.action_unarchive()
                self.assertEqual((self.deal.reward_id.active, points_as_money.active), (False, money))
                self.assertTrue(self.deal.reward_id.discount_line_product_id.active)
