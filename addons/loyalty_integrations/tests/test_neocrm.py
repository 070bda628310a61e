"""From a connection's form to Neocrm and back, through the layer."""

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.tests import tagged

from .fakes.neocrm import Neocrm as FakeNeocrm


class NeocrmConnectionCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["loyalty.connection"].create({
            "name": "销售易", "system": "neocrm", "program_id": cls.program.id, "allow_private": True, "rate_calls": 1000,
            "neocrm_client_id": "cid-1", "neocrm_client_secret": "secret-of-cid-1", "neocrm_username": "loyalty@example.com",
            "neocrm_password": "Passw0rd!", "neocrm_security_token": "Tok3nABC", "push_member": True, "pull_contacts": True,
        })  # fmt: skip

    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(FakeNeocrm())
        self.connection.write({"neocrm_token_url": self.fake.url + "/auc/oauth2/token", "neocrm_api_url": self.fake.url})
        self.enterContext(self.enter_registry_test_mode())
        self.env.cr.precommit.clear()
        self.registry.clear_cache()


@tagged("post_install", "-at_install")
class TestNeocrmConnection(NeocrmConnectionCase):
    def test_a_connection_that_works_says_where_it_is(self):
        self.connection.action_test()
        self.assertEqual(self.connection.test_result, "loyalty@example.com @ 200001: account, 14 fields")

    def test_a_wrong_password_is_told_with_what_to_do(self):
        self.connection.neocrm_password = "wrong"
        self.connection.action_test()
        self.assertFalse(self.connection.test_passed)
        self.assertIn("用户名、密码或安全令牌错误 Check its secrets", self.connection.test_result)

    def test_what_is_missing_is_named_by_its_label(self):
        self.connection.neocrm_client_secret = False
        self.connection.action_test()
        self.assertEqual(self.connection.test_result, "Fill in first: Client Secret.")

    def test_secrets_are_kept_encrypted_and_shown_as_dots(self):
        self.env.flush_all()
        [kept] = self.env.execute_query_dict(
            self.env["loyalty.connection"]._search([("id", "=", self.connection.id)]).select("*")
        )
        for secret in ("secret-of-cid-1", "Passw0rd!", "Tok3nABC"):
            self.assertNotIn(secret, repr(kept))
            self.assertNotIn(secret, repr(self.connection.read()))

    def test_a_new_secret_leaves_the_others_as_they_are(self):
        self.connection.neocrm_password = "wrong"
        self.connection.neocrm_password = "Passw0rd!"
        self.connection.action_test()
        self.assertTrue(self.connection.test_passed, self.connection.test_result)
