"""A connection to the echo system, over real sockets."""

from contextlib import contextmanager

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase

from ..adapters import base
from ..adapters.base import ADAPTERS, FIND, SAFE, Adapter, Default, Page, Record, Sent
from ..domain.outcomes import Permanent
from .common_sending import Sending
from .fakes.echo import Echo


class EchoAdapter(Adapter):
    """What the layer's own tests speak to: members are found by their code, events are told apart by their key."""

    code = "echo"
    flows = frozenset({base.PUSH_MEMBER, base.PUSH_POINTS, base.PUSH_MESSAGE, base.PULL_PURCHASES})
    repeats = {base.PUSH_MEMBER: FIND, base.PUSH_POINTS: SAFE, base.PUSH_MESSAGE: base.NEVER}
    streams = {base.PULL_PURCHASES: ("sale",)}
    rate = (1000, 1)
    url = ""
    page_size = 100

    def sign_in(self):
        answer = self.http.send("POST", f"{self.url}/token", json={}, safe=True).json()
        return answer["token"], answer["seconds"]

    def check(self):
        return self.call(lambda token: self._ask("GET", "/records", token, params={"code": ""}) and "echo")

    def defaults(self, subject):
        if subject == "sale":
            names = ("reference", "member", "date", "line_id", "sku", "quantity", "amount")
            return [Default(name, name, "pull") for name in names]
        return [Default("code", "code"), Default("name", "name"), Default("points", "points")]

    def find(self, flow, payload, key):
        found = self.call(lambda token: self._ask("GET", "/records", token, params={"code": payload["code"]}))["found"]
        return Sent(found[0]) if found else None

    def push(self, flow, payload, key, external_id=""):
        if flow != base.PUSH_MEMBER:
            self._ask("POST", "/events", "", json={"key": key, **payload})
            return Sent()
        answer = self.call(lambda token: self._ask("POST", f"/records/{external_id}", token, json=payload))
        return Sent(answer["id"], created=not external_id)

    def listing(self, subject, cursor, paths=()):
        items, cursor, done = self._read("/records", cursor)
        return Page([Record(number, values) for number, values in items], cursor, done)

    def sums(self, since, until, kind="purchase"):
        """As ``daily``; tests that compare sums switch it on."""
        if kind != "purchase":
            return None
        found = self.call(lambda token: self._ask("GET", "/daily", token))
        return {day: tuple(told) for day, told in found.items()}

    def read_page(self, stream, cursor, paths):
        items, cursor, done = self._read("/sales", cursor)
        return Page([self._sale(item) for item in items], cursor, done)

    @staticmethod
    def _sale(item):
        values = {"reference": item["number"], "member": item["member"], "date": item["at"]}
        return Record(item["number"], values, item["at"], tuple(item["lines"]), withdrawn=item.get("withdrawn", ""))

    def _read(self, path, cursor):
        """(items, next cursor, whether there are no more)"""
        after = cursor.get("after", 0)
        params = {"after": after, "limit": self.page_size, "since": cursor.get("since", "")}
        found = self.call(lambda token: self._ask("GET", path, token, params=params))
        return found["items"], {**cursor, "after": after + len(found["items"])}, not found["more"]

    def _ask(self, method, path, token, **kwargs):
        safe = method == "GET"
        answer = self.http.send(method, self.url + path, headers={"Authorization": f"Bearer {token}"}, safe=safe, **kwargs)
        if failure := self.http_failure(answer, safe):
            raise failure
        if answer.json().get("error"):
            raise Permanent(answer.json()["error"], "refused")
        return answer.json()


class EchoCase(Sending, LoyaltyCase):
    """A connection to an echo system, which is listening; cursors of the layer are those of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        field = cls.env["loyalty.connection"]._fields["system"]
        cls.classPatch(field, "selection", [*field.selection, ("echo", "Echo")])
        cls.classPatch(field, "_selection", {**field._selection, "echo": "Echo"})
        cls.classPatch(EchoAdapter, "url", "")
        ADAPTERS["echo"] = EchoAdapter
        cls.addClassCleanup(ADAPTERS.pop, "echo")
        cls.connection = cls.make_connection(push_member=True)

    @classmethod
    def make_connection(cls, **values):
        connection = cls.env["loyalty.connection"].create({
            "name": "Echo", "system": "echo", "program_id": cls.program.id, "allow_private": True,
            "rate_calls": 1000, **values,
        })  # fmt: skip
        connection.state = "active"
        return connection

    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(Echo())
        EchoAdapter.url = self.fake.url
        self.enterContext(self.own_transactions())
        self.env.cr.precommit.clear()
        self.registry.clear_cache()

    @contextmanager
    def own_transactions(self):
        """The layer's own transactions are parts of the test's."""
        with self.enter_registry_test_mode():
            yield

    def killed(self, act, *args):
        """Do something that is killed; what it has committed stays (``assertRaises`` would roll it back)."""
        try:
            act(*args)
        except KeyboardInterrupt:
            self.env.invalidate_all(flush=False)
        else:
            self.fail("it was not killed")

    def in_an_earlier_transaction(self):
        """What was noted so far is of a transaction before; what is noted now is noted once more."""
        self.env.cr.precommit.run()
        self.env.cr.execute("UPDATE loyalty_outbox SET create_date = create_date - INTERVAL '1 hour'")
