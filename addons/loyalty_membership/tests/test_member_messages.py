from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common_messages import MessageCase


@tagged("post_install", "-at_install")
class TestMemberMessages(MessageCase):
    """Odoo's own ways of writing to somebody, for members."""

    def test_a_template_speaks_the_language_of_each_member(self):
        mails = self.template.send_mail_batch(self.both.ids)
        self.assertEqual(mails.mapped("subject"), ["您好，Li Na", "Hello Wang Wei"])
        self.assertIn("亲爱的", mails[0].body_html)
        self.assertIn("Dear", mails[1].body_html)

    def test_a_mail_goes_to_the_customer_and_to_nobody_else(self):
        mail = self.env["mail.mail"].browse(self.template.send_mail(self.member.id))
        self.assertEqual((mail.recipient_ids, mail.email_to or ""), (self.member.partner_id, ""))

    def test_a_member_without_mail_and_phone_is_reached_by_neither(self):
        alone = self.make_member("Nobody")
        everyone = self.both | alone
        self.assertEqual(everyone._reached_by("email"), self.both)
        self.assertEqual(everyone._reached_by("sms"), self.both)
        self.assertEqual(everyone._reached_by("wechat"), everyone)

    def test_who_is_blacklisted_is_not_reached(self):
        self.env["mail.blacklist"]._add("lina@example.com")
        self.env["phone.blacklist"]._add(["+8613800138001"])
        self.assertEqual((self.both._reached_by("email"), self.both._reached_by("sms")), (self.other, self.member))

    def test_the_mail_composer_writes_to_members_in_their_language(self):
        composer = self.env["mail.compose.message"].with_context(
            default_model="loyalty.member", default_res_ids=self.both.ids, default_composition_mode="mass_mail",
            default_template_id=self.template.id,
        ).create({})  # fmt: skip
        mails = composer._action_send_mail()[0]
        self.assertEqual(sorted(mails.mapped("subject")), ["Hello Wang Wei", "您好，Li Na"])
        self.assertEqual(mails.recipient_ids, self.both.partner_id)

    def test_the_composer_of_one_member_suggests_the_customer(self):
        composer = self.env["mail.compose.message"].with_context(
            default_model="loyalty.member", default_res_ids=self.member.ids, default_template_id=self.template.id
        ).create({})  # fmt: skip
        self.assertEqual((composer.subject, composer.partner_ids), ("您好，Li Na", self.member.partner_id))

    def test_the_preview_of_a_template_shows_a_member_in_chosen_words(self):
        preview = Form(self.env["mail.template.preview"].with_context(default_mail_template_id=self.template.id))
        preview.resource_ref = f"loyalty.member,{self.other.id}"
        self.assertEqual(preview.subject, "Hello Wang Wei")
        preview.lang = "zh_CN"
        self.assertEqual(preview.subject, "您好，Wang Wei")

    def test_an_sms_goes_to_the_customers_phone_in_their_language(self):
        rows = self.both._send_sms(self.sms)
        self.assertEqual(
            [(row.number, row.body, row.partner_id, row.state) for row in rows],
            [
                ("+8613800138000", "您好，Li Na", self.member.partner_id, "outgoing"),
                ("+8613800138001", "Hello Wang Wei", self.other.partner_id, "outgoing"),
            ],
        )

    def test_the_sms_composer_finds_the_number_of_a_member(self):
        composer = self.env["sms.composer"].with_context(
            default_res_model="loyalty.member", default_res_id=self.member.id, default_template_id=self.sms.id
        ).create({})  # fmt: skip
        self.assertEqual(
            (composer.recipient_single_number_itf, composer.body, composer.recipient_single_valid),
            ("+8613800138000", "您好，Li Na", True),
        )

    def test_the_preview_of_an_sms_shows_a_member(self):
        preview = self.env["sms.template.preview"].create({
            "sms_template_id": self.sms.id, "resource_ref": f"loyalty.member,{self.member.id}", "lang": "zh_CN",
        })  # fmt: skip
        self.assertEqual(preview.body, "您好，Li Na")

    def test_mails_come_from_the_programs_company_unless_the_template_says_otherwise(self):
        self.env.company.email = "club@example.com"
        self.assertIn("club@example.com", self.member._send_mails(self.template).email_from)
        self.template.email_from = "ceo@example.com"
        self.assertIn("ceo@example.com", self.member._send_mails(self.template).email_from)

    def test_marketing_neither_writes_by_hand_nor_looks_at_contact_data_through_a_message(self):
        """Whatever the system has read of the customers before."""
        marketing = self.make_user("mail_marketing", "loyalty_membership.group_marketing")
        self.assertTrue(self.member.sudo().partner_id.phone)
        composer = self.env["sms.composer"].with_user(marketing).with_context(
            default_res_model="loyalty.member", default_res_id=self.member.id, default_body="Hello"
        )  # fmt: skip
        preview = {"sms_template_id": self.sms.id, "resource_ref": f"loyalty.member,{self.member.id}"}
        for attempt in (
            lambda: self.env["mail.mail"].with_user(marketing).create({"recipient_ids": self.member.partner_id.ids}),
            lambda: composer.create({}).read(["recipient_single_number"]),
            lambda: self.env["sms.template.preview"].with_user(marketing).create(preview).read(["body"]),
            lambda: self.template.with_user(marketing)._render_field("body_html", self.member.ids),
            lambda: self.template.with_user(marketing).send_mail(self.member.id),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_marketing_looks_at_messages_without_contact_data(self):
        marketing = self.make_user("mail_marketing", "loyalty_membership.group_marketing")
        self.sms.body = "You have {{ object.points_display }}"
        told = self.sms.with_user(marketing)._render_field("body", self.member.ids)[self.member.id]
        self.assertEqual(told, "You have 0 Points")

    def test_store_staff_write_to_the_members_they_see(self):
        store = self.make_user("mail_store", "loyalty_membership.group_store")
        mail = self.env["mail.mail"].sudo().browse(self.template.with_user(store).send_mail(self.member.id))
        self.assertEqual(mail.subject, "您好，Li Na")
