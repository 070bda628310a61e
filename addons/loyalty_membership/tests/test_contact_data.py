"""Marketing sees members, and how to reach none of them: asked as a program over RPC would ask."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import LoyaltyCase

PHONE, EMAIL = "13800138000", "li.na@example.com"
MARKETING = "loyalty_membership.group_marketing"
EXPORT = "base.group_allow_export"


class TestContactData(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing = cls.make_user("contact_marketing", f"{MARKETING},{EXPORT}")
        cls.customer = cls.member.partner_id
        cls.customer.email = EMAIL
        cls.seen = cls.member.with_user(cls.marketing)

    def assertSecret(self, ask):
        """The question is refused, or its answer holds neither phone nor e-mail."""
        self.env.invalidate_all()
        try:
            with mute_logger("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"):
                answer = str(ask())
        except (AccessError, UserError, ValueError):
            return
        self.assertNotIn(PHONE, answer.replace(" ", ""))
        self.assertNotIn(EMAIL, answer)

    def test_the_name_is_read_and_the_phone_is_masked(self):
        [row] = self.seen.read(["partner_id", "phone"])
        self.assertEqual(row["partner_id"][1], "Li Na")
        self.assertEqual(row["phone"], "138****8000")
        self.assertEqual(self.seen.export_data(["name", "phone"])["datas"], [["Li Na", "138****8000"]])

    def test_no_way_leads_from_the_member_to_the_contact(self):
        for ask in (
            lambda: self.seen.partner_id.phone,
            lambda: self.seen.partner_id.read(["phone", "email", "phone_sanitized", "email_normalized"]),
            lambda: self.seen.web_read({"partner_id": {"fields": {"phone": {}, "email": {}}}}),
            lambda: self.seen.card_id.read(),
            lambda: self.seen.read(),
            lambda: self.seen.export_data(["partner_id/phone", "partner_id/email"]),
            lambda: self.seen.export_data(["card_id/partner_id/phone"]),
            lambda: self.seen.formatted_read_group([], ["partner_id.phone"], ["__count"]),
            lambda: self.seen.formatted_read_group([], ["phone"], ["__count"]),
            lambda: self.seen.identity_ids.read(),
            lambda: self.env["loyalty.member.identity"].with_user(self.marketing).search_read([]),
            lambda: self.env["res.partner"].with_user(self.marketing).search_read([], ["phone", "email"]),
            lambda: self.env["res.partner"].with_user(self.marketing).formatted_read_group([], ["phone", "email"]),
            lambda: self.env["res.partner"].with_user(self.marketing).name_search("Li Na"),
        ):
            self.assertSecret(ask)

    def test_no_search_guesses_a_contact(self):
        for name in ("phone", "partner_id.phone", "partner_id.email", "card_id.partner_id.phone", "partner_id.phone_sanitized"):
            for operator, value in (("=like", "%138%"), ("ilike", "138"), ("=", PHONE), ("ilike", "li.na@")):
                found = self.seen.search([(name, operator, value), ("program_id", "=", self.program.id)])
                self.assertFalse(found, f"{name} {operator} {value}")
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.seen.search([("identity_ids.value", "=like", "+86138%")])

    def test_the_chatter_opens_and_names_no_address(self):
        self.assertSecret(self.seen._message_get_suggested_recipients)
        self.assertEqual(self.seen._message_get_suggested_recipients(), [])
        note = self.seen.message_post(body="Likes tea")
        self.assertEqual(note.author_id, self.marketing.partner_id)
        store = self.make_user("contact_store", "loyalty_membership.group_store")
        suggested = self.member.with_user(store)._message_get_suggested_recipients()
        self.assertEqual([person["email"] for person in suggested], [EMAIL])

    def test_a_follower_does_not_give_the_address_away(self):
        self.member.message_subscribe(self.customer.ids + self.marketing.partner_id.ids)
        followers = self.env["mail.followers"].with_user(self.marketing).search([("res_model", "=", "loyalty.member")])
        self.assertEqual(followers.partner_id, self.marketing.partner_id)
        self.assertSecret(lambda: self.seen.message_follower_ids.read(["name", "email"]))
        self.assertSecret(lambda: self.seen.message_partner_ids.read(["name", "email"]))

    def test_colleagues_and_the_company_are_read(self):
        colleague = self.make_user("contact_colleague", "base.group_user").partner_id
        contacts = colleague | self.env.company.partner_id | self.marketing.partner_id | self.env.ref("base.partner_root")
        self.assertEqual(contacts.with_user(self.marketing)._filtered_access("read"), contacts)

    def test_another_role_that_needs_contacts_brings_them(self):
        for group in (
            "base.group_partner_manager", "sales_team.group_sale_salesman", "account.group_account_invoice",
            "account.group_account_readonly", "stock.group_stock_user",
        ):  # fmt: skip
            user = self.make_user(group, f"{MARKETING},{group}")
            self.assertEqual(self.customer.with_user(user).phone, PHONE, group)
        self.assertEqual(self.member.with_user(user).phone, "138****8000", "the screens of Membership mask it all the same")

    def test_whoever_is_not_in_marketing_reads_contacts_as_before(self):
        for groups in ("base.group_user", "loyalty_membership.group_viewer", "loyalty_membership.group_admin"):
            self.assertEqual(self.customer.with_user(self.make_user(groups, groups)).phone, PHONE, groups)

    def test_a_campaign_of_marketing_finds_members_without_reading_them(self):
        found = self.seen.search([("display_name", "ilike", "Li Na"), ("program_id", "=", self.program.id)])
        self.assertEqual(found.display_name, f"Li Na ({self.member.code})")
