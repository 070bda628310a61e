from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.in_process import LOOKED_UP
from .common import LoyaltyCase


class EnrolmentCase(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.members = self.env["loyalty.member"].with_context(active_test=False)

    def enroll(self, **row):
        [(member, created)] = self.env["loyalty.member"]._enroll(self.program, [{"name": "Somebody", **row}])
        return member, created

    def customer(self, name="Twin", **values):
        return self.env["res.partner"].create({"name": name, "country_id": self.env.ref("base.cn").id, **values})

    def count(self):
        return self.members.search_count([("program_id", "=", self.program.id)])

    def known(self, text):
        return self.env["loyalty.member"]._resolve(self.program, [text]).get(text)

    def new(self, partner, **values):
        return self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": self.program.id, **values})


@tagged("post_install", "-at_install")
class TestOnePerson(EnrolmentCase):
    def test_the_same_phone_in_any_form_finds_the_first_member(self):
        for phone in ("138 0013 8000", "+86-13800138000", "008613800138000", "１３８００１３８０００"):
            self.assertEqual(self.enroll(phone=phone), (self.member, False))

    def test_the_same_email_finds_the_first_member(self):
        member, created = self.enroll(email="Zhao@Example.com")
        self.assertTrue(created)
        self.assertEqual(self.enroll(email=" zhao@example.COM"), (member, False))

    def test_the_same_outside_number_finds_the_first_member_of_that_source(self):
        member, _created = self.enroll(source="shop", reference="7")
        self.assertEqual(self.enroll(source="shop", reference="7"), (member, False))
        self.assertTrue(self.enroll(source="till", reference="7")[1])

    def test_twice_in_one_batch_is_one_member(self):
        rows = [{"name": "A", "phone": "13911112222"}, {"name": "A again", "phone": "+8613911112222"}]
        (first, created), (second, again) = self.env["loyalty.member"]._enroll(self.program, rows)
        self.assertEqual((first, created, again), (second, True, False))

    def test_a_customer_that_odoo_has_becomes_the_member(self):
        partner = self.env["res.partner"].create({"name": "Known", "email": "known@example.com"})
        self.assertEqual(self.enroll(email="KNOWN@example.com")[0].partner_id, partner)

    def test_an_order_of_a_contact_with_a_members_phone_or_email_counts_for_that_member(self):
        self.program.auto_enroll = True
        self.member.partner_id.email = "li.na@example.com"
        before = self.count()
        for contact in ({"phone": "+86 138-0013-8000"}, {"email": "Li.Na@Example.com"}):
            order = self.make_order(1, partner=self.customer(**contact))
            order.action_confirm()
            self.assertEqual(order.loyalty_transaction_ids.member_id, self.member)
        self.assertEqual((self.points(), self.count()), (200, before))

    def test_the_button_on_a_customer_names_the_member_who_has_the_phone(self):
        self.env["loyalty.program"].search([("is_membership", "=", True), ("id", "!=", self.program.id)]).active = False
        before = self.count()
        with self.assertRaisesRegex(UserError, rf"Twin.*{self.member.code}"):
            self.customer(phone="13800138000").action_enroll_as_member()
        self.assertEqual(self.count(), before)

    def test_the_form_names_the_member_who_has_the_phone_or_email(self):
        self.member.partner_id.email = "li.na@example.com"
        for contact in ({"phone": "138 0013 8000"}, {"email": "LI.NA@example.com"}):
            with self.assertRaisesRegex(UserError, self.member.code):
                self.new(self.customer(**contact))
        with self.assertRaisesRegex(UserError, self.member.code):
            self.new(self.customer(), phone="+8613800138000")

    def test_the_form_names_the_member_that_the_customer_is(self):
        with self.assertRaisesRegex(UserError, f"{self.member.code}.* is a member"):
            self.new(self.member.partner_id)

    def test_an_import_does_not_make_one_person_two_members(self):
        one, two = self.customer("One", phone="13911112222"), self.customer("Two", phone="139 1111 2222")
        rows = [{"partner_id": partner.id, "program_id": self.program.id} for partner in (one, two)]
        with self.assertRaisesRegex(UserError, "Two and One"):
            self.env["loyalty.member"].create(rows)

    def test_two_who_enrol_one_customer_at_once_are_stopped_by_the_database(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["loyalty.member"].with_context(**LOOKED_UP).create({
                "partner_id": self.member.partner_id.id, "program_id": self.program.id,
            })  # fmt: skip

    def test_a_member_has_a_customer(self):
        with self.assertRaisesRegex(UserError, "Choose the customer"):
            self.env["loyalty.member"].create({"program_id": self.program.id})

    def test_members_are_enrolled_in_as_many_queries_as_one(self):
        def queries(number):
            rows = [{"partner_id": self.customer().id, "program_id": self.program.id} for _number in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["loyalty.member"].create(rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(40), queries(2) + 2)


@tagged("post_install", "-at_install")
class TestWhoLeft(EnrolmentCase):
    """Closed or archived members: they don't join again by another door."""

    def gone(self):
        """Each way to leave, on a member of its own: (member, the phone)."""
        for number, values in enumerate(({"state": "closed"}, {"active": False}, {"state": "closed", "active": False})):
            phone = f"1381111000{number}"
            member = self.make_member(f"Gone {number}", phone=phone)
            member.write(values)
            yield member, phone

    def test_they_do_not_join_again_by_an_order(self):
        self.program.auto_enroll = True
        for member, phone in self.gone():
            before = self.count()
            for partner in (member.partner_id, self.customer(phone=phone)):
                order = self.make_order(1, partner=partner)
                order.action_confirm()
                self.assertFalse(order.loyalty_transaction_ids)
            self.assertEqual((self.count(), self.points(member)), (before, 0))

    def test_the_form_and_the_button_say_who_can_reactivate_them(self):
        self.env["loyalty.program"].search([("is_membership", "=", True), ("id", "!=", self.program.id)]).active = False
        for member, phone in self.gone():
            for partner in (member.partner_id, self.customer(phone=phone)):
                with self.assertRaisesRegex(UserError, f"{member.code}.*manager"):
                    self.new(partner)
                with self.assertRaisesRegex(UserError, f"{member.code}.*manager"):
                    partner.action_enroll_as_member()

    def test_a_changed_phone_does_not_make_them_somebody_else(self):
        for member, phone in self.gone():
            member.partner_id.phone = "13922220000"
            self.assertEqual(self.enroll(phone=phone), (self.members.browse(), False))
            member._reactivate("Asked for")
            self.assertEqual((member.state, member.active, member.card_id.active), ("active", True, True))
            self.assertEqual(self.enroll(phone="13922220000"), (member, False))
            self.assertIsNone(self.known(phone))
            member.partner_id.phone = False

    def test_a_native_card_and_its_member_go_and_come_together(self):
        card = self.member.card_id
        card.active = False
        self.assertFalse(self.member.active)
        card.active = True
        self.assertTrue(self.member.active)
        self.member.active = False
        self.assertFalse(card.active)
        self.member.active = True
        self.assertTrue(card.active)

    def test_an_archived_member_does_not_return_beside_the_one_who_serves_the_customer_now(self):
        self.other.active = False
        self.member.partner_id = self.other.partner_id
        with self.assertRaisesRegex(UserError, self.member.code):
            self.other.active = True
        with self.assertRaisesRegex(UserError, self.member.code):
            self.other.card_id.active = True


@tagged("post_install", "-at_install")
class TestKnownBy(EnrolmentCase):
    def test_a_changed_phone_is_found_and_the_old_one_free(self):
        self.member.partner_id.phone = "13922223333"
        self.assertEqual(self.known("13922223333"), self.member)
        self.assertIsNone(self.known("13800138000"))

    def test_a_member_who_passes_to_another_customer_is_known_by_that_customers_phone(self):
        for record in (self.member, self.member.card_id):
            phone = f"1399999000{len(record._name) % 10}"
            record.partner_id = self.customer("Heir", phone=phone)
            self.assertEqual(self.known(phone), self.member, record._name)
            self.assertIsNone(self.known("13800138000"))

    def test_a_phone_that_is_free_again_names_whoever_has_it_by_now(self):
        self.other.partner_id.phone = "13800138000"
        self.assertEqual(self.known("13800138000"), self.member)
        self.member.partner_id.phone = "13922223333"
        self.assertEqual(self.known("13800138000"), self.other)

    def test_an_email_that_is_free_again_names_whoever_has_it_by_now(self):
        (self.member | self.other).partner_id.email = "family@example.com"
        first = self.known("family@example.com")
        first.partner_id.email = False
        self.assertEqual(self.known("family@example.com"), (self.member | self.other) - first)
