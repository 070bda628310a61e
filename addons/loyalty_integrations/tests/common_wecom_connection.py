"""A connection to a fake WeCom, over real sockets."""

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase

from .common_sending import Sending
from .fakes.wecom import WeCom as Fake


class WeComConnectionMixin(Sending):
    """Needs a program and members, see ``LoyaltyCase``; cursors of the layer are those of the test."""

    def set_up_connection(self):
        self.fake = self.enterContext(Fake())
        self.registry.clear_cache()
        self.connection = self.make_connection()
        self.env.cr.precommit.run()  # what made the members is no news
        self.env["loyalty.outbox"].search([]).unlink()
        self.env.flush_all()  # the layer's transactions see the connection as it is by now

    def make_connection(self, **values):
        connection = self.env["loyalty.connection"].create({
            "name": "WeCom", "system": "wecom", "program_id": self.program.id, "allow_private": True, "rate_calls": 1000,
            "push_member": True, "push_message": True, "pull_contacts": True,
            "wecom_api_url": self.fake.url, "wecom_corp_id": self.fake.corp_id, "wecom_agent_id": self.fake.agent_id,
            "wecom_secret": self.fake.secret, "wecom_callback_token": self.fake.callback_token,
            "wecom_callback_aes_key": self.fake.callback_aes_key, **values,
        })  # fmt: skip
        connection.action_activate()
        return connection

    def binding(self, member=None):
        """What the member is called there, or ""."""
        bindings = self.env["loyalty.binding"]._of(self.connection, "member", member or self.member)
        return "".join(binding.external_id for binding in bindings.values())

    def inbox(self):
        self.env.invalidate_all()
        return self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id)], order="id")

    def process(self):
        """Do what is in the inbox, and what callbacks have told; its rows."""
        self.env["loyalty.inbox"]._claim(100)._process()
        self.env.flush_all()
        self.env.ref("loyalty_integrations.cron_callbacks").method_direct_trigger()
        return self.inbox()


class WeComConnectionCase(WeComConnectionMixin, LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.enterContext(self.enter_registry_test_mode())
        self.set_up_connection()
