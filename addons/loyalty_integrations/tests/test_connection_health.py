"""How a connection is, in figures and in a light; and who is told when it stays bad."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestConnectionHealth(EchoCase):
    def setUp(self):
        super().setUp()
        self.member.partner_id.name = "Li Na"
        self.other.partner_id.name = "Wang Wei"
        self.dispatch()
        self.connection.user_id = self.make_user("responsible", "base.group_system,loyalty_membership.group_manager")
        self.connection.user_id.email = "responsible@example.com"

    def light(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.connection.health_light

    def age(self, minutes):
        self.noted()
        self.env.cr.execute(
            "UPDATE loyalty_outbox SET create_date = %s WHERE state <> 'done'",
            [fields.Datetime.now() - timedelta(minutes=minutes)],
        )

    def mails(self):
        return self.env["mail.mail"].sudo().search([("email_to", "ilike", "responsible@example.com")])

    def test_a_connection_that_works_is_good(self):
        self.assertEqual(self.light(), "good")
        self.assertEqual((self.connection.health_backlog, self.connection.health_dead), (0, 0))
        self.assertEqual(self.connection.health_tries, 2)
        self.assertTrue(self.connection.health_success_at)
        self.assertEqual(self.connection.health_breaker, "closed")

    def test_what_waits_for_too_long_is_bad_and_a_first_load_is_not(self):
        self.member.partner_id.name = "Waits"
        self.age(29)
        self.assertEqual(self.light(), "good")
        self.age(31)
        self.assertEqual(self.light(), "bad")
        self.assertEqual(round(self.connection.health_backlog_age), 31)
        self.assertIn("31 minutes", self.connection.health_told)
        self.env.cr.execute("UPDATE loyalty_outbox SET priority = 10 WHERE state <> 'done'")
        self.assertEqual(self.light(), "good")

    def test_a_row_that_was_given_up_is_bad_until_it_is_sent(self):
        self.member.partner_id.name = "Refused"
        self.fake.fail_next({"error": "name too long"}, path="/records")
        self.dispatch()
        self.assertEqual((self.light(), self.connection.health_dead), ("bad", 1))
        self.noted(("state", "=", "dead")).action_send_again()
        self.dispatch()
        self.assertEqual(self.light(), "good")

    def test_a_system_that_is_down_opens_the_breaker(self):
        for n in range(6):
            self.make_member(f"M{n}", phone=f"1390013{n:04}")
        self.fake.fail_next(503, times=100, path="/records")
        self.dispatch()
        self.assertEqual((self.light(), self.connection.health_breaker), ("bad", "open"))
        self.assertTrue(self.connection.health_blocked_until)
        self.assertGreater(self.connection.health_error_rate, 0.5)

    def test_a_system_that_asks_to_wait_is_worth_a_look(self):
        self.member.partner_id.name = "Too fast"
        self.fake.fail_next(429, path="/records")
        self.dispatch()
        self.assertEqual((self.light(), self.connection.health_breaker), ("attention", "limit"))

    def test_stopped_is_bad_and_paused_is_worth_a_look(self):
        self.connection.sudo().state = "error"
        self.assertEqual(self.light(), "bad")
        self.connection.sudo().state = "paused"
        self.assertEqual(self.light(), "attention")

    def test_differences_of_the_last_comparison_are_shown_until_they_are_repaired(self):
        next(iter(self.fake.records.values()))["name"] = "changed there"
        run = self.work(self.run_of("reconcile"))
        self.assertEqual((self.light(), self.connection.health_differences), ("attention", 1))
        self.assertEqual(self.connection.health_compared_at, run.finished_at)
        run.action_repair()
        self.dispatch()
        self.assertEqual((self.light(), self.connection.health_differences), ("good", 0))

    def test_queries_do_not_grow_with_the_connections(self):
        connections = self.connection
        one = self.queries_of(connections)
        for n in range(10):
            connections |= self.make_connection(name=f"C{n}", push_member=True)
        self.assertLessEqual(self.queries_of(connections), one + 1)

    def queries_of(self, connections):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        connections.mapped("health_light")
        connections.mapped("health_told")
        return self.cr.sql_log_count - before

    # ------------------------------------------------------------------ alerts

    def look(self, minutes=0):
        self.env.flush_all()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=minutes)):
            self.env.invalidate_all()
            self.connection._look_after()
            self.env.flush_all()

    def make_bad(self):
        self.member.partner_id.name = "Refused"
        self.fake.fail_next({"error": "name too long"}, path="/records")
        self.dispatch()

    def test_what_stays_bad_is_told_once_a_day_by_activity_and_mail(self):
        self.make_bad()
        self.look()
        self.assertFalse(self.connection.activity_ids, "it may mend itself")
        self.look(29)
        self.assertFalse(self.mails())
        self.look(31)
        self.assertEqual((len(self.connection.activity_ids), len(self.mails())), (1, 1))
        self.assertEqual(self.connection.activity_ids.user_id, self.connection.user_id)
        self.assertIn("given up: 1", str(self.connection.activity_ids.note))
        self.assertIn("given up: 1", self.mails().body_html)
        self.look(60)
        self.assertEqual((len(self.connection.activity_ids), len(self.mails())), (1, 1))
        self.look(31 + 24 * 60)
        self.assertEqual((len(self.connection.activity_ids), len(self.mails())), (1, 2))

    def test_when_it_is_good_again_the_activity_goes(self):
        self.make_bad()
        self.look()
        self.look(31)
        self.noted(("state", "=", "dead")).action_give_up()
        self.look(40)
        self.assertFalse(self.connection.activity_ids)
        self.assertFalse(self.connection.bad_since or self.connection.alerted_at)

    def test_what_was_bad_for_a_moment_is_not_told(self):
        self.make_bad()
        self.look()
        self.noted(("state", "=", "dead")).action_give_up()
        self.look(20)
        self.assertFalse(self.connection.bad_since)
        self.make_bad()
        self.look(31)
        self.assertFalse(self.connection.activity_ids)

    def test_how_long_is_a_setting_of_the_connection(self):
        self.connection.alert_after = 5
        self.make_bad()
        self.look()
        self.look(6)
        self.assertEqual(len(self.mails()), 1)

    def test_a_manager_sees_the_health_of_a_connection(self):
        user = self.make_user("manager", "loyalty_membership.group_manager")
        self.assertEqual(self.connection.with_user(user).health_light, "good")
