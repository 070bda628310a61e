"""A shop's list of people, loaded as Odoo's own import loads it."""

from .test_enrolment import EnrolmentCase


class TestMemberImport(EnrolmentCase):
    def setUp(self):
        super().setUp()
        self.env["loyalty.program"].search([("is_membership", "=", True), ("id", "!=", self.program.id)]).active = False

    def load(self, names, *rows, model="loyalty.member"):
        result = self.env[model].load(names, [list(row) for row in rows])
        return self.env[model].browse(result["ids"] or ()), "\n".join(message["message"] for message in result["messages"])

    def test_a_simple_list_makes_customers_and_members(self):
        members, said = self.load(
            ["name", "phone", "email", "birthdate"],
            ("Zhao Min", "139 0013 9000", "min@example.com", "1990-06-30"), ("Sun Li", "13900139001", "", ""),
        )  # fmt: skip
        self.assertFalse(said)
        self.assertEqual(members.partner_id.mapped("name"), ["Zhao Min", "Sun Li"])
        self.assertEqual(members.mapped("name"), ["Zhao Min", "Sun Li"])
        self.assertEqual((members[0].partner_id.phone, members[0].partner_id.email), ("139 0013 9000", "min@example.com"))
        self.assertEqual(str(members[0].birthdate), "1990-06-30")
        self.assertEqual((self.known("13900139000"), self.known("min@example.com")), (members[0], members[0]))

    def test_a_customer_whom_odoo_has_becomes_the_member(self):
        contact = self.customer(phone="13900139000")
        members, said = self.load(["name", "phone", "email"], ("Twin", "13900139000", "twin@example.com"))
        self.assertEqual((members.partner_id, contact.email, said), (contact, "twin@example.com", ""))

    def test_each_row_that_can_not_join_says_why(self):
        for row, reason in (
            (("Li", "13800138000", ""), self.member.code), (("Li", "12345", ""), "12345"), (("Li", "", "a@b"), "a@b"),
            (("", "13900139000", ""), "customer"),
        ):  # fmt: skip
            before = self.count()
            members, said = self.load(["name", "phone", "email"], row)
            self.assertIn(reason, said)
            self.assertEqual((len(members), self.count()), (0, before))

    def test_a_person_twice_in_the_list_is_told(self):
        members, said = self.load(["name", "phone"], ("Zhao Min", "13900139000"), ("Min Zhao", "+8613900139000"))
        self.assertIn("Min Zhao", said)
        self.assertFalse(members)

    def test_points_and_sums_are_never_dropped_silently(self):
        partner = self.customer()
        for name, value in (("points", "500"), ("lifetime_earned", "9"), ("purchase_count", "3")):
            members, said = self.load(["partner_id/.id", name], (str(partner.id), value))
            self.assertIn(self.env["loyalty.member"]._fields[name].string, said)
            self.assertFalse(members)
        members, said = self.load(["partner_id/.id", "points"], (str(partner.id), "0"))
        self.assertEqual((len(members), said), (1, ""))

    def test_the_import_screen_offers_these_columns(self):
        offered = {field["name"] for field in self.env["base_import.import"].get_fields_tree("loyalty.member")}
        self.assertLessEqual({"name", "phone", "email", "birthdate", "code", "partner_id"}, offered)
        self.assertFalse({"points", "lifetime_earned"} & offered)

    def test_a_card_brings_number_and_points(self):
        partner = self.customer("Old Friend")
        cards, said = self.load(
            ["program_id/.id", "partner_id", "points", "code"],
            (str(self.program.id), "Old Friend", "500", "OLD-001"), model="loyalty.card",
        )  # fmt: skip
        member = self.env["loyalty.member"].search([("partner_id", "=", partner.id)])
        self.assertEqual((said, member.card_id, member.code, member.points), ("", cards, "OLD-001", 500))
        self.assertEqual(member.entry_ids.kind, "opening")
        self.assertBalanced()

    def test_a_clerk_imports_too(self):
        clerk = self.make_user("clerk", "loyalty_membership.group_store,base.group_partner_manager")
        result = self.env["loyalty.member"].with_user(clerk).load(["name", "phone"], [["Zhao Min", "13900139000"]])
        self.assertFalse(result["messages"])

    def test_a_list_is_looked_up_in_as_many_queries_as_a_line(self):
        def queries(number):
            rows = [{"name": "Zhao", "phone": f"1391000{1000 + self.count() + index}"} for index in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["loyalty.member"].create(rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(40), queries(2) + 2)
