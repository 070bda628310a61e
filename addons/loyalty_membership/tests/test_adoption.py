from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LoyaltyCase


class AdoptionCase(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.native = self.env["loyalty.program"].create({
            "name": "Old cards", "program_type": "loyalty", "applies_on": "both", "trigger": "auto",
        })  # fmt: skip
        self.customer = self.env["res.partner"].create({"name": "Old hand", "phone": "+8613700001111"})

    def card(self, points=0, partner=None, **values):
        return self.env["loyalty.card"].create({
            "program_id": self.native.id, "partner_id": partner and partner.id, "points": points, **values,
        })  # fmt: skip

    def adopt(self):
        self.native.is_membership = True
        self.env.invalidate_all()

    def members(self):
        everyone = self.env["loyalty.member"].with_context(active_test=False)
        return everyone.search([("program_id", "=", self.native.id)], order="id")

    def assertSound(self):
        self.assertEqual(self.env["loyalty.ledger.verification"].verify(self.native.id)["problems"], [])


@tagged("post_install", "-at_install")
class TestAdoption(AdoptionCase):
    def test_two_cards_of_one_customer_are_one_member_with_the_points_of_both(self):
        first, second = self.card(10, self.customer), self.card(5, self.customer)
        self.adopt()
        member = self.members().filtered("active")
        self.assertEqual((member.card_id, member.points), (first, 15))
        self.assertEqual(member.entry_ids.sorted("id").mapped("kind"), ["opening", "opening"])
        self.assertEqual(member.entry_ids.sorted("id").mapped("note"), [False, f"Card {second.code}"])
        self.assertEqual((second.active, second.points), (False, 0))
        self.assertEqual((self.members() - member).merged_into_id, member)
        self.assertSound()

    def test_the_number_of_the_second_card_leads_to_the_member(self):
        self.card(10, self.customer)
        second = self.card(5, self.customer)
        self.adopt()
        answer = self.env["loyalty.api"].get_member(second.code, program=self.native.id)
        self.assertEqual(answer["points"], 15)

    def test_an_adopted_member_is_like_any_other(self):
        self.card(0, self.customer)
        self.adopt()
        adopted = self.members()
        partner = self.env["res.partner"].create({"name": "Joins", "phone": "+8613700002222"})
        here = adopted.with_context(tz=self.native.tz)  # it may be another day where the user is
        enrolled = here.create({"partner_id": partner.id, "program_id": self.native.id})
        (adopted | enrolled).flush_recordset()
        self.env.invalidate_all()
        for name, field in adopted._fields.items():
            if field.store and field.column_type and name not in ("id", "card_id", "name", "create_date", "write_date"):
                self.assertEqual(adopted[name], enrolled[name], name)
        self.assertEqual(adopted.name, self.customer.name)
        self.assertEqual(adopted.identity_ids.mapped("value"), ["+8613700001111"])

    def test_a_member_joined_on_the_day_that_the_card_was_made(self):
        card = self.card(3, self.customer)
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_card SET create_date = '2024-12-31 20:00' WHERE id = %s", [card.id])
        self.native.tz = "Asia/Shanghai"
        self.adopt()
        self.assertEqual(str(self.members().joined_on), "2025-01-01")

    def test_a_fraction_that_the_program_does_not_know_is_told(self):
        self.card(10.75, self.customer)
        self.adopt()
        self.assertEqual(self.members().entry_ids.mapped(lambda e: (e.points, e.note)), [(10, "The card held 10.75 points")])

    def test_more_cards_need_no_more_queries(self):
        def queries(number):
            self.native = self.env["loyalty.program"].create({
                "name": "Old", "program_type": "loyalty", "applies_on": "both", "trigger": "auto",
            })  # fmt: skip
            for _number in range(number):
                self.card(5, self.env["res.partner"].create({"name": "Somebody"}))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.native.is_membership = True
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(60), queries(2) + 2)


@tagged("post_install", "-at_install")
class TestCardsWithoutMember(AdoptionCase):
    def test_a_card_without_customer_stays_outside_until_it_has_one(self):
        card = self.card(20)
        self.adopt()
        self.assertFalse(self.members())
        self.assertEqual((card.is_member, card.points), (False, 20))
        card.partner_id = self.customer
        member = self.members()
        self.assertEqual((member.card_id, member.points, member.entry_ids.kind), (card, 20, "opening"))
        self.assertSound()

    def test_a_blank_card_that_a_member_gets_joins_the_member(self):
        first, blank = self.card(10, self.customer), self.card(7)
        self.adopt()
        blank.partner_id = self.customer
        self.assertEqual((first.points, blank.points, blank.active), (17, 0, False))
        self.assertSound()

    def test_an_archived_card_joins_when_it_comes_back(self):
        card = self.card(8, self.customer, active=False)
        self.adopt()
        self.assertFalse(self.members())
        card.active = True
        self.assertEqual(self.members().points, 8)
        self.assertSound()

    def test_a_card_is_no_way_back_and_no_second_member(self):
        self.adopt()
        self.card(1, self.customer)
        twin = self.env["res.partner"].create({"name": "Twin", "phone": "+8613700001111"})
        with self.assertRaisesRegex(UserError, self.members().code):
            self.card(1, twin)
        self.members()._close("Asked for")
        with self.assertRaisesRegex(UserError, "manager"):
            self.card(1, self.customer)

    def test_sales_staff_neither_fill_nor_give_away_blank_cards(self):
        card = self.card(20)
        self.adopt()
        seller = self.make_user("seller", "sales_team.group_sale_manager")
        other = self.env["loyalty.program"].create({"name": "Other", "program_type": "loyalty"})
        filled = self.env["loyalty.card"].create({"program_id": other.id, "partner_id": self.customer.id, "points": 999})
        for record, values in (
            (card, {"points": 999}), (card, {"partner_id": self.customer.id}), (filled, {"program_id": self.native.id}),
        ):  # fmt: skip
            with self.subTest(values), self.assertRaises(AccessError):
                record.with_user(seller).write(values)
        with self.assertRaises(AccessError):
            self.env["loyalty.card"].with_user(seller).create({"program_id": self.native.id, "points": 999})
