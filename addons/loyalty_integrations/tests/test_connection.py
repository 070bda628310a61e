"""Setting a connection up: what it checks, who may, and one token for all workers."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..adapters.base import MemoryTokens
from ..models import loyalty_connection_token
from ..models.own_transaction import own_transaction
from .common import EchoCase


@tagged("post_install", "-at_install")
class TestConnection(EchoCase):
    def draft(self, **values):
        return self.env["loyalty.connection"].create({
            "name": "New", "system": "echo", "program_id": self.program.id, "allow_private": True, **values,
        })  # fmt: skip

    def test_a_copy_is_a_draft_that_is_told_from_its_original(self):
        copy = self.connection.copy()
        self.assertEqual((copy.name, copy.state), (f"{self.connection.name} (copy)", "draft"))
        self.assertNotEqual((copy.source, copy.callback_key), (self.connection.source, self.connection.callback_key))

    def test_testing_it_tells_what_came_of_it(self):
        connection = self.draft()
        connection.action_test()
        self.assertEqual((connection.test_passed, connection.test_result), (True, "echo"))
        self.fake.stop()
        told = connection.action_test()
        self.assertFalse(connection.test_passed)
        self.assertIn("check the address", told["params"]["message"])

    def test_a_private_address_is_refused_until_it_is_allowed(self):
        connection = self.draft(allow_private=False)
        connection.action_test()
        self.assertIn("Inside Our Network", connection.test_result)
        self.assertFalse(self.fake.requests)

    def test_only_what_works_and_does_something_is_activated(self):
        connection = self.draft()
        with self.assertRaisesRegex(UserError, "switch on"):
            connection.action_activate()
        connection.push_member = True
        self.fake.fail_next(503, path="/records")
        with self.assertRaisesRegex(UserError, "503"):
            connection.action_activate()
        connection.action_activate()
        self.assertEqual(connection.state, "active")

    def test_what_the_system_cannot_do_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Fetch Deliveries"):
            self.draft(pull_delivery=True)

    def test_state_is_moved_by_its_buttons_alone(self):
        connection = self.draft().with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(UserError):
            connection.write({"state": "active"})

    def test_a_used_connection_stays_and_so_does_its_system(self):
        with self.assertRaises(UserError):
            self.connection.unlink()
        self.draft().unlink()

    def test_a_wrong_certificate_authority_is_told_at_once(self):
        with self.assertRaisesRegex(ValidationError, "BEGIN CERTIFICATE"):
            self.draft(ca_certificate="none")

    def test_the_program_is_one_of_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.draft(company_id=other.id)

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_managers_read_and_operate_and_configure_nothing(self):
        manager = self.make_user("boss", "loyalty_membership.group_manager")
        self.assertTrue(self.connection.with_user(manager).name)
        for act in ("action_test", "action_activate", "action_pause", "action_pull"):
            with self.subTest(act), self.assertRaises(AccessError):
                getattr(self.connection.with_user(manager), act)()

    def test_store_staff_see_nothing_of_it(self):
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        for model in (
            "loyalty.connection",
            "loyalty.outbox",
            "loyalty.outbox.attempt",
            "loyalty.binding",
            "loyalty.connection.staff",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(clerk).search([])

    def test_store_staff_change_members_all_the_same(self):
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        self.member.partner_id.with_user(clerk).phone = "13800138011"
        self.assertTrue(self.noted())

    def test_nobody_reads_tokens(self):
        with self.assertRaises(AccessError):
            self.env["loyalty.connection.token"].with_user(self.env.ref("base.user_admin")).search([])

    def test_what_is_queued_can_not_be_edited_by_anybody(self):
        self.member.partner_id.name = "Other"
        row = self.noted().with_user(self.env.ref("base.user_admin"))
        for act in (lambda: row.write({"payload": {}}), lambda: row.copy(), row.unlink, lambda: row.create({})):
            with self.assertRaises(AccessError):
                act()

    def test_another_companys_connection_is_not_seen(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self.make_user("boss2", "loyalty_membership.group_manager")
        user.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.member.partner_id.name = "Other"
        self.noted()
        for model in ("loyalty.connection", "loyalty.outbox"):
            self.assertFalse(self.env[model].with_user(user).with_company(company).search([]), model)

    def test_clerks_send_nothing_again(self):
        self.member.partner_id.name = "Other"
        row = self.noted()
        row.state = "dead"
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        for act in ("action_send_again", "action_send_as_new", "action_give_up"):
            with self.subTest(act), self.assertRaises(AccessError):
                getattr(row.with_user(clerk), act)()
        row.with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_send_again()
        self.assertEqual(row.state, "retry")

    # ------------------------------------------------------------------
    # Tokens
    # ------------------------------------------------------------------

    def test_a_token_is_kept_encrypted_and_fetched_once(self):
        tokens = self.connection._tokens()
        fetched = iter(["token 1", "token 2", "t3"])
        self.assertEqual([tokens.get("access", lambda: (next(fetched), 7200)) for _time in range(3)], ["token 1"] * 3)
        self.assertEqual(tokens.renew("access", "token 1", lambda: (next(fetched), 7200)), "token 2")
        self.assertEqual(tokens.renew("access", "token 1", lambda: (next(fetched), 7200)), "token 2", "another worker's new one")
        self.env.cr.execute("SELECT value FROM loyalty_connection_token WHERE connection_id = %s", [self.connection.id])
        self.assertNotIn("token 2", self.env.cr.fetchone()[0])

    def test_tokens_of_old_secrets_are_forgotten(self):
        tokens = self.connection._tokens()
        tokens.get("access", lambda: ("old", 7200))
        self.connection._forget_tokens()
        self.assertEqual(tokens.get("access", lambda: ("new", 7200)), "old", "which this worker trusts for a moment")
        self.assertEqual(tokens.renew("access", "old", lambda: ("new", 7200)), "new", "and no longer once it is refused")
        self.assertEqual(tokens.get("access", lambda: ("newer", 7200)), "new")
        self.assertEqual(self.connection._tokens().get("access", lambda: ("newer", 7200)), "new")

    def test_tokens_that_are_forgotten_while_somebody_signs_in_are_fetched_all_the_same(self):
        def forgotten(env, act):
            self.connection._forget_tokens()
            return own_transaction(env, act)

        with patch.object(loyalty_connection_token, "own_transaction", forgotten):
            self.assertEqual(self.connection._tokens().get("access", lambda: ("new", 7200)), "new")

    def test_memory_tokens_of_tools_behave_alike(self):
        tokens, fetched = MemoryTokens(), iter(["t1", "t2"])
        self.assertEqual(tokens.get("access", lambda: (next(fetched), 7200)), "t1")
        self.assertEqual(tokens.renew("access", "t1", lambda: (next(fetched), 7200)), "t2")
        self.assertEqual(tokens.renew("access", "t1", lambda: (next(fetched), 7200)), "t2")
