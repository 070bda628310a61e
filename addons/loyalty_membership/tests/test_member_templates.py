from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.loyalty_member_template import TOLD
from .common_messages import MessageCase

PHONE, STREET = "+86 138 0013 8000", "Nanjing Road 1"


@tagged("post_install", "-at_install")
class TestMemberTemplates(MessageCase):
    """What a template tells of a member to who may not read the customer, whatever the system has read before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # With the right to write any expression: without it, Odoo itself allows next to none.
        cls.marketing = cls.make_user("template_marketing", "loyalty_membership.group_marketing,mail.group_mail_template_editor")
        cls.manager = cls.make_user("template_manager", "loyalty_membership.group_manager,mail.group_mail_template_editor")
        cls.tier = cls.env["loyalty.tier"].create({"program_id": cls.program.id, "name": "Gold", "code": "G", "threshold": 0})
        cls.member.partner_id.write({"phone": PHONE, "street": STREET})
        cls.member.tier_id = cls.tier

    def render(self, source, user=None, engine="inline_template", member=None, **context):
        """The text that this template tells the user, when all of the customer is in the system's memory."""
        member = member or self.member
        everything = ["phone", "email", "street", "name", "lang"]
        member.sudo().partner_id.read(everything)
        member.with_user(user or self.marketing).sudo().partner_id.read(everything)
        mixin = self.env["mail.render.mixin"].with_user(user or self.marketing).with_context(**context)
        return str(mixin._render_template(source, "loyalty.member", member.ids, engine=engine)[member.id])

    def assertWithheld(self, source, engine="inline_template", member=None):
        with self.subTest(source=source), self.assertRaisesRegex(AccessError, "who may read their phones and e-mails"):
            self.assertNotIn(PHONE, self.render(source, engine=engine, member=member))

    # ------------------------------------------------------------ what is told

    def test_fields_of_the_member_are_told(self):
        told = self.render(
            "{{ object.name }}, {{ object.tier_id.name }}, {{ object.points_display }}, {{ object.journey_coupon_code }}, "
            "{{ format_amount(object.purchase_amount, object.currency_id) }}",
            loyalty_journey_example=True,
        )
        self.assertEqual(told, "Li Na, Gold, 0 Points, 0442-EXAMPLE, $\N{NO-BREAK SPACE}0.00")

    def test_a_text_with_loops_and_variables_is_told(self):
        source = (
            '<t t-set="title" t-valuef="Dear #{object.name}"/><p t-att-title="title" t-if="object.points &gt;= 0">'
            '<t t-foreach="object.tier_id" t-as="tier"><t t-out="tier_index + 1"/>. <t t-out="tier.name"/></t></p>'
        )
        self.assertEqual(self.render(source, engine="qweb"), '<p title="Dear Li Na">1. Gold</p>')

    def test_ordinary_prose_is_no_expression(self):
        for text in ("Our partners [all] greet you: getattr, __init__, object.phone", "Call .sudo() #{object.phone}"):
            self.assertEqual(self.render(text), text)
            self.assertEqual(self.render(f"{text}<t t-out=\"''\"/>", engine="qweb"), text)

    def test_every_template_of_ours_for_members_is_told(self):
        told = 0
        for model, names in (("mail.template", ("subject", "body_html")), ("sms.template", ("body",))):
            ours = self.env["ir.model.data"].search([("module", "=", "loyalty_membership"), ("model", "=", model)])
            templates = self.env[model].browse(ours.mapped("res_id")).filtered(lambda one: one.model == "loyalty.member")
            for template in templates.with_user(self.marketing):
                for lang, name in ((lang, name) for lang in ("en_US", "zh_CN") for name in names):
                    with self.subTest(template=template.name, lang=lang, field=name):
                        rendered = template._render_field(name, self.member.ids, set_lang=lang)[self.member.id]
                        self.assertTrue(rendered)
                        told += 1
        self.assertTrue(told, "no template of ours")

    # ------------------------------------------------------------ what is withheld

    def test_contact_data_is_withheld(self):
        for expression in (
            "object.partner_id.phone",
            "object.phone",
            "object.email",
            "object.card_id.partner_id.street",
            "object.message_ids",
            "object.identity_ids",
            "object.consent_ids",
            "object.referrer_id.name",
            "object['partner_id'].phone",
            "getattr(object, 'phone')",
            "object.sudo().partner_id.phone",
            "env['res.partner'].sudo().search([], limit=1).phone",
            "object.mapped('partner_id.phone')",
            "'%(phone)s' % object",
            "'%(phone)s' % max(object, object)",
            "'{0.partner_id.phone}'.format(object)",
            "f'{object.partner_id.phone}'",
            "object.with_context(a=1).partner_id.phone",
            "ctx.get('phone')",
            "object.salesperson_id.partner_id",
            "object.create_uid.email",
        ):
            self.assertWithheld(f"Call {{{{ {expression} }}}}")
            self.assertWithheld(f'<t t-out="{expression}"/>', engine="qweb")

    def test_contact_data_is_withheld_however_it_is_written(self):
        for source in (
            '<t t-out="object.&#112;artner_id.phone"/>',
            "<T T-OUT='object.partner_id.phone'/>",
            '<p t-att-a="object.partner_id.phone"/>',
            '<p t-attf-a="{{object.partner_id.phone}}"/>',
            "<p t-att=\"{'a': object.partner_id.phone}\"/>",
            '<t t-field="object.partner_id"/>',
            '<t t-set="p" t-value="object.partner_id"/><t t-out="p.phone"/>',
            '<t t-call="web.external_layout"/>',
            '<t t-foreach="object" t-as="a"><t t-foreach="a" t-as="b"><t t-out="b.partner_id.phone"/></t></t>',
        ):
            self.assertWithheld(source, engine="qweb")

    def test_a_member_who_is_a_colleague_opens_no_way_to_others(self):
        colleague = self.env["loyalty.member"].create({
            "partner_id": self.marketing.partner_id.id, "program_id": self.program.id, "referrer_id": self.member.id,
        })  # fmt: skip
        self.assertTrue(colleague.partner_id.with_user(self.marketing).has_access("read"))
        self.assertWithheld("{{ object.referrer_id.partner_id.phone }}", member=colleague)
        self.assertWithheld("{{ object.env['res.partner'].sudo().search([], limit=1).phone }}", member=colleague)

    def test_no_field_leads_to_a_customer(self):
        fields = self.env["loyalty.member"].with_user(self.marketing)._template_fields()
        self.assertLessEqual({"name", "points", "tier_id", "program_id", "company_id", "journey_coupon_code"}, {*fields})
        self.assertFalse(
            {
                "phone",
                "email",
                "partner_id",
                "card_id",
                "message_ids",
                "identity_ids",
                "consent_ids",
                "consent_told",
                "properties",
            }
            & {*fields}
        )
        self.assertFalse([name for name in fields if name.startswith(("message_", "activity_"))])
        self.assertFalse([model for model in TOLD if model in ("loyalty.member", "loyalty.card", "res.partner")])

    def test_a_field_for_others_is_withheld(self):
        field = type(self.env["loyalty.member"])._fields["referral_code"]
        self.assertIn("referral_code", self.env["loyalty.member"].with_user(self.marketing)._template_fields())
        self.patch(field, "groups", "base.group_system")
        self.assertNotIn("referral_code", self.env["loyalty.member"].with_user(self.marketing)._template_fields())

    def test_a_field_that_is_the_customers_is_withheld(self):
        """As another addon may add it; but for the name."""
        self.patch(type(self.env["loyalty.member"])._fields["referral_code"], "related", "card_id.partner_id.street")
        fields = self.env["loyalty.member"].with_user(self.marketing)._template_fields()
        self.assertEqual(("referral_code" in fields, "name" in fields), (False, True))

    def test_a_variable_is_not_called_like_something_of_odoos(self):
        for name in ("user_id", "res_company", "request", "ctx", "env", "given"):
            source = f'<t t-if="0"><t t-set="{name}" t-value="object.tier_id"/></t><t t-out="{name}.name"/>'
            with self.subTest(name=name), self.assertRaises(AccessError):
                mixin = self.env["mail.render.mixin"].with_user(self.marketing)
                mixin._render_template(
                    source, "loyalty.member", self.member.ids, engine="qweb", add_context={"given": self.member}
                )

    # ------------------------------------------------------------ who is not concerned

    def test_who_may_read_customers_is_told_everything(self):
        self.assertEqual(self.render("{{ object.partner_id.phone }}", self.manager), PHONE)
        self.assertEqual(self.render("{{ '%(phone)s' % object.partner_id }}", self.manager), PHONE)

    def test_the_system_is_told_everything(self):
        """As journeys are, whoever has made them."""
        mixin = self.env["mail.render.mixin"].with_user(self.marketing).sudo()
        told = mixin._render_template("{{ object.partner_id.phone }}", "loyalty.member", self.member.ids)
        self.assertEqual(told, {self.member.id: PHONE})

    # ------------------------------------------------------------ over Odoo's screens and ours

    def test_odoos_preview_of_an_sms_tells_fields_and_nothing_else(self):
        preview = self.env["sms.template.preview"].with_user(self.marketing).create({
            "sms_template_id": self.sms.id, "resource_ref": f"loyalty.member,{self.member.id}",
        })  # fmt: skip
        self.sms.body = "{{ object.tier_id.name }}"
        self.assertEqual(preview.body, "Gold")
        self.sms.body = "{{ object.partner_id.phone }}"
        preview.invalidate_recordset()
        with self.assertRaises(AccessError):
            preview.read(["body"])

    def test_marketing_sends_no_template_by_hand_however_plain(self):
        plain = {"subject": "Hello", "body_html": "<p>Hello</p>", "partner_to": str(self.other.partner_id.id)}
        for default in (True, False):
            self.template.write({**plain, "use_default_to": default})
            with self.assertRaisesRegex(AccessError, "who may read their phones and e-mails"):
                self.template.with_user(self.marketing).send_mail(self.other.id)

    def test_odoos_preview_of_a_mail_names_no_recipient(self):
        self.template.write({"subject": "Hello", "body_html": "<p>Hello</p>", "lang": False})
        preview = self.env["mail.template.preview"].with_user(self.marketing).create({
            "mail_template_id": self.template.id, "resource_ref": f"loyalty.member,{self.other.id}",
        })  # fmt: skip
        self.assertIn("who may read their phones and e-mails", preview.error_msg)
        self.assertFalse(preview.partner_ids)

    def test_the_language_of_a_member_is_no_secret(self):
        self.template.with_context(lang="zh_CN").subject = "您好，{{ object.name }}"
        self.env.invalidate_all()
        told = self.template.with_user(self.marketing)._render_field("subject", self.member.ids, compute_lang=True)
        self.assertEqual(told, {self.member.id: "您好，Li Na"})

    def try_journey(self, body):
        """What the test of a journey tells marketing of a mail with this body."""
        self.template.with_context(lang="zh_CN").write({"subject": "{{ object.name }}", "body_html": body})
        journey = self.env["loyalty.journey"].create({"name": "Welcome", "program_id": self.program.id})
        self.env["loyalty.journey.step"].create({
            "journey_id": journey.id, "name": "Mail", "kind": "mail", "mail_template_id": self.template.id,
        })  # fmt: skip
        test = self.env["loyalty.journey.test"].with_user(self.marketing).create({
            "journey_id": journey.id, "member_id": self.member.id,
        })  # fmt: skip
        return test.line_ids.title, test.line_ids.text

    def test_the_test_of_a_journey_tells_fields_and_an_example(self):
        title, text = self.try_journey(
            '<p t-out="object.tier_id.name"/><p t-out="object.points_display"/><p t-out="object.journey_coupon_code"/>'
        )
        self.assertEqual(title, "Li Na")
        self.assertEqual(text, "<p>Gold</p><p>0 Points</p><p>0442-EXAMPLE</p>")

    def test_the_test_of_a_journey_withholds_contact_data_and_says_what_to_do(self):
        title, text = self.try_journey('<p t-out="object.partner_id.phone"/>')
        self.assertFalse(text)
        self.assertIn("use fields of the member alone, or let a manager test it", title)
