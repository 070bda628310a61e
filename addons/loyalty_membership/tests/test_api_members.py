from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestApiMembers(ApiCase):
    def member_of(self, answer):
        return self.env["loyalty.member"].search([("code", "=", answer["member"])])

    # ------------------------------------------------------------ joining

    def test_joining_with_everything(self):
        self.make_tiers(0, 100)
        store = self.env["crm.team"].create({"name": "Nanjing Road"})
        answer = self.call("enroll", **self.person(
            phone="139 0013 9000", email="Min@Example.com", birthdate="1990-02-28", gender="female",
            store="Nanjing Road", utm_source="Mini Program", referral_code=self.member.code,
            consents=[{"channel": "sms"}, {"channel": "email", "purpose": "survey", "given": False, "wording": "I\nagree"}],
        ))  # fmt: skip
        member = self.member_of(answer)
        self.assertEqual(answer, {
            "member": member.code, "name": "Zhao Min", "tier": {"code": "T0", "name": "Tier 0"}, "points": 0, "created": True,
            "referral": {"state": "joined", "reason": None},
        })  # fmt: skip
        self.assertEqual(member.partner_id.email, "Min@Example.com")
        self.assertEqual(member.birthdate, fields.Date.to_date("1990-02-28"))
        self.assertEqual((member.gender, member.team_id, member.referrer_id), ("female", store, self.member))
        self.assertEqual(member.source_id.name, "Mini Program")
        consents = self.env["loyalty.consent"].search([("member_id", "=", member.id)], order="id")
        self.assertEqual(consents.mapped("channel"), ["sms", "email"])
        self.assertEqual(consents.mapped("given"), [True, False])
        self.assertEqual(consents[1].wording, "I\nagree")
        self.assertEqual(set(consents.mapped("source")), {"shop"})

    def test_joining_twice_finds_the_first(self):
        person = self.person(phone="13900139000", consents=[{"channel": "sms"}])
        first = self.call("enroll", **person)
        before = self.counts()
        self.assertEqual(self.call("enroll", **person), {**first, "created": False})
        self.assertEqual(self.counts(), before)

    def test_a_known_phone_gets_the_new_reference_too(self):
        answer = self.call("enroll", **self.person(
            phone="+86 138-0013-8000", reference="w-1", source="wechat", name="Other", consents=[{"channel": "wechat"}],
        ))  # fmt: skip
        self.assertEqual((answer["member"], answer["name"], answer["created"]), (self.member.code, "Li Na", False))
        self.assertEqual(self.call("get_member", member="w-1", source="wechat")["code"], self.member.code)
        self.assertEqual(self.env["loyalty.consent"].search_count([("member_id", "=", self.member.id)]), 1)

    def test_who_was_closed_or_archived_does_not_join_again(self):
        answer = self.call("enroll", **self.person(phone="13900139000", email="min@example.com", reference="c-7"))
        member = self.member_of(answer)
        for values, word in (({"state": "closed"}, "closed"), ({"state": "active", "active": False}, "archived")):
            member.write(values)
            for argument, person in (
                ("phone", self.person(phone="+86 13900139000")),
                ("email", self.person(email="MIN@example.com")),
                ("reference", self.person(reference="c-7")),
            ):
                message = self.assertRefused(422, f"{argument}: belongs to member {member.code}", "enroll", **person)
                self.assertIn(word, message)
        answers = self.call("enroll_members", members=[self.person(phone="13900139000"), self.person()])
        self.assertEqual([answers[0]["error"]["argument"], answers[1]["created"]], ["phone", True])

    def test_who_was_merged_is_the_survivor(self):
        self.other._merge_into(self.member)
        answer = self.call("enroll", **self.person(phone="13800138001"))
        self.assertEqual((answer["member"], answer["created"]), (self.member.code, False))
        friend = self.member_of(self.call("enroll", **self.person(referral_code=self.other.code)))
        self.assertEqual(friend.referrer_id, self.member)

    def test_a_batch_reports_a_wrong_row_and_lets_the_others_join(self):
        known = self.person(phone="13800138000")
        good = self.person(email="min@example.com")
        twin = self.person(email=" MIN@example.com")
        answers = self.call("enroll_members", members=[self.person(phone="12"), known, good, 5, twin, self.person(colour=1)])
        self.assertEqual(answers[0]["error"]["argument"], "phone")
        self.assertEqual(answers[0]["error"]["status"], 422)
        self.assertEqual([answer.get("created") for answer in answers], [None, False, True, None, False, None])
        self.assertEqual(answers[2]["member"], answers[4]["member"])
        self.assertEqual(answers[3]["error"]["argument"], "members[3]")
        self.assertEqual(answers[5]["error"]["argument"], "colour")

    def test_a_batch_needs_no_more_queries_for_more_members(self):
        def queries(number):
            people = [self.person() for _number in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.call("enroll_members", members=people)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(60), queries(2) + 2)

    def test_own_fields_of_the_program(self):
        self.program.member_properties_definition = [
            {"name": "aa", "string": "Shoe Size", "type": "integer"},
            {"name": "bb", "string": "Style", "type": "selection", "selection": [["x1", "Sport"], ["x2", "City"]]},
            {"name": "cc", "string": "Likes", "type": "tags", "tags": [["t1", "Tea", 1], ["t2", "Wine", 2]]},
            {"name": "dd", "string": "Since", "type": "date"},
            {"name": "ee", "string": "Consultant", "type": "many2one", "comodel": "res.partner"},
        ]
        given = {"Shoe Size": 38, "Style": "City", "cc": ["Tea"], "Since": "2020-01-31"}
        member = self.member_of(self.call("enroll", **self.person(properties=given)))
        values = {item["name"]: item.get("value") for item in member.read(["properties"])[0]["properties"]}
        self.assertEqual(values, {"aa": 38, "bb": "x2", "cc": ["t1"], "dd": "2020-01-31", "ee": None})
        for wrong, start in (
            ({"Shoe Size": "38"}, "properties.Shoe Size: "),
            ({"Style": "Nude"}, "properties.Style: must be one of"),
            ({"Likes": [None]}, "properties.Likes[0]: "),
            ({"Likes": "Tea"}, "properties.Likes: must be a list"),
            ({"Since": "today"}, "properties.Since: "),
            ({"Consultant": 1}, "properties.Consultant: is not known"),
            ({"colour": 1}, "properties.colour: is not known"),
            ([], "properties: must be an object"),
        ):
            self.assertRefused(422, start, "enroll", **self.person(properties=wrong))

    def test_what_is_refused(self):
        for wrong in (
            {"name": None}, {"name": " "}, {"name": ["A"]}, {"name": "A" * 129}, {"name": "A\x00"}, {"phone": "12345"},
            {"phone": 13800138000}, {"email": "a@b"}, {"birthdate": "2999-01-01"}, {"birthdate": "1850-01-01"},
            {"gender": "m"}, {"store": "Nowhere"}, {"store": 10**20}, {"utm_source": {}}, {"referral_code": "X"},
            {"consents": "sms"}, {"source": ""}, {"source": "odoo"}, {"reference": None}, {"reference": 5},
        ):  # fmt: skip
            with self.subTest(wrong=wrong):
                self.assertRefused(422, f"{next(iter(wrong))}: ", "enroll", **self.person(**wrong))
        self.assertRefused(422, "consents[1].channel: ", "enroll", **self.person(consents=[{"channel": "sms"}, {}]))
        self.assertRefused(422, "consents[0].to: is not known", "enroll", **self.person(consents=[{"channel": "a", "to": 1}]))

    def test_any_text_stays_text(self):
        for text in ("Robert'); DROP TABLE loyalty_member; --", "<img src=x onerror=alert(1)>", "%(uid)s {0} \\ 🎁"):
            answer = self.call("enroll", **self.person(name=text, reference=text, utm_source=text))
            self.assertEqual(answer["name"], text)
            self.assertEqual(self.call("get_member", member=text, source="shop")["name"], text)

    # ------------------------------------------------------------ being found, profile

    def test_a_member_goes_by_number_phone_email_and_reference(self):
        answer = self.call("enroll", **self.person(phone="13900139000", email="min@example.com", reference="c-7"))
        for name in (answer["member"], "139-0013-9000", "+8613900139000", "MIN@example.com", " c-7 "):
            self.assertEqual(self.call("get_member", member=name, source="shop")["code"], answer["member"], name)
        self.assertRefused(404, "member: ", "get_member", member="c-7", source="till")
        self.assertRefused(404, "member: ", "get_member", member="c-7")

    def test_a_merged_member_is_the_one_they_were_merged_into(self):
        code = self.other.code
        self.other._merge_into(self.member)
        self.assertEqual(self.call("get_member", member=code)["code"], self.member.code)
        self.assertEqual(self.record(5, member=code)["points"], 5)
        self.assertEqual(self.points(), 5)

    def test_the_profile_of_somebody_new(self):
        self.assertEqual(self.call("get_member", member=self.member.code), {
            "code": self.member.code, "name": "Li Na", "state": "active",
            "joined_on": self.member.joined_on.isoformat(), "birthdate": None, "gender": None, "store": None,
            "tier": None, "next_tier": None, "points": 0, "pending": 0, "debt": 0, "expiring": None,
            "stats": {"purchases": 0, "amount": 0, "average": 0, "first": None, "last": None}, "segments": [],
        })  # fmt: skip

    def test_the_profile_of_somebody_who_bought(self):
        self.make_tiers(0, 500)
        self.program.write({"expiry_policy": "rolling", "expiry_number": 1, "expiry_unit": "year"})
        when = fields.Datetime.now() - timedelta(days=2)
        text = f"{when.isoformat()}Z"
        self.record(100.5, date=text)
        self.record(20)
        answer = self.call("get_member", member=self.member.code)
        self.assertEqual(answer["points"], 120)
        self.assertEqual(answer["next_tier"], {"code": "T1", "name": "Tier 1", "missing": 380})
        self.assertEqual(answer["expiring"]["points"], 100)
        self.assertEqual(answer["stats"]["purchases"], 2)
        self.assertEqual((answer["stats"]["amount"], answer["stats"]["average"]), (120.5, 60.25))
        self.assertEqual(answer["stats"]["first"], text)
