"""A member's phone is checked where it is typed: the till finds members by it."""

from odoo.exceptions import UserError
from odoo.tests import Form

from .test_enrolment import EnrolmentCase


class TestMemberPhone(EnrolmentCase):
    def test_the_phone_of_another_member_is_refused_with_their_name(self):
        for phone in ("+86 138 0013 8001", "13800138001"):
            with self.assertRaisesRegex(UserError, f"Wang Wei.*{self.other.code}"), self.env.cr.savepoint():
                self.member.phone = phone
        self.assertEqual((self.known("13800138000"), self.known("13800138001")), (self.member, self.other))

    def test_the_email_of_another_member_is_refused_with_their_name(self):
        self.other.email = "wang@example.com"
        self.assertEqual((self.other.partner_id.email, self.known("wang@example.com")), ("wang@example.com", self.other))
        with self.assertRaisesRegex(UserError, self.other.code):
            self.member.email = "WANG@example.com"

    def test_what_is_no_phone_or_email_is_refused(self):
        for name, value in (("phone", "not a phone"), ("phone", "12345"), ("email", "li.na"), ("email", "a@b")):
            with self.assertRaisesRegex(UserError, value):
                self.member[name] = value
        with self.assertRaisesRegex(UserError, "12345"):
            self.new(self.customer(), phone="12345")

    def test_a_phone_is_emptied_and_written_again_as_it_stands(self):
        self.member.phone = False
        self.assertFalse(self.member.partner_id.phone)
        for phone in ("138 0013 8000", "138 0013 8000", "+1 351 234 5678"):
            self.member.phone = phone
            self.assertEqual((self.member.partner_id.phone, self.known(phone)), (phone, self.member))

    def test_a_member_who_moves_abroad_is_still_found_by_the_number_at_home(self):
        self.member.partner_id.country_id = self.env.ref("base.us")
        self.assertEqual(self.known("13800138000"), self.member)

    def test_the_contact_form_warns_and_saves(self):
        for change, said in (
            ({"phone": "13800138001"}, "Wang Wei"), ({"phone": "12345"}, "12345"), ({"phone": "13911112222"}, None),
            ({"email": "nonsense"}, "nonsense"), ({"email": False}, None),
        ):  # fmt: skip
            partner = self.env["res.partner"].new(origin=self.member.partner_id)
            partner.update(change)
            warning = partner._onchange_loyalty_known().get("warning", {}).get("message", "")
            self.assertIn(said or "", warning)
            self.assertEqual(bool(warning), bool(said), change)
        with self.assertLogs("odoo.tests.form.onchange", "WARNING"), Form(self.member.partner_id) as form:
            form.phone = "13800138001"
        self.assertEqual(self.member.partner_id.phone_sanitized, "+8613800138001")

    def test_the_contact_of_nobody_is_edited_without_a_word(self):
        partner = self.env["res.partner"].new(origin=self.customer(phone="13911112222"))
        partner.phone = "13800138001"
        self.assertFalse(partner._onchange_loyalty_known())

    def test_marketing_sees_the_email_masked(self):
        self.member.email = "li.na@example.com"
        marketing = self.make_user("masked", "loyalty_membership.group_marketing")
        self.assertEqual(self.member.with_user(marketing).email, "l****@example.com")
