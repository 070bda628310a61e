"""A copy of the database for trying things out can reach no other system."""

from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestNeutralize(EchoCase):
    def neutralize(self):
        self.env.flush_all()
        for query in get_neutralization_queries(["loyalty_integrations"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.registry.clear_cache()

    def queue(self):
        return self.env["loyalty.outbox"].create({
            "connection_id": self.connection.id, "flow": "push_message", "event": "message", "ordering_key": "message:1",
            "data": {"title": "Hi"}, "idempotency_key": "k1",
        })  # fmt: skip

    def test_secrets_and_tokens_are_gone(self):
        name = "kingdee_app_secret"
        self.connection.write({name: "s3cr3t-value"})
        self.connection._tokens().get("access", lambda: ("token", 7200))
        self.neutralize()
        self.assertEqual(self.connection._secret(name), "")
        self.assertFalse(self.env["loyalty.connection.token"].search([("connection_id", "=", self.connection.id)]))

    def test_runs_that_were_under_way_go_no_further(self):
        run = self.run_of("first_load")
        ended = self.env["loyalty.sync.run"].create({"connection_id": self.connection.id, "kind": "dry", "flow": "push_member"})
        ended.state = "done"
        self.neutralize()
        self.assertEqual((run.state, ended.state), ("stopped", "done"))

    def test_the_address_for_callbacks_is_another(self):
        other = self.make_connection(name="Other")
        keys = {self.connection.callback_key, other.callback_key}
        self.neutralize()
        self.assertEqual(len(keys | {self.connection.callback_key, other.callback_key}), 4)

    def test_connections_are_drafts_that_have_to_be_tested_again(self):
        self.connection.test_passed = True
        self.neutralize()
        self.assertEqual((self.connection.state, self.connection.test_passed), ("draft", False))
        self.assertFalse(self.env["loyalty.connection"]._listening())

    def test_what_was_queued_is_sent_to_no_system_for_tests(self):
        row = self.queue()
        self.neutralize()
        self.connection.sudo().state = "active"
        self.dispatch()
        self.assertEqual((row.state, row.error_code, self.fake.events), ("skipped", "neutralized", {}))
