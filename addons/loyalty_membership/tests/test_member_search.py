from .common import LoyaltyCase


class TestMemberSearch(LoyaltyCase):
    """What makes members found and added up at once, a million of them too."""

    def found(self, text):
        return self.env["loyalty.member"].search([("display_name", "ilike", text), ("program_id", "=", self.program.id)])

    def statements(self, action):
        with self.assertLogs("odoo.sql_db", "DEBUG") as log:
            action()
        return "\n".join(log.output)

    def test_a_renamed_customer_is_found_by_the_new_name(self):
        self.member.partner_id.name = "Li Nana"
        self.assertEqual(self.member.name, "Li Nana")
        self.assertEqual(self.found("nana"), self.member)

    def test_members_of_merged_contacts_are_called_like_the_one_that_is_left(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        left = self.env["res.partner"].create({"name": "Li Na (left)"})
        wizard._merge((left | self.member.partner_id | self.other.partner_id).ids, left)
        members = (self.member | self.other).with_context(active_test=False)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(members.mapped("name"), ["Li Na (left)"] * 2)

    def test_the_end_of_a_number_or_of_a_phone_comes_before_a_name_with_these_digits(self):
        number = self.member.code[-8:]
        named = self.make_member(f"Room {number}")
        self.assertEqual(self.found(number), self.member)
        self.assertEqual(self.found("38001"), self.other)
        self.assertEqual(self.found(f"room {number}"), named)

    def test_a_part_of_a_number_finds_too(self):
        self.assertIn(self.member, self.found(self.member.code[2:12]))

    def test_members_are_listed_and_added_up_without_their_cards(self):
        members = self.env["loyalty.member"].with_user(self.make_user("chief", "loyalty_membership.group_manager"))
        aggregates = ["points:sum", "purchase_amount:sum_currency", "currency_id:array_agg_distinct"]
        said = self.statements(lambda: members._read_group([("name", "like", "Li")], ["tier_id"], aggregates))
        self.assertIn("SUM(", said)
        self.assertNotIn("loyalty_card", said)

    def test_members_of_other_companies_stay_out_of_sight(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = self.make_user("abroad", "loyalty_membership.group_manager")
        abroad.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        members = self.env["loyalty.member"].with_user(abroad)
        self.assertFalse(members.search([("id", "in", (self.member | self.other).ids)]))
        self.assertFalse(self.member.with_user(abroad).has_access("read"))

    def test_several_currencies_are_told_as_several(self):
        euro, dollar = self.env.ref("base.EUR"), self.env.ref("base.USD")
        (euro | dollar).active = True
        for currency in euro | dollar:
            program = self.program.copy({"company_id": False, "name": currency.name, "currency_id": currency.id})
            partner = self.env["res.partner"].create({"name": f"Pays in {currency.name}"})
            self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": program.id})
        [[told]] = self.env["loyalty.member"]._read_group(
            [("name", "like", "Pays in")], [], ["currency_id:array_agg_distinct"]
        )  # fmt: skip
        self.assertEqual(set(told), set((euro | dollar).ids))

    def test_the_members_own_points_are_those_of_the_card(self):
        self.buy(100)
        self.env.invalidate_all()
        self.assertEqual((self.member.points, self.member.card_id.points), (100, 100))
        self.env.cr.execute("ALTER TABLE loyalty_member DISABLE TRIGGER loyalty_ledger_member")
        self.env.cr.execute("UPDATE loyalty_member SET points = 99 WHERE id = %s", [self.member.id])
        self.env.invalidate_all()
        problems = self.env["loyalty.ledger.verification"].verify(self.program.id)["problems"]
        self.assertEqual([(p["check"], p["expected"], p["found"]) for p in problems], [("balance", 100, 99)])
