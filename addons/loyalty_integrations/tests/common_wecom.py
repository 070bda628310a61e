"""An adapter and a fake WeCom at the other end of a real socket."""

from odoo.tests import BaseCase

from ..adapters.wecom import WeCom
from ..domain.gate import Gate
from .fakes.wecom import WeCom as Fake


class WeComCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = Fake()
        self.addCleanup(self.fake.stop)
        self.fake.start()
        self.notes = []
        self.settings = {
            "api_url": self.fake.url,
            "corp_id": self.fake.corp_id,
            "agent_id": self.fake.agent_id,
            "secret": self.fake.secret,
            "callback_token": self.fake.callback_token,
            "callback_aes_key": self.fake.callback_aes_key,
            "tag_group": "会员等级",
            "member_link": "mobile",
            "staff": "zhangsan",
        }
        self.adapter = self.connect()

    def connect(self, **settings):
        gate = Gate(allow_private=True, timeout=20, secrets=(self.fake.secret,), note=self.notes.append)
        self.addCleanup(gate.close)
        return WeCom({**self.settings, **settings}, gate, clock=self.fake.now)

    def assert_outcome(self, kind, function, *args, code=None):
        """The error of exactly this class, with this code."""
        with self.assertRaises(kind) as caught:
            function(*args)
        self.assertIs(type(caught.exception), kind)
        if code is not None:
            self.assertEqual(caught.exception.code, code)
        return caught.exception
