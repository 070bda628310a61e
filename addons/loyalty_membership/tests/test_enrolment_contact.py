"""What somebody tells when joining is kept, and names one person from then on."""

from odoo.tools import SQL

from .common_api import ApiCase


class TestEnrolmentContact(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.china = cls.env.ref("base.cn")

    def enroll(self, **values):
        return self.call("enroll", **self.person(**values))

    def who(self, text):
        return self.call("get_member", member=text)["code"]

    def contact(self, **values):
        return self.env["res.partner"].create({"name": "Zhao Min", "country_id": self.china.id, **values})

    def member_of(self, answer):
        return self.env["loyalty.member"].search([("code", "=", answer["member"])])

    # ------------------------------------------------------------ nothing told is lost

    def test_a_phone_told_by_a_customer_known_by_email_is_kept_and_names_the_member(self):
        contact = self.contact(email="min@example.com")
        answer = self.enroll(phone="13900139000", email="min@example.com")
        self.assertEqual((answer["created"], self.member_of(answer).partner_id, contact.phone), (True, contact, "13900139000"))
        self.assertEqual(self.who("13900139000"), answer["member"])
        self.assertEqual(self.enroll(phone="13900139000"), {**answer, "created": False})

    def test_what_the_customer_has_already_is_not_overwritten(self):
        contact = self.contact(phone="13900139001", email="min@example.com")
        answer = self.enroll(phone="13900139000", email="min@example.com")
        self.assertEqual(contact.phone, "13900139001")
        self.assertEqual({self.who(phone) for phone in ("13900139000", "13900139001")}, {answer["member"]})
        contact.phone = "13900139002"
        self.assertEqual(self.who("13900139000"), answer["member"], "told by the person, not taken from the contact")

    def test_a_member_known_by_phone_is_known_by_a_new_email_too(self):
        self.enroll(phone="13800138000", email="li.na@example.com")
        self.assertEqual((self.who("li.na@example.com"), self.member.partner_id.email), (self.member.code, "li.na@example.com"))

    def test_rows_of_one_person_add_up(self):
        answers = self.call("enroll_members", members=[
            self.person(phone="13900139000"), self.person(phone="+8613900139000", email="min@example.com"),
        ])  # fmt: skip
        self.assertEqual([answer["created"] for answer in answers], [True, False])
        self.assertEqual(self.who("min@example.com"), answers[0]["member"])
        self.assertEqual(self.member_of(answers[0]).partner_id.email, "min@example.com")

    def test_rows_that_name_one_customer_by_phone_and_by_email_are_one_member(self):
        self.contact(phone="13900139000", email="min@example.com")
        rows = [self.person(phone="13900139000"), self.person(email="min@example.com")]
        first, second = self.call("enroll_members", members=rows)
        self.assertEqual((first["created"], second), (True, {**first, "created": False}))

    def test_gaps_of_the_person_are_filled_and_what_is_there_stays(self):
        self.member.gender = "female"
        answer = self.enroll(phone="13800138000", name="Other", birthdate="1990-06-30", gender="male")
        self.assertEqual((answer["member"], answer["name"]), (self.member.code, "Li Na"))
        self.assertEqual((str(self.member.birthdate), self.member.gender), ("1990-06-30", "female"))

    def test_members_who_tell_more_take_no_more_queries(self):
        def queries(start, number):
            phones = [f"1391000{start + index}" for index in range(number)]
            self.call("enroll_members", members=[self.person(phone=phone) for phone in phones])
            rows = [self.person(phone=phone, email=f"{phone}@example.com", birthdate="1990-06-30") for phone in phones]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse([answer for answer in self.call("enroll_members", members=rows) if "error" in answer])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1000, 1)
        self.assertLessEqual(queries(3000, 60), queries(2000, 2) + 2)

    def test_a_phone_told_to_one_program_names_the_customers_member_of_another_too(self):
        second = self.env["loyalty.program"].create({
            "name": "Second", "is_membership": True, "phone_country_id": self.china.id,
        })  # fmt: skip
        contact = self.contact(email="min@example.com")
        elsewhere = self.env["loyalty.member"].create({"partner_id": contact.id, "program_id": second.id})
        self.enroll(phone="13900139000", email="min@example.com")
        self.assertEqual(self.env["loyalty.member"]._resolve(second, ["13900139000"]), {"13900139000": elsewhere})

    # ------------------------------------------------------------ one call, two persons

    def test_a_known_reference_with_the_phone_or_email_of_somebody_else_is_refused(self):
        answer = self.enroll(reference="c-1", phone="13900139000")
        self.other.partner_id.email = "wang@example.com"
        for argument, value in (("phone", "13800138001"), ("email", "wang@example.com")):
            message = self.assertRefused(409, f"{argument}: ", "enroll", **self.person(reference="c-1", **{argument: value}))
            self.assertIn(self.other.code, message)
            self.assertIn(answer["member"], message)

    def test_a_phone_and_an_email_of_two_members_are_refused(self):
        self.other.partner_id.email = "wang@example.com"
        self.assertRefused(409, "email: ", "enroll", **self.person(phone="13800138000", email="wang@example.com"))

    def test_a_refused_row_of_a_batch_names_nobody(self):
        self.other.partner_id.email = "wang@example.com"
        contested = self.person(phone="13800138000", email="wang@example.com", reference="c-1")
        wrong, right = self.call("enroll_members", members=[contested, self.person(reference="c-1")])
        self.assertEqual((wrong["error"]["status"], wrong["error"]["argument"]), (409, "email"))
        self.assertTrue(right["created"])

    def test_two_newcomers_of_a_batch_are_not_confused_by_a_third_row(self):
        rows = [self.person(phone="13900139000"), self.person(email="min@example.com")]
        answers = self.call("enroll_members", members=[*rows, self.person(phone="13900139000", email="min@example.com")])
        self.assertEqual([answer.get("created") for answer in answers], [True, True, None])
        self.assertEqual(answers[2]["error"]["status"], 409)

    def test_a_known_reference_with_a_new_phone_names_the_member_by_it(self):
        answer = self.enroll(reference="c-1", phone="13900139000")
        self.assertEqual(self.enroll(reference="c-1", phone="13900139009"), {**answer, "created": False})
        self.assertEqual({self.who(phone) for phone in ("13900139000", "13900139009")}, {answer["member"]})
        self.assertEqual(self.member_of(answer).partner_id.phone, "13900139000")

    # ------------------------------------------------------------ customers as Odoo has them

    def test_a_customer_without_country_is_found_by_a_number_of_the_programs_country(self):
        self.env.company.country_id = self.env.ref("base.us")
        for phone in ("135 1234 5678", "8613512345679", "+86 135-1234-5670"):
            contact = self.contact(phone=phone, country_id=False)
            answer = self.enroll(phone=phone)
            self.assertEqual(self.member_of(answer).partner_id, contact, phone)

    def test_a_customer_elsewhere_is_not_taken_for_a_number_that_looks_alike(self):
        contact = self.contact(phone="351 234 5678", country_id=self.env.ref("base.us").id)
        self.assertNotEqual(self.member_of(self.enroll(phone="13512345678")).partner_id, contact)

    def test_an_address_with_the_phone_joins_as_its_customer(self):
        customer = self.contact()
        self.contact(name="Home", type="delivery", parent_id=customer.id, phone="13900139000")
        answer = self.enroll(phone="13900139000")
        self.assertEqual(self.member_of(answer).partner_id, customer)
        self.assertEqual(self.who("13900139000"), answer["member"])

    def test_an_address_of_a_company_makes_no_company_a_member(self):
        company = self.contact(is_company=True)
        self.contact(name="Dock", type="delivery", parent_id=company.id, phone="13900139000")
        partner = self.member_of(self.enroll(phone="13900139000")).partner_id
        self.assertEqual((partner.name, partner.is_company, partner.parent_id.id), ("Zhao Min", False, False))

    def test_customers_are_looked_up_by_indexes(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        keys = self.env["loyalty.member"]._identity_keys(
            self.program, [{"phone": "13900139000", "email": "min@example.com"}]
        )[0]  # fmt: skip
        query = self.env["res.partner"]._search(self.env["res.partner"]._loyalty_having(keys)).select()
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        for index in ("loyalty_phone_idx", "loyalty_email_idx", "phone_partial"):
            self.assertIn(index, plan)
        self.assertNotIn("Seq Scan on res_partner", plan)
