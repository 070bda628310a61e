"""A complete profile is rewarded once in a lifetime, wherever its last field is filled in."""

from datetime import date

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestProfile(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.member_properties_definition = [
            {"name": "size", "string": "Shoe Size", "type": "integer"},
            {"name": "likes", "string": "Likes", "type": "char"},
            {"name": "vip", "string": "VIP", "type": "boolean"},
        ]
        cls.rule = cls.env["loyalty.earning.rule"].create({
            "program_id": cls.program.id, "name": "Profile", "trigger": "activity", "activity_code": "profile_completed",
            "points": 50,
        })  # fmt: skip
        cls.ask(cls, "birthdate", "email")

    def ask(self, *names):
        """Let a complete profile have these fields."""
        fields = self.env["loyalty.profile.field"].search([("program_id", "in", (False, self.program.id)), ("name", "in", names)])
        assert {*fields.mapped("name")} == {*names}
        self.program.profile_field_ids = [Command.set(fields.ids)]

    def test_the_last_field_of_the_member_completes_it(self):
        self.member.partner_id.email = "li.na@example.com"
        self.assertEqual(self.points(), 0)
        self.member.birthdate = date(1990, 5, 4)
        self.assertEqual(self.points(), 50)

    def test_the_last_field_of_the_contact_completes_it(self):
        self.member.birthdate = date(1990, 5, 4)
        with Form(self.member.partner_id) as contact:
            contact.email = "li.na@example.com"
        self.assertEqual(self.points(), 50)

    def test_a_field_of_the_programs_own_completes_it(self):
        self.ask("size", "likes")
        self.member.properties = {"size": 38}
        self.assertEqual(self.points(), 0)
        self.member.properties = {"size": 38, "likes": "Tea"}
        self.assertEqual(self.points(), 50)

    def test_joining_by_the_api_with_all_of_it_completes_it_and_the_answer_says_so(self):
        answer = self.call("enroll", **self.person(email="zhao@example.com", birthdate="1990-05-04"))
        self.assertEqual(answer["points"], 50)

    def test_telling_the_rest_by_the_api_completes_it(self):
        person = self.person(email="zhao@example.com")
        self.assertEqual(self.call("enroll", **person)["points"], 0)
        self.assertEqual(self.call("enroll", **person, birthdate="1990-05-04")["points"], 50)

    def test_a_member_made_in_the_form_or_imported_completes_it(self):
        rows = [{"name": f"Zhao {n}", "email": f"z{n}@example.com", "birthdate": "1990-05-04"} for n in range(3)]
        members = self.env["loyalty.member"].create([row | {"program_id": self.program.id} for row in rows])
        self.assertEqual(members.mapped("points"), [50] * 3)

    def test_it_is_rewarded_once_in_a_lifetime(self):
        self.member.write({"birthdate": date(1990, 5, 4), "email": "li.na@example.com"})
        self.member.birthdate = False
        self.member.birthdate = date(1990, 5, 5)
        self.assertEqual(self.points(), 50)

    def test_it_is_rewarded_once_to_two_members_who_turn_out_to_be_one(self):
        for member, name in ((self.member, "li"), (self.other, "wang")):
            member.partner_id.email = f"{name}@example.com"
        self.other.birthdate = date(1990, 5, 4)
        self.other._merge_into(self.member)
        self.assertEqual((self.points(), self.member.birthdate), (50, date(1990, 5, 4)))

    def test_what_a_merged_member_brings_completes_it(self):
        self.member.partner_id.email = "li.na@example.com"
        self.other.birthdate = date(1990, 5, 4)
        self.other._merge_into(self.member)
        self.assertEqual(self.points(), 50)

    def test_a_frozen_member_gets_it_when_reactivated(self):
        self.member.state = "frozen"
        self.member.write({"birthdate": date(1990, 5, 4), "email": "li.na@example.com"})
        self.assertEqual(self.points(), 0)
        self.member.state = "active"
        self.assertEqual(self.points(), 50)

    def test_the_member_says_what_is_missing(self):
        self.ask("birthdate", "email", "size")
        self.assertEqual(self.member.profile_missing, "Birthday, Email, Shoe Size")
        self.member.partner_id.email = "li.na@example.com"
        self.member.properties = {"size": 38}
        self.assertEqual(self.member.profile_missing, "Birthday")
        self.member.birthdate = date(1990, 5, 4)
        self.assertFalse(self.member.profile_missing)

    def test_the_programs_own_fields_follow_its_definition(self):
        self.ask("birthdate", "likes")
        self.program.member_properties_definition = [{"name": "size", "string": "Size", "type": "integer"}]
        own = self.env["loyalty.profile.field"].search([("program_id", "=", self.program.id)])
        self.assertEqual(own.mapped("display_name"), ["Size"])
        self.assertEqual(self.program.profile_field_ids.mapped("name"), ["birthdate"])

    def test_without_a_rule_nothing_is_asked_of_the_database(self):
        self.rule.active = False
        self.member.birthdate = date(1990, 5, 4)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        (self.member + self.other)._complete_profiles()
        self.assertEqual(self.env.cr.sql_log_count, before)
        writes = self.statements(lambda: self.member.partner_id.write({"city": "上海"}))
        self.rule.active = True
        self.ask("birthdate", "city")
        self.env["loyalty.program"]._profiles_wanted()
        self.assertGreater(self.statements(lambda: self.member.partner_id.write({"city": "杭州"})), writes)

    def test_fifty_who_join_complete_take_as_many_statements_as_five(self):
        def enroll(count):
            people = [
                self.person(name=f"Zhao {number}", email=f"{self.next_reference()}@example.com", birthdate="1990-05-04")
                for number in range(count)
            ]
            self.assertEqual({answer["points"] for answer in self.call("enroll_members", members=people)}, {50})

        enroll(5)
        few = self.statements(lambda: enroll(5))
        self.assertLessEqual(self.statements(lambda: enroll(50)), few)

    def statements(self, action):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
