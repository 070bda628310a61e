"""Which members a user is, and that nobody serves them by hand but a colleague."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestMemberOneself(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.make_user("oneself_manager", "loyalty_membership.group_manager")

    def assertRefused(self, member, user=None):
        with self.assertRaisesRegex(UserError, "serves themselves.*ask a colleague"):
            (self.other | member).with_user(user or self.user)._check_not_oneself()

    def test_the_contact_of_the_user_is_the_user(self):
        mine = self.env["loyalty.member"].create({"partner_id": self.user.partner_id.id, "program_id": self.program.id})
        self.assertRefused(mine)
        mine.active = False
        self.assertRefused(mine)

    def test_the_company_that_the_user_stands_for_is_the_user(self):
        company = self.env["res.partner"].create({"name": "Own Shop", "is_company": True})
        self.user.partner_id.parent_id = company
        self.assertRefused(self.env["loyalty.member"].create({"partner_id": company.id, "program_id": self.program.id}))

    def test_another_contact_with_the_phone_of_the_user_is_the_user(self):
        self.user.partner_id.phone = "+86 138-0013-8000"
        self.assertRefused(self.member)

    def test_another_contact_with_the_email_or_login_of_the_user_is_the_user(self):
        self.member.partner_id.email = "li.na@example.com"
        self.user.partner_id.email = "Li.Na@Example.com"
        self.assertRefused(self.member)
        self.user.partner_id.email = "work@example.com"
        self.user.login = "li.na@example.com"
        self.assertRefused(self.member)

    def test_who_the_own_membership_was_merged_into_is_the_user(self):
        mine = self.env["loyalty.member"].create({"partner_id": self.user.partner_id.id, "program_id": self.program.id})
        mine._merge_into(self.member)
        self.assertRefused(self.member)

    def test_a_colleague_is_somebody_else(self):
        company = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        (self.user.partner_id | self.member.partner_id).parent_id = company
        (self.member | self.other).with_user(self.user)._check_not_oneself()
        self.assertFalse(self.env["loyalty.member"]._of_user(self.user, self.program) & (self.member | self.other))

    def test_the_system_and_other_systems_serve_everybody(self):
        api = self.make_user("oneself_api", "loyalty_membership.group_api")
        for user in (self.user, api):
            user.partner_id.phone = "13800138000"
        self.member.with_user(api)._check_not_oneself()
        self.member.with_user(self.user).sudo()._check_not_oneself()
        self.user.group_ids |= self.env.ref("loyalty_membership.group_api")
        self.assertRefused(self.member)
