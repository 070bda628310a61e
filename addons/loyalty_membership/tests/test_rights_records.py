"""Whatever is kept of a member is hidden with the member: from other stores' staff, and from other companies."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import LoyaltyCase

GROUP = "loyalty_membership.group_"
OF_A_MEMBER = (
    "loyalty.points.entry", "loyalty.points.allocation", "loyalty.transaction", "loyalty.transaction.line", "loyalty.consent",
    "loyalty.member.identity", "loyalty.tier.change", "loyalty.tier.benefit.grant", "loyalty.card", "loyalty.history",
)  # fmt: skip
OF_A_COMPANY = (*OF_A_MEMBER, "loyalty.tier", "loyalty.tier.benefit", "loyalty.earning.rule", "loyalty.program", "loyalty.member")


class TestRightsOfRecords(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("records_clerk", f"{GROUP}store")
        cls.manager = cls.make_user("records_manager", f"{GROUP}manager")
        cls.admin = cls.make_user("records_admin", f"{GROUP}admin")
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.clerk.id)]}, {"name": "Theirs"},
        ])  # fmt: skip
        coupons = cls.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        low, high = cls.env["loyalty.tier"].create([
            {"program_id": cls.program.id, "name": "Low"}, {"program_id": cls.program.id, "name": "High", "threshold": 100},
        ])  # fmt: skip
        cls.benefit = cls.env["loyalty.tier.benefit"].create({
            "tier_id": high.id, "name": "Welcome", "kind": "coupon_entry", "coupon_program_id": coupons.id,
        })  # fmt: skip
        cls.tiers = low + high
        cls.env["loyalty.consent"].create({"member_id": cls.member.id, "channel": "sms"})

    def setUp(self):
        super().setUp()
        self.buy(500)
        self.spend(40)

    def of_the_member(self, model):
        """All records of this model that are the member's; there must be some."""
        link = {
            "loyalty.points.allocation": "entry_id.member_id", "loyalty.transaction.line": "transaction_id.member_id",
            "loyalty.card": "member_ids", "loyalty.history": "card_id.member_ids",
        }.get(model, "member_id")  # fmt: skip
        records = self.env[model].search([(link, "in", self.member.ids)])
        self.assertTrue(records, f"nothing to hide: {model}")
        return records

    def visible(self, records, user):
        """Whether this user finds the records, and reads them; both or neither."""
        found = records.with_user(user).search([("id", "in", records.ids)])
        self.env.invalidate_all()
        try:
            with mute_logger("odoo.addons.base.models.ir_rule"):
                records.with_user(user).read(["create_date"])
        except AccessError:
            self.assertFalse(found)
            return False
        self.assertEqual(found.sudo(), records)
        return True

    def test_store_staff_see_what_is_kept_of_their_members_and_of_nobody_elses(self):
        for model in OF_A_MEMBER:
            records = self.of_the_member(model)
            for team, seen in ((self.mine, True), (self.theirs, False), (self.mine.browse(), True)):
                self.member.team_id = team
                with self.subTest(model=model, store=team.name):
                    self.assertEqual(self.visible(records, self.clerk), seen)

    def test_managers_see_what_is_kept_of_all(self):
        self.member.team_id = self.theirs
        for model in OF_A_MEMBER:
            with self.subTest(model=model):
                self.assertTrue(self.visible(self.of_the_member(model), self.manager))

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        records = {model: self.of_the_member(model) for model in OF_A_MEMBER}
        records |= {record._name: record for record in (self.tiers, self.benefit, self.rule, self.program, self.member)}
        self.assertEqual(records.keys(), {*OF_A_COMPANY})
        for user in (self.admin, self.manager):
            user.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
            for model, some in records.items():
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(self.visible(some, user))
