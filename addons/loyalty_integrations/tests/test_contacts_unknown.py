"""Who a contact is: known by number, phone or e-mail, or new. Nobody is guessed."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_mapping import MappingCase


@tagged("post_install", "-at_install")
class TestContactsUnknown(MappingCase):
    def bound(self, member):
        return self.env["loyalty.binding"]._of(self.connection, "member", member).get(member.id)

    def test_a_contact_is_known_by_the_members_number(self):
        result = self.take(self.record(code=f"LOY-{self.member.code}", name="Li Na", mail="li@example.com"))
        self.assertEqual((result["member_id"], result["changed"]), (self.member.id, ["email"]))
        self.assertEqual(self.bound(self.member).external_id, "c1")

    def test_or_by_the_phone_however_it_is_written(self):
        self.assertEqual(self.take(self.record(name="N", mobile="+86 138 0013 8001"))["member_id"], self.other.id)

    def test_or_by_the_e_mail(self):
        self.other.partner_id.email = "wang@example.com"
        self.assertEqual(self.take(self.record(name="N", mail="WANG@example.com"))["member_id"], self.other.id)

    def test_who_names_two_members_is_neither(self):
        self.other.partner_id.email = "wang@example.com"
        result = self.take(self.record(name="N", mobile="13800138000", mail="wang@example.com"))
        self.assertEqual((result["action"], result["member_id"]), ("skipped", False))
        self.assertIn("different members", result["reason"])
        self.assertFalse(self.bound(self.member) or self.bound(self.other))

    def test_two_contacts_of_one_member_are_not_both_bound(self):
        one, two = self.take(
            self.record("c1", name="Li Na", mobile="13800138000"), self.record("c2", name="Liz", mobile="13800138000")
        )
        self.assertEqual((one["member_id"], two["action"]), (self.member.id, "skipped"))
        self.assertIn("c1", two["reason"])
        self.assertEqual(self.member.name, "Li Na")

    def test_two_versions_of_one_contact_in_a_page_are_both_taken(self):
        old = self.record("c1", "2026-01-01T00:00:00Z", name="Li Na", mobile="13800138000", mail="old@example.com")
        new = self.record("c1", "2026-01-02T00:00:00Z", name="Li Na", mobile="13800138000", mail="new@example.com")
        told = self.take(old, new)
        self.assertEqual([result["action"] for result in told], ["updated", "updated"])
        self.assertEqual(self.member.email, "new@example.com")

    def test_and_the_newer_one_stays_whatever_their_order(self):
        old = self.record("c1", "2026-01-01T00:00:00Z", name="Li Na", mobile="13800138000", mail="old@example.com")
        new = self.record("c1", "2026-01-02T00:00:00Z", name="Li Na", mobile="13800138000", mail="new@example.com")
        self.assertIn("newer version", self.take(new, old)[1]["reason"])
        self.assertEqual(self.member.email, "new@example.com")

    def test_two_versions_of_a_stranger_are_one_member(self):
        self.connection.create_members = True
        told = self.take(*(
            self.record("c1", f"2026-01-0{n}T00:00:00Z", name=name, mobile="13900139000") for n, name in ((1, "Old"), (2, "New"))
        ))  # fmt: skip
        self.assertEqual([result["action"] for result in told], ["created", "updated"])
        self.assertEqual(self.env["loyalty.member"].browse(told[0]["member_id"]).name, "New")

    def test_an_unknown_contact_is_passed_over_with_the_reason(self):
        result = self.take(self.record(name="Stranger", mobile="13900139000"))
        self.assertEqual((result["action"], result["member_id"]), ("skipped", False))
        self.assertIn("no member", result["reason"])
        self.assertFalse(self.env["loyalty.member"].search([("name", "=", "Stranger")]))

    def test_or_joins_where_the_connection_says_so(self):
        self.connection.create_members = True
        result = self.take(self.record(name="Stranger", mobile="13900139000", street="Road 1", labels=["lead"]))
        member = self.env["loyalty.member"].browse(result["member_id"])
        self.assertEqual(result["action"], "created")
        self.assertEqual((member.name, member.phone, member.program_id), ("Stranger", "+8613900139000", self.program))
        self.assertEqual((member.partner_id.street, member.partner_id.category_id.name), ("Road 1", "lead"))
        self.assertEqual(self.bound(member).external_id, "c1")
        self.assertEqual(self.take(self.record(name="Stranger", mobile="13900139000"))["action"], "unchanged")

    def test_who_joined_is_known_by_the_number_there_under_the_source_name(self):
        self.connection.create_members = True
        result = self.take(self.record("c7", name="Stranger"))
        known = self.env["loyalty.member.identity"]._find(self.program, "external", ["c7"], self.connection.source)
        self.assertEqual(known["c7"].id, result["member_id"])
        with self.assertRaisesRegex(UserError, "known under"):
            self.connection.source = "another"

    def test_and_by_the_connection_that_takes_its_place(self):
        self.connection.create_members = True
        result = self.take(self.record("c7", name="Stranger"))
        source = self.connection.source
        self.connection.active = False
        self.env.flush_all()
        successor = self.make_connection(name="New", pull_contacts=True, create_members=True, source=source)
        [again] = successor._take_contacts([self.record("c7", name="Stranger")])
        self.assertEqual(again["member_id"], result["member_id"])

    def test_who_can_not_join_is_told_why_and_the_others_join(self):
        self.connection.create_members = True
        wrong, fine = self.take(self.record("c1", name="A", mobile="12"), self.record("c2", name="B", mobile="13900139001"))
        self.assertEqual((wrong["action"], fine["action"]), ("failed", "created"))
        self.assertIn("mobile", wrong["reason"])

    def test_nobody_who_was_closed_joins_again(self):
        self.connection.create_members = True
        self.member.sudo().write({"state": "closed"})
        result = self.take(self.record(name="Li Na", mobile="13800138000"))
        self.assertEqual((result["action"], self.env["loyalty.member"].search_count([("name", "=", "Li Na")])), ("skipped", 1))

    def test_a_dry_run_enrols_nobody(self):
        self.connection.create_members = True
        result = self.take(self.record(name="Stranger", mobile="13900139000"), dry=True)
        self.assertEqual(result["action"], "created")
        self.assertFalse(self.env["loyalty.member"].search([("name", "=", "Stranger")]))
        self.assertFalse(self.env["loyalty.binding"].search([("external_id", "=", "c1")]))

    def test_a_member_of_another_program_is_nobody_here(self):
        program = self.program.copy({"name": "Other", "is_membership": True})
        partner = self.env["res.partner"].create({
            "name": "Zhao",
            "phone": "13700137000",
            "country_id": self.env.ref("base.cn").id,
        })
        self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": program.id})
        self.assertFalse(self.take(self.record(name="Zhao", mobile="13700137000"))["member_id"])
