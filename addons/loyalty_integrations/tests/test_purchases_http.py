"""POST /loyalty/v1/purchases: each row of the table in docs/integrations/incoming.md."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import nullcontext

from odoo.tests import HttpCase, tagged

from ..controllers.purchases import NOBODYS_SECRET
from .common_incoming import TillCase

URL = "/loyalty/v1/purchases"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@tagged("post_install", "-at_install")
class TestPurchasesHttp(TillCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.connection.action_make_till_token()["context"]["default_secret"]

    def own_cursors(self):
        return nullcontext()  # as they are in every test over HTTP

    def post(self, value, key=None, url=URL, **headers):
        """The answer to a call with the connection's token: its status, JSON and headers."""
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            given["Idempotency-Key"] = key
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        given = {name: text for name, text in given.items() if text is not None}
        return self.checked(self.url_open(url, data=body, headers=given, method="POST"))

    def get(self, url, token=None):
        return self.checked(self.url_open(url, headers={"Authorization": f"Bearer {token or self.token}"}))

    def checked(self, answer):
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")
        self.assertIsInstance(answer.json(), dict)
        self.env.invalidate_all()
        return answer

    def assertRefused(self, answer, status, error):
        self.assertEqual((answer.status_code, answer.json()["error"]), (status, error), answer.text)

    # ------------------------------------------------------------ done

    def test_new_and_booked_now(self):
        answer = self.post(self.sale("120.00"), "k1")
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual(
            {name: body[name] for name in ("status", "points", "balance", "tier")},
            {"status": "processed", "points": 120, "balance": 120, "tier": None},
        )
        self.assertEqual(body["transaction_id"], str(self.env["loyalty.transaction"].search([], limit=1, order="id desc").id))
        self.assertNotIn("Idempotent-Replayed", answer.headers)

    def test_new_and_queued_and_its_state_can_be_asked_for(self):
        self.connection.till_answer = "later"
        answer = self.post(self.sale())
        self.assertEqual((answer.status_code, answer.json()["status"]), (202, "accepted"))
        url = answer.json()["status_url"]
        self.assertEqual(self.get(url).json()["status"], "accepted")
        self.work()
        self.assertEqual(self.get(url).json()["status"], "processed")

    def test_the_same_again_is_answered_the_same(self):
        sale = self.sale()
        first, again = self.post(sale, "k1"), self.post(sale, "k1")
        self.assertEqual((again.status_code, again.content), (first.status_code, first.content))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(len(self.booked()), 1)

    def test_a_refusal_again_is_answered_the_same(self):
        sale = self.sale(store="Nowhere")
        first, again = self.post(sale, "k1"), self.post(sale, "k1")
        self.assertEqual((first.status_code, again.status_code, again.content), (422, 422, first.content))

    def test_the_same_key_with_another_body(self):
        sale = self.sale()
        self.post(sale, "k1")
        self.assertRefused(self.post(dict(sale, currency="CNY"), "k1"), 422, "idempotency_key_reused")
        self.assertRefused(self.post(self.sale(), "k1"), 422, "idempotency_key_reused")

    def test_without_a_key_the_ticket_s_number_is_the_key(self):
        sale = self.sale()
        self.assertEqual(self.post(sale).status_code, 201)
        self.assertEqual(self.post(sale).headers["Idempotent-Replayed"], "true")
        self.assertRefused(self.post(dict(sale, currency="CNY")), 422, "idempotency_key_reused")

    def test_neither_key_nor_number(self):
        sale = self.sale()
        del sale["external_id"]
        self.assertRefused(self.post(sale), 400, "key_missing")
        self.assertEqual(self.post(sale, "k1").status_code, 201)

    def test_the_same_ticket_under_another_key(self):
        sale = self.sale()
        first, again = self.post(sale, "k1"), self.post(sale, "k2")
        self.assertEqual((again.status_code, again.json()), (200, first.json()))
        self.assertRefused(self.post(dict(sale, currency="CNY"), "k3"), 422, "reference_reused")

    def test_a_refund_before_its_sale(self):
        sale = self.sale("30.00")
        refund = self.refund(sale)
        answer = self.post(refund, "r1")
        self.assertEqual((answer.status_code, answer.json()["status"]), (202, "parked"))
        self.post(sale)
        self.assertEqual(self.get(answer.json()["status_url"]).json()["points"], -30)
        self.assertEqual(self.post(refund, "r1").status_code, 201)

    def test_a_refund_above_what_is_left(self):
        sale = self.sale("30.00")
        self.post(sale)
        self.assertRefused(self.post(self.refund(sale, lines=[{"line_id": "1", "qty": "2"}])), 422, "refused")

    def test_a_ticket_of_nobody(self):
        answer = self.post(self.sale(member=None))
        self.assertEqual((answer.status_code, answer.json()["reason"]), (202, "anonymous"))

    def test_a_batch_is_answered_ticket_by_ticket(self):
        sale = self.sale()
        answer = self.post([sale, self.sale(store="Nowhere"), {"type": "?"}, sale], "b1")
        self.assertEqual(answer.status_code, 207)
        self.assertEqual([one["status"] for one in answer.json()["results"]], [201, 422, 422, 201])
        self.assertEqual(len(self.booked()), 1)
        again = self.post([sale], "b1")
        self.assertEqual([one["status"] for one in again.json()["results"]], [201])

    def test_a_hundred_tickets_and_no_more(self):
        self.assertEqual({one["status"] for one in self.post([self.sale() for _n in range(100)]).json()["results"]}, {201})
        self.assertRefused(self.post([self.sale() for _n in range(101)]), 422, "invalid")
        self.assertRefused(self.post([]), 422, "invalid")

    # ------------------------------------------------------------ refused

    def test_a_wrong_token_or_none(self):
        for header in (None, "Bearer wrong", f"Basic {self.token}", "Bearer "):
            answer = self.post(self.sale(), Authorization=header)
            self.assertRefused(answer, 401, "unauthorized")
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        self.assertFalse(self.rows())

    def test_a_token_that_was_replaced_or_whose_connection_is_archived(self):
        old, self.token = self.token, self.connection.action_make_till_token()["context"]["default_secret"]
        self.assertRefused(self.post(self.sale(), Authorization=f"Bearer {old}"), 401, "unauthorized")
        self.assertEqual(self.post(self.sale()).status_code, 201)
        self.connection.active = False
        self.assertRefused(self.post(self.sale()), 401, "unauthorized")

    def test_another_source_than_the_token_s(self):
        self.assertRefused(self.post(self.sale(source="pos-99")), 403, "unknown_source")
        self.assertEqual(self.post(self.sale(source="pos-01")).status_code, 201)

    def test_a_draft_and_a_paused_connection(self):
        self.connection.state = "paused"
        answer = self.post(self.sale())
        self.assertRefused(answer, 503, "paused")
        self.assertIn("Retry-After", answer.headers)
        self.connection.state = "draft"
        self.assertRefused(self.post(self.sale()), 403, "not_active")
        self.assertFalse(self.rows())

    def test_too_fast(self):
        self.connection.write({"rate_calls": 1, "rate_seconds": 3600})
        self.connection._reset_meter()
        answers = [self.post(self.sale()) for _n in range(3)]
        self.assertRefused(answers[-1], 429, "too_fast")
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 1000)
        self.assertLessEqual(len(self.booked()), 1)

    def test_too_large(self):
        self.assertRefused(self.post(self.sale(note="x" * 1024 * 1024)), 413, "too_large")

    def test_too_large_without_saying_so(self):
        """In chunks, so that nobody knows before how much is coming."""
        chunks = (b" " * 65536 for _n in range(40))
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.assertRefused(self.checked(self.opener.post(self.base_url() + URL, data=chunks, headers=headers)), 413, "too_large")

    def test_what_is_no_json(self):
        for body in (b"", b"{", b"\xff\xfe", b"[" * 200000, b'{"total": NaN}', b"\x00"):
            self.assertRefused(self.post(body), 400, "invalid")

    def test_another_kind_of_content(self):
        self.assertRefused(self.post(self.sale(), Content_Type="text/plain"), 415, "invalid")

    def test_another_method(self):
        answer = self.get(URL)
        self.assertRefused(answer, 405, "method")
        self.assertEqual(answer.headers["Allow"], "POST")

    def test_nonsense_in_a_ticket(self):
        sale = self.sale()
        for name, value, argument in (
            ("type", [], "type"),
            ("type", "sales", "type"),
            ("member", 5, "member"),
            ("member", {"no": ["M1"]}, "member.no"),
            ("lines", {}, "lines"),
            ("lines", [5], "lines[0]"),
            ("lines", [{"qty": "1", "amount": "-1"}], "lines[0].amount"),
            ("lines", [{"qty": "0", "amount": "1"}], "lines[0].qty"),
            ("lines", [{"qty": "1", "amount": "1e999999999"}], "lines[0].amount"),
            ("lines", [{"qty": "1", "amount": "12,5"}], "lines[0].amount"),
            ("total", True, "total"),
            ("store", "x\x00y", "store"),
            ("store", "\ud800", "store"),
            ("currency", "YUAN", "currency"),
            ("occurred_at", "yesterday", "date"),
            ("occurred_at", "2999-01-01T00:00:00Z", "date"),
        ):  # fmt: skip
            with self.subTest(name=name, value=value):
                answer = self.post(dict(sale, external_id=self.next_number(), **{name: value}))
                self.assertEqual(answer.status_code, 422, answer.text)
                self.assertEqual(answer.json().get("argument"), argument, answer.text)
        for value in (5, None, "x", True):
            self.assertEqual(self.post(value if isinstance(value, bytes) else json.dumps(value)).status_code, 422)
        self.assertFalse(self.booked())

    def test_a_ticket_of_another_connection_is_not_shown(self):
        status_url = f"{URL}/{self.row(sale).id}" if (sale := self.sale()) and self.post(sale) else ""
        other = self.make_connection("pos-02").action_make_till_token()["context"]["default_secret"]
        self.assertEqual(self.get(status_url).status_code, 200)
        self.assertRefused(self.get(status_url, other), 404, "unknown")
        self.assertRefused(self.get(status_url, "wrong"), 401, "unauthorized")

    def test_each_connection_books_in_its_own_program_and_company(self):
        company = self.env["res.company"].create({"name": "Branch"})
        program = self.program.copy({"name": "Branch Club", "is_membership": True, "company_id": company.id})
        self.env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
        partner = self.env["res.partner"].create({"name": "Branch Customer"})
        member = self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": program.id})
        store = self.env["crm.team"].create({"name": "Branch Store", "company_id": company.id})
        branch = self.make_connection("pos-01", program_id=program.id, company_id=company.id)
        self.token = branch.action_make_till_token()["context"]["default_secret"]
        answer = self.post(self.sale(member={"no": member.code}, store="Branch Store"))
        self.assertEqual(answer.status_code, 201, answer.text)
        self.assertEqual((member.points, member.transaction_ids.team_id, self.member.points), (10, store, 0))

    # ------------------------------------------------------------ signed

    def signed(self, body, at=None, secret=SECRET, message="msg_1", connection=None):
        """Post a body that is signed after Standard Webhooks, by the book and not by our own code."""
        at = str(int(time.time()) if at is None else at)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = base64.b64encode(hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
        url = f"{URL}?c={(connection or self.connection).callback_key}"
        return self.post(
            body, url=url, Authorization=None, webhook_id=message, webhook_timestamp=at, webhook_signature=f"v1,{made}"
        )  # fmt: skip

    def test_a_signed_call_is_taken_and_its_id_is_its_key(self):
        self.connection.till_secret = SECRET
        body = json.dumps(self.sale(), ensure_ascii=False).encode()
        self.assertEqual(self.signed(body).status_code, 201)
        self.assertEqual(self.signed(body).headers["Idempotent-Replayed"], "true")
        self.assertRefused(self.signed(json.dumps(self.sale()).encode()), 422, "idempotency_key_reused")

    def test_a_wrong_signature(self):
        body = json.dumps(self.sale()).encode()
        for secret in (SECRET, NOBODYS_SECRET):  # no secret is set: nothing is right
            self.assertRefused(self.signed(body, secret=secret), 401, "unauthorized")
        self.connection.till_secret = SECRET
        wrong = "whsec_" + base64.b64encode(b"0" * 32).decode()
        self.assertRefused(self.signed(body, secret=wrong), 401, "unauthorized")
        self.assertRefused(self.signed(body, at=int(time.time()) - 301), 401, "unauthorized")
        self.assertRefused(self.signed(body, at=int(time.time()) + 360), 401, "unauthorized")
        self.assertRefused(self.signed(body, connection=self.make_connection("pos-02")), 401, "unauthorized")
        self.assertRefused(self.post(body, url=f"{URL}?c=nobody", Authorization=None), 401, "unauthorized")
        self.assertEqual(self.signed(body).status_code, 201)
