"""What would be sent of real records is shown; nothing is sent."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_mapping import MappingCase


@tagged("post_install", "-at_install")
class TestMappingPreview(MappingCase):
    def preview(self, members=None, mapping=None, **values):
        mapping = mapping or self.mapping
        preview = self.env["loyalty.mapping.preview"].create({"mapping_id": mapping.id, **values})
        if members is not None:
            preview.member_ids = members
        return preview

    def test_it_begins_with_the_newest_members(self):
        self.assertIn(self.other, self.preview().member_ids)
        self.assertIn("Wang Wei", self.preview().shown)

    def test_values_stand_beside_what_would_be_sent(self):
        shown = self.preview(self.member).shown
        for text in ("Li Na", self.member.code, f"LOY-{self.member.code}", "13800138000", "new there"):
            self.assertIn(text, shown)
        self.assertFalse(self.fake.seen("/records", "POST"))

    def test_what_is_missing_or_too_long_is_marked(self):
        self.mapping.action_refresh_fields()
        self.member.partner_id.name = "N" * 30
        preview = self.preview(self.member)
        self.assertEqual(preview.wrong_count, 1)
        self.assertIn("name is longer than the 20 that it takes", preview.shown)

    def test_a_draft_is_previewed_before_it_is_published(self):
        draft = self.draft()
        self.line(draft, "code").step_ids.one = "NEW-"
        self.assertIn(f"NEW-{self.member.code}", self.preview(self.member, draft).shown)

    def test_one_that_is_known_there_is_shown_as_such(self):
        self.bind(self.member, "crm-7", name="Li Na")
        self.assertIn("crm-7", self.preview(self.member).shown)
        self.assertNotIn("crm-7", self.preview(self.member, as_new=True).shown)

    def test_names_are_text_and_never_markup(self):
        self.member.partner_id.name = "<img src=x>"
        self.assertNotIn("<img", self.preview(self.member).shown)

    def test_twenty_are_the_most(self):
        members = self.member.browse([self.make_member(f"M{n}").id for n in range(21)])
        with self.assertRaises(UserError):
            self.preview(members).shown  # noqa: B018

    def test_nobody_previews_members_that_they_may_not_see(self):
        system = self.make_user("system", "base.group_system")
        with self.assertRaises(AccessError):
            self.mapping.with_user(system).action_preview()

    def test_a_manager_does_not_see_members_of_another_company_by_it(self):
        manager = self.make_user("manager", "loyalty_membership.group_manager")
        number = self.mapping.with_user(manager).action_preview()["res_id"]
        company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.program.copy({"name": "Other", "is_membership": True, "company_id": company.id})
        partner = self.env["res.partner"].create({"name": "Secret"})
        stranger = self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": elsewhere.id})
        preview = self.env["loyalty.mapping.preview"].with_user(manager).browse(number)
        self.assertIn("Wang Wei", preview.shown)
        with self.assertRaises(AccessError):
            preview.member_ids = [(6, 0, stranger.ids)]
            preview.flush_recordset()
            preview.invalidate_recordset()
            preview.shown  # noqa: B018
