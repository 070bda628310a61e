"""Events on their way to a receiver: what they say, when they are tried again, and when the endpoint is switched off."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..domain.standard_webhooks import new_secret
from .common_sending import Sending
from .fakes.webhook import WebhookReceiver

HOUR = 3600


class WebhookCase(Sending, LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection()

    @classmethod
    def make_connection(cls, **values):
        connection = cls.env["loyalty.connection"].create({
            "name": "Shop", "system": "webhook", "program_id": cls.program.id, "allow_private": True, "push_event": True,
            "rate_calls": 1000, "webhook_url": "http://127.0.0.1/", "webhook_secret": WebhookReceiver.options["secret"], **values,
        })  # fmt: skip
        connection.state = "active"
        return connection

    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(WebhookReceiver())
        self.connection.webhook_url = f"{self.fake.url}/hooks"
        self.enterContext(self.enter_registry_test_mode())
        self.env.cr.precommit.clear()
        self.registry.clear_cache()

    def only(self, *codes):
        self.connection.webhook_event_ids = self.env["loyalty.event.type"].search([("code", "in", codes)])

    def give(self, points, member=None, **values):
        return self.Entry._post([{"member_id": (member or self.member).id, "kind": "adjust", "points": points, **values}])

    def told(self):
        """The events that arrived, in order."""
        self.dispatch()
        return list(self.fake.events.values())


@tagged("post_install", "-at_install")
class TestWebhookEvents(WebhookCase):
    def test_a_purchase_is_told_with_its_points_and_its_member_by_number(self):
        self.only("points.earned")
        purchase = self.row(100, date=datetime(2025, 6, 6, 4))
        self.Transaction._book(self.program, [purchase])
        [event] = self.told()
        self.assertEqual((event["type"], event["timestamp"]), ("points.earned", "2025-06-06T04:00:00Z"))
        entry = self.Entry.search([("member_id", "=", self.member.id)])
        self.assertEqual(event["data"], {
            "member": self.member.code, "entry": entry.id, "kind": "earn", "points": 100, "qualifying_points": 100,
            "balance": 100, "expires_on": None, "explanation": "Purchase: 100 × 1",
            "purchase": {"source": "test", "reference": purchase["reference"]},
        })  # fmt: skip

    def test_each_kind_of_event_is_told(self):
        self.make_tiers(0, 100)
        newcomer = self.make_member("New Member", phone="13800138066")
        self.give(150, newcomer, qualifying_points=150)
        self.give(-50, newcomer)
        types = [event["type"] for event in self.told()]
        for kind in ("member.joined", "tier.changed", "points.earned", "points.spent"):
            self.assertIn(kind, types)

    def test_what_becomes_of_a_redemption_is_told_step_by_step(self):
        self.only(*self.env["loyalty.event.type"].search([("code", "like", "redemption.")]).mapped("code"))
        self.env["loyalty.redemption.rule"].create({"program_id": self.program.id})
        self.give(100)
        item = self.env["loyalty.catalog.item"].create({
            "name": "Tea", "program_id": self.program.id, "kind": "service", "points": 30,
        })  # fmt: skip
        redemption = self.env["loyalty.redemption"].create({"member_id": self.member.id, "item_id": item.id})
        redemption.action_submit()
        redemption.with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_approve()
        events = self.told()
        self.assertEqual([event["type"] for event in events][:1], ["redemption.submitted"])
        self.assertEqual([event["type"] for event in events][-1], f"redemption.{redemption.state}")
        self.assertEqual(
            events[0]["data"],
            {
                "member": self.member.code, "redemption": redemption.name, "state": "submitted", "item": "Tea", "kind": "service",
                "quantity": 1, "points": 30, "money": 0, "currency": self.program.currency_id.name, "store": None,
                "delivery": "pickup", "reason": None,
            },
        )  # fmt: skip

    def test_personal_data_is_told_only_where_the_connection_is_for_it(self):
        self.only("member.updated")
        self.member.partner_id.name = "李娜"
        self.dispatch()
        self.assertNotIn("13800138000", str(self.fake.bodies))
        self.connection.webhook_personal = True
        self.member.partner_id.name = "李娜 🎁"
        event = self.told()[-1]
        self.assertEqual((event["data"]["name"], event["data"]["phone"]), ("李娜 🎁", self.member.partner_id.phone))

    def test_only_chosen_events_are_kept(self):
        self.only("points.spent")
        self.give(10)
        self.give(-5)
        self.assertEqual([event["type"] for event in self.told()], ["points.spent"])

    def test_what_will_expire_is_told_once_a_day_of_expiry(self):
        self.only("points.expiring")
        today = self.program._today()
        soon, later = today + timedelta(days=10), today + timedelta(days=40)
        for points, day in ((30, soon), (12, soon), (99, later)):
            self.give(points, expires_on=day)
        for _night in range(2):
            self.env.ref("loyalty_integrations.cron_expiring").method_direct_trigger()
        [event] = self.told()
        self.assertEqual(
            (event["type"], event["data"]),
            ("points.expiring", {"member": self.member.code, "points": 42, "expires_on": str(soon)}),
        )

    def test_rendering_many_costs_no_more_queries_than_rendering_few(self):
        self.only("points.earned")
        members = [self.make_member(f"M{n}", phone=f"1390013{n:04}") for n in range(24)]
        self.env.cr.precommit.run()

        def queries(members):
            rows = self.env["loyalty.outbox"].search([])
            for member in members:
                self.give(1, member)
            self.env.cr.precommit.run()
            rows = self.env["loyalty.outbox"].search([]) - rows
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows._payloads(None)
            return self.cr.sql_log_count - before

        queries(members[:1])
        self.assertLessEqual(queries(members[4:24]), queries(members[1:4]) + 2)


@tagged("post_install", "-at_install")
class TestWebhookTries(WebhookCase):
    def setUp(self):
        super().setUp()
        self.only("points.earned")

    def test_it_is_tried_again_by_the_schedule_with_the_same_bytes_then_given_up_and_switched_off(self):
        self.give(10)
        self.fake.fail_next(500, times=100, done=True)
        now, waits = fields.Datetime.now(), []
        for _try in range(10):
            with freeze_time(now):
                row = self.dispatch()
            if row.state == "dead":
                break
            waits.append((row.next_attempt_at - now).total_seconds())
            now = row.next_attempt_at + timedelta(hours=1)  # the breaker, too, has forgotten
        expected = [5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
        self.assertEqual(len(waits), len(expected))
        for wait, least in zip(waits, expected, strict=True):
            self.assertTrue(least - 1 <= wait <= least * 1.1 + 1, (wait, least))
        self.assertEqual((row.state, row.attempts, self.connection.state), ("dead", 10, "error"))
        self.assertTrue(self.connection.activity_ids)
        self.assertEqual(len({request.body for request in self.fake.requests}), 1)
        self.assertEqual(len({request.headers["webhook-id"] for request in self.fake.requests}), 1)

    def test_an_event_that_alone_never_arrives_is_given_up_alone(self):
        self.give(10)
        self.fake.fail_next(404)
        row = self.dispatch()
        row.sudo().attempts = 9
        self.give(10, self.other)
        self.dispatch()
        self.fake.fail_next(404)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10)):
            rows = self.dispatch()
        self.assertEqual((rows.mapped("state"), self.connection.state), (["dead", "done"], "active"))

    def test_an_event_that_the_receiver_can_not_read_is_given_up_once_others_have_arrived(self):
        self.give(10)
        self.fake.fail_next(400, times=2)
        row = self.dispatch()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=1)):
            self.dispatch()
            self.assertEqual(row.state, "retry", "it may be our secret, or the clock")
            self.give(10, self.other)
            self.dispatch()
        self.fake.fail_next(400)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=30)):
            rows = self.dispatch()
        self.assertEqual((rows.mapped("state"), self.connection.state), (["dead", "done"], "active"))

    def test_an_event_that_is_refused_is_given_up_at_once_and_later_ones_of_its_member_go_on(self):
        self.give(10)
        self.give(-5)
        self.fake.fail_next(422)
        self.only("points.earned", "points.spent")
        rows = self.dispatch()
        self.assertEqual((rows.mapped("state"), rows[0].attempts), (["dead", "done"], 1))
        self.assertFalse(self.connection._meter().failures)

    def test_an_event_says_what_it_said_at_its_first_try(self):
        self.give(10)
        self.fake.fail_next(500)
        self.dispatch()
        self.give(5)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10)):
            first, second = self.told()
        self.assertEqual((first["data"]["balance"], second["data"]["balance"]), (10, 15))

    def test_an_endpoint_that_is_gone_is_asked_once_and_loses_nothing(self):
        self.give(10)
        self.give(10, self.other)
        self.fake.fail_next(410, times=5)
        rows = self.dispatch()
        self.assertEqual((len(self.fake.requests), self.connection.state), (1, "error"))
        self.assertNotIn("dead", rows.mapped("state"))
        self.fake._misbehaviours.clear()
        self.connection.action_activate()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10)):
            self.assertEqual(len([event for event in self.told() if event["type"] == "points.earned"]), 2)

    def test_too_fast_is_no_failure_and_waits_as_long_as_it_was_told(self):
        self.give(10)
        self.fake.fail_next(429)
        row = self.dispatch()
        self.assertEqual((row.state, row.attempts), ("retry", 0))

    def test_what_was_given_up_is_replayed_under_the_same_id_and_as_new_under_another(self):
        self.give(10)
        row = self.dispatch()
        row.sudo().state = "dead"
        row.action_send_again()
        self.dispatch()
        self.assertEqual([len(bodies) for bodies in self.fake.bodies.values()], [2])
        row.action_send_as_new()
        self.dispatch()
        self.assertEqual(len(self.fake.events), 2)

    def test_the_receiver_s_developer_can_read_what_was_sent_and_answered(self):
        self.give(10)
        self.fake.fail_next({"error": "no such shop"})
        self.dispatch()
        attempt = self.env["loyalty.outbox.attempt"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual((attempt.method, attempt.http_status), ("POST", 200))
        self.assertIn('"type": "points.earned"', attempt.request)
        self.assertIn("no such shop", attempt.response)
        self.assertIn("webhook-id", attempt.request_headers)
        self.assertNotIn("v1,", str(attempt.read()))


@tagged("post_install", "-at_install")
class TestWebhookSecrets(WebhookCase):
    def test_rotating_keeps_the_old_secret_for_the_overlap(self):
        action = self.connection.action_rotate_webhook_secret()
        self.give(10)
        self.dispatch()
        self.assertEqual((len(self.fake.events) > 0, self.fake.signatures), (True, 2))
        hours = (self.connection.webhook_previous_until - fields.Datetime.now()).total_seconds() / HOUR
        self.assertAlmostEqual(hours, 24, places=1)
        self.fake.secret = action["context"]["default_secret"]
        self.give(10)
        rows = self.dispatch()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.connection.webhook_previous_until = fields.Datetime.now() - timedelta(seconds=1)
        self.give(10)
        self.dispatch()
        self.assertEqual(self.fake.signatures, 1)

    def test_a_new_secret_is_shown_once_and_to_nobody_else(self):
        secret = self.connection.action_rotate_webhook_secret()["context"]["default_secret"]
        self.assertNotIn(secret, str(self.connection.read()))
        boss = self.make_user("boss", "loyalty_membership.group_admin")
        with self.assertRaises(AccessError):
            self.connection.with_user(boss).action_rotate_webhook_secret()
        with self.assertRaises(AccessError):
            self.connection.with_user(boss).read(["webhook_secret"])
        with self.assertRaises(AccessError):
            self.connection.with_user(boss).action_send_test_event()

    def test_what_is_no_secret_or_no_address_is_refused(self):
        for values in ({"webhook_secret": "geheim"}, {"webhook_url": "shop"}, {"webhook_url": "ftp://x.example"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.connection.write(values)
        self.connection.webhook_secret = new_secret()

    def test_a_test_event_goes_the_way_of_all_events(self):
        row = self.env["loyalty.outbox"].browse(self.connection.action_send_test_event()["res_id"])
        [event] = self.told()
        self.assertEqual((event["type"], row.state, len(row.attempt_ids)), ("webhook.test", "done", 1))
        self.connection.state = "draft"
        with self.assertRaises(UserError):
            self.connection.action_send_test_event()
