"""Consents over the API: none is lost, none is logged twice."""

from odoo.tests import tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestApiConsents(ApiCase):
    def enroll(self, *consents, **values):
        return self.call("enroll", **{
            "name": "Li Na", "phone": "13800138000", "source": "crm", "reference": "c-1", "consents": list(consents), **values,
        })  # fmt: skip

    def logged(self):
        """(channel, given) of the member, oldest first."""
        consents = self.env["loyalty.consent"].search([("member_id", "=", self.member.id)], order="date, id")
        return [(consent.channel, consent.given) for consent in consents]

    def test_a_withdrawal_under_the_known_reference_is_logged(self):
        self.enroll({"channel": "sms"}, {"channel": "email"})
        self.enroll({"channel": "sms", "given": False}, {"channel": "email"})
        self.assertEqual(self.logged(), [("sms", True), ("email", True), ("sms", False)])
        self.enroll({"channel": "sms", "given": False})
        self.enroll({"channel": "sms"})
        self.assertEqual(self.logged()[2:], [("sms", False), ("sms", True)])

    def test_the_same_words_again_are_logged_once(self):
        for _delivery in range(3):
            self.enroll({"channel": "sms", "wording": "Yes, write to me"})
        self.enroll({"channel": "sms"})
        self.assertEqual(self.logged(), [("sms", True)])

    def test_new_words_and_another_purpose_are_news(self):
        self.enroll({"channel": "sms", "wording": "Write to me"})
        self.enroll({"channel": "sms", "wording": "Write to me, and to my family"})
        self.enroll({"channel": "sms", "purpose": "survey", "wording": "Write to me, and to my family"})
        self.assertEqual(len(self.logged()), 3)

    def test_a_new_reference_confirms_what_was_given(self):
        self.enroll({"channel": "sms"})
        self.enroll({"channel": "sms"}, source="till", reference="t-1")
        self.assertEqual(self.logged(), [("sms", True), ("sms", True)])

    def test_a_dated_consent_that_arrives_late_or_twice_keeps_its_place(self):
        given = {"channel": "sms", "date": "2026-01-01T10:00:00Z"}
        withdrawn = {"channel": "sms", "given": False, "date": "2026-03-01T10:00:00Z"}
        for consent in (withdrawn, given, withdrawn, given):
            self.enroll(consent)
        self.assertEqual(self.logged(), [("sms", True), ("sms", False)])
        self.enroll({"channel": "sms", "given": False})
        self.assertEqual(self.logged(), [("sms", True), ("sms", False)], "the withdrawal is the last word already")

    def test_rows_of_a_batch_are_heard_in_their_order(self):
        row = {"name": "Li Na", "phone": "13800138000", "source": "crm", "reference": "c-1"}
        self.call("enroll_members", members=[
            {**row, "consents": [{"channel": "sms", "given": given}]} for given in (True, True, False, False)
        ])  # fmt: skip
        self.assertEqual(self.logged(), [("sms", True), ("sms", False)])

    def test_another_profile_under_the_known_reference_is_no_conflict_and_overwrites_nothing(self):
        self.enroll()
        answer = self.enroll(
            name="Li Nana", phone="13900139009", email="new@example.com", birthdate="1990-01-01", gender="female"
        )
        self.assertEqual((answer["member"], answer["name"], answer["created"]), (self.member.code, "Li Na", False))
        customer = self.member.partner_id
        self.assertEqual((customer.phone, customer.email, self.member.gender), ("13800138000", "new@example.com", "female"))
        self.assertFalse(self.logged())

    def test_wrong_dates_are_refused(self):
        for date in ("2999-01-01", "soon", 5):
            self.assertRefused(422, "consents[0].date: ", "enroll", **self.person(consents=[{"channel": "sms", "date": date}]))

    def test_consents_of_many_cost_no_more_statements_than_of_one(self):
        people = [self.person() for _number in range(30)]
        self.call("enroll_members", members=people)

        def statements(some, given):
            rows = [{**person, "consents": [{"channel": "sms", "given": given}]} for person in some]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.call("enroll_members", members=rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        statements(people[:2], given=True)
        few, many = statements(people[:2], given=False), statements(people, given=True)
        self.assertLessEqual(many, few)
