"""Outgoing webhooks, over real sockets to a receiver that checks them by itself."""

from datetime import UTC, datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..adapters.base import PUSH_EVENT
from ..adapters.webhook import Webhook
from ..domain import standard_webhooks
from ..domain.gate import Gate
from ..domain.outcomes import AuthInvalid, Gone, Permanent, RateLimited, Transient
from .fakes.base import Reply
from .fakes.webhook import WebhookReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = standard_webhooks.new_secret()
EVENT = {"type": "points.earned", "timestamp": "2026-01-15T08:00:00Z", "data": {"points": 120, "member": "M1", "name": "李娜 🎁"}}


@tagged("post_install", "-at_install")
class TestStandardWebhooksVectors(BaseCase):
    def test_the_published_signatures(self):
        for message, at, body, expected in (
            (
                "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}',
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "msg_2026011500000001", 1768464000,
                '{"type":"loyalty.points.earned","timestamp":"2026-01-15T08:00:00Z","data":{"member_id":"M000001","points":120}}',
                "v1,hcZu5ymB+glQNANNK5zPntcY4OcdXaSoh+k6L2HUpMw=",
            ),
        ):  # fmt: skip
            self.assertEqual(standard_webhooks.signature(SECRET, message, at, body.encode()), expected)
            self.assertTrue(standard_webhooks.is_signed(expected, SECRET, message, str(at), body.encode(), at))

    def test_the_published_wrong_signature_is_refused(self):
        wrong = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA="
        body = b'{"test": 2432232314}'
        self.assertFalse(
            standard_webhooks.is_signed(wrong, SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body, 1614265330)
        )


@tagged("post_install", "-at_install")
class TestWebhookAdapter(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(WebhookReceiver())
        self.gate = Gate(allow_private=True)
        self.addCleanup(self.gate.close)

    def adapter(self, **settings):
        return Webhook({"url": f"{self.fake.url}/hooks", "secret": SECRET, **settings}, self.gate)

    def push(self, event=EVENT, key="k1", **settings):
        return self.adapter(**settings).push(PUSH_EVENT, event, key)

    def test_an_event_arrives_signed_and_as_it_was_made(self):
        self.push()
        self.assertEqual(self.fake.events, {"msg_k1": EVENT})
        self.assertEqual(self.fake.requests[0].headers["Content-Type"], "application/json")

    def test_every_try_has_the_same_id_and_the_same_bytes(self):
        self.fake.fail_next("slow", seconds=0)
        self.push()
        # As it comes back from the database: the keys in another order.
        self.push({"data": dict(reversed(EVENT["data"].items())), "type": EVENT["type"], "timestamp": EVENT["timestamp"]})
        [bodies] = self.fake.bodies.values()
        self.assertEqual((len(bodies), len(set(bodies))), (2, 1))

    def test_each_try_says_its_own_time(self):
        for seconds in (0, 60):
            webhook = Webhook({"url": self.fake.url, "secret": SECRET}, self.gate, clock=lambda: self.fake.now() + seconds)  # noqa: B023
            webhook.push(PUSH_EVENT, EVENT, "k1")
        first, second = (int(request.headers["webhook-timestamp"]) for request in self.fake.requests)
        self.assertAlmostEqual(second - first, 60, delta=2)

    def test_while_secrets_change_both_sign_and_then_the_new_one_alone(self):
        now = datetime.now(UTC).replace(tzinfo=None)
        self.push(secret=OTHER, previous_secret=SECRET, previous_until=now + timedelta(minutes=1))
        self.assertEqual(self.fake.signatures, 2)
        self.fake.secret = OTHER
        self.push(secret=OTHER, previous_secret=SECRET, previous_until=now + timedelta(minutes=1))
        for until in (now - timedelta(minutes=1), ""):
            self.push(secret=OTHER, previous_secret=SECRET, previous_until=until)
            self.assertEqual(self.fake.signatures, 1)
        self.fake.secret = SECRET
        with self.assertRaises(Transient) as error:
            self.push(secret=OTHER, previous_secret=SECRET, previous_until=now - timedelta(minutes=1))
        self.assertEqual(error.exception.code, "401")

    def test_what_becomes_of_each_answer(self):
        for status, expected in (
            (302, Transient), (400, Transient), (401, Transient), (404, Transient), (408, Transient), (413, Permanent),
            (422, Permanent), (429, RateLimited), (500, Transient), (502, Transient), (503, Transient), (504, Transient),
            (410, Gone),
        ):  # fmt: skip
            self.fake.fail_next(Reply(status, b"", {"Retry-After": "77", "Location": self.fake.url}))
            with self.subTest(status=status), self.assertRaises(expected) as error:
                self.push()
            self.assertEqual(error.exception.code, str(status))
            if status in (429, 502, 503, 504):
                self.assertEqual(error.exception.retry_after, 77)
        self.assertEqual(len(self.fake.requests), 13, "a redirect was followed")

    def test_no_answer_is_a_failure_that_is_tried_again(self):
        for kind in ("reset_before", "reset_after"):
            self.fake.fail_next(kind)
            with self.assertRaises(Transient):
                self.push()
        self.assertEqual(len(self.fake.events), 1, "the second one had arrived")

    def test_a_receiver_whose_clock_is_wrong_refuses_and_is_tried_again(self):
        self.fake.skew = 301
        with self.assertRaises(Transient):
            self.push()

    def test_an_event_that_is_too_large_is_not_sent(self):
        with self.assertRaises(Permanent):
            self.push({**EVENT, "data": {"text": "李" * 7000}})
        self.assertFalse(self.fake.requests)

    def test_a_secret_that_is_none_stops_the_connection(self):
        with self.assertRaises(AuthInvalid):
            self.push(secret="whsec_short")

    def test_a_private_address_is_refused_unless_allowed(self):
        gate = Gate()
        self.addCleanup(gate.close)
        with self.assertRaises(Permanent) as error:
            Webhook({"url": self.fake.url, "secret": SECRET}, gate).push(PUSH_EVENT, EVENT, "k1")
        self.assertEqual((error.exception.code, self.fake.requests), ("private_address", []))

    def test_testing_it_sends_a_test_event(self):
        self.assertEqual(self.adapter().check(), "127.0.0.1")
        [event] = self.fake.events.values()
        self.assertEqual(event["type"], "webhook.test")
