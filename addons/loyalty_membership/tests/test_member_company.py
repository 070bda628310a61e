"""A member's store, tier, referrer and customer are of the member's own company and program."""

from odoo.exceptions import UserError

from .test_enrolment import EnrolmentCase


class TestMemberCompany(EnrolmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.second = cls.env["loyalty.program"].create({"name": "Second", "is_membership": True})

    def test_a_store_of_another_company_is_refused(self):
        store = self.env["crm.team"].create({"name": "Far Away", "company_id": self.elsewhere.id})
        with self.assertRaisesRegex(UserError, "Far Away.*Elsewhere"):
            self.member.team_id = store
        with self.assertRaisesRegex(UserError, "Far Away.*Elsewhere"):
            self.new(self.customer(), team_id=store.id)

    def test_a_store_of_a_branch_or_of_no_company_is_fine(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.env.company.id})
        for company in (self.env.company, branch, self.env["res.company"]):
            store = self.env["crm.team"].create({"name": "Near", "company_id": company.id})
            self.member.team_id = store
            self.assertEqual(self.member.team_id, store)

    def test_a_tier_of_another_program_is_refused(self):
        tier = self.env["loyalty.tier"].create({"program_id": self.second.id, "name": "Foreign"})
        with self.assertRaisesRegex(UserError, "Foreign.*Second"):
            self.member.tier_id = tier

    def test_a_referrer_of_another_program_is_refused(self):
        referrer = self.env["loyalty.member"].create({"partner_id": self.customer("Friend").id, "program_id": self.second.id})
        with self.assertRaisesRegex(UserError, "Friend.*Second"):
            self.member.referrer_id = referrer

    def test_a_contact_of_another_company_does_not_join(self):
        contact = self.customer("Stranger", company_id=self.elsewhere.id)
        with self.assertRaisesRegex(UserError, "Stranger.*Elsewhere"):
            self.new(contact)
        with self.assertRaisesRegex(UserError, "Stranger.*Elsewhere"):
            self.env["loyalty.card"].create({"partner_id": contact.id, "program_id": self.program.id})
        with self.assertRaisesRegex(UserError, "Stranger.*Elsewhere"):
            self.member.card_id.partner_id = contact
