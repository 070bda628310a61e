"""A fake Neocrm over real sockets, and an adapter that talks to it."""

import contextlib

from odoo.tests.common import BaseCase

from ..adapters.base import PUSH_MEMBER, MemoryTokens
from ..adapters.neocrm import Neocrm
from ..domain.gate import Gate
from .fakes.neocrm import Neocrm as FakeNeocrm

MEMBER = {"loyaltyNo__c": "M000001", "accountName": "张三 🎁", "phone": "13800138000"}


class NeocrmCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(FakeNeocrm())
        self.notes = []
        self.gate = Gate(allow_private=True, note=self.notes.append, secrets=("secret-of-cid-1", "Passw0rd!Tok3nABC"))
        self.addCleanup(self.gate.close)
        self.tokens = MemoryTokens()
        self.crm = self.adapter()

    def adapter(self, **settings):
        known = {
            "token_url": self.fake.url + "/auc/oauth2/token",
            "api_url": self.fake.url,
            "client_id": "cid-1",
            "client_secret": "secret-of-cid-1",
            "username": "loyalty@example.com",
            "password": "Passw0rd!",
            "security_token": "Tok3nABC",
        }
        return Neocrm(known | settings, self.gate, self.tokens)

    def push(self, external_id="", adapter=None, **values):
        return (adapter or self.crm).push(PUSH_MEMBER, MEMBER | values, "member-1", external_id)

    def stored(self, entity="account"):
        return list(self.fake.records[entity].values())

    def assert_refused(self, outcome, code=None):
        @contextlib.contextmanager
        def checked():
            with self.assertRaises(outcome) as caught:
                yield caught
            self.assertIs(type(caught.exception), outcome)
            if code is not None:
                self.assertEqual(caught.exception.code, str(code))

        return checked()
