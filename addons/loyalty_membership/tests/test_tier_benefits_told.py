"""What a tier brings is told where staff meet its members, and not only on the tier's own form."""

from lxml import etree
from odoo.fields import Command

from .test_screens import ScreenCase


class TestBenefitsTold(ScreenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        coupons = cls.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        cls.tier = cls.env["loyalty.tier"].create({
            "program_id": cls.program.id, "name": "Gold", "priority_service": True, "early_access": True,
            "user_id": cls.manager.id,
            "benefit_ids": [
                Command.create({"name": "Free alterations"}),
                Command.create({"name": "50 off", "kind": "coupon_monthly", "coupon_program_id": coupons.id}),
            ],
        })  # fmt: skip
        cls.member.tier_id = cls.tier
        cls.order = cls.env["sale.order"].create({"partner_id": cls.member.partner_id.id})

    def shown(self, model, record, user):
        """The record as the form of this user shows it, with the fields that its view has."""
        screen, spec = self.view_of(self.env[model], "form", user)
        [row] = screen.browse(record.id).web_read(spec)
        return row

    def test_store_and_marketing_read_them_on_the_member(self):
        for user in (self.store, self.marketing, self.manager):
            row = self.shown("loyalty.member", self.member, user)
            self.assertEqual(row["benefits_told"], "Priority service · Early access · Free alterations", user.login)
            self.assertEqual(row["coupons_told"], "50 off")
            self.assertEqual(row["account_manager_id"]["id"], self.manager.id)

    def test_a_seller_reads_them_on_the_customer_and_the_order(self):
        for model, record in (("res.partner", self.member.partner_id), ("sale.order", self.order)):
            row = self.shown(model, record, self.viewer)
            self.assertEqual(row["loyalty_benefits"], "Priority service · Early access · Free alterations", model)
            self.assertEqual(row["loyalty_account_manager_id"]["id"], self.manager.id)

    def test_no_right_no_benefits_on_the_customer(self):
        stranger = self.make_user("told_stranger", "base.group_user")
        arch = etree.fromstring(self.env["res.partner"].with_user(stranger).get_views([(False, "form")])["views"]["form"]["arch"])
        self.assertFalse(arch.xpath("//field[starts-with(@name, 'loyalty_')]"))

    def test_members_without_a_tier_and_customers_without_a_member_have_none(self):
        self.member.tier_id = False
        stranger = self.env["res.partner"].create({"name": "Nobody"})
        for partner in (self.member.partner_id, stranger):
            order = self.env["sale.order"].create({"partner_id": partner.id})
            for record in (partner, order):
                self.assertFalse(record.loyalty_benefits)
                self.assertFalse(record.loyalty_account_manager_id)

    def test_a_frozen_member_is_not_served_first(self):
        self.member._freeze("Asked for")
        self.env.invalidate_all()
        for record in (self.member.partner_id, self.order):
            self.assertFalse(record.loyalty_benefits)
            self.assertFalse(record.loyalty_account_manager_id)

    def test_they_are_told_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.tier.benefit_ids[0].with_context(lang="zh_CN").name = "免费改衣"
        for record, name in (
            (self.member, "benefits_told"), (self.member.partner_id, "loyalty_benefits"), (self.order, "loyalty_benefits"),
        ):  # fmt: skip
            self.assertEqual(record.with_context(lang="zh_CN")[name], "优先服务 · 新品优先购 · 免费改衣")
            self.assertEqual(record[name], "Priority service · Early access · Free alterations")

    def test_a_changed_tier_tells_at_once(self):
        self.assertIn("Early access", self.member.partner_id.loyalty_benefits)
        self.tier.early_access = False
        self.env.invalidate_all()
        self.assertEqual(self.member.partner_id.loyalty_benefits, "Priority service · Free alterations")
