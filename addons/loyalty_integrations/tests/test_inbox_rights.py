"""Who may see what came in, try it again, and make the secrets it comes in with."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_incoming import TillCase


@tagged("post_install", "-at_install")
class TestInboxRights(TillCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.sale(store="Nowhere")
        self.send_one(self.ticket)

    def test_managers_read_and_try_again_and_change_nothing(self):
        row = self.row(self.ticket).with_user(self.make_user("boss", "loyalty_membership.group_manager"))
        self.assertIn("Nowhere", row.error_message)
        row.action_try_again()
        self.work()
        row.action_dismiss()
        self.assertEqual(row.state, "dismissed")
        for act in (lambda: row.write({"state": "done"}), row.unlink, lambda: row.create({"event_id": "x"})):
            with self.assertRaises(AccessError):
                act()

    def test_store_staff_and_marketing_see_nothing(self):
        for group in ("store", "marketing", "api"):
            row = self.row(self.ticket).with_user(self.make_user(f"user-{group}", f"loyalty_membership.group_{group}"))
            with self.assertRaises(AccessError):
                row.read(["state"])
            for act in (row.action_try_again, row.action_dismiss):
                with self.assertRaises(AccessError):
                    act()

    def test_the_system_administrator_reads_and_leaves_trying_again_to_managers(self):
        row = self.row(self.ticket).with_user(self.make_user("it", "base.group_system"))
        self.assertEqual(row.state, "dead")
        for act in (row.action_try_again, row.action_dismiss):
            with self.assertRaises(AccessError):
                act()

    def test_managers_of_another_company_see_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        boss = self.make_user("boss", "loyalty_membership.group_manager")
        boss.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.assertFalse(self.Inbox.with_user(boss).search([]))

    def test_only_the_system_administrator_makes_tokens(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.make_user("boss", "loyalty_membership.group_admin")).action_make_till_token()
        action = self.connection.with_user(self.make_user("it", "base.group_system")).action_make_till_token()
        token = action["context"]["default_secret"]
        self.assertEqual(self.env["loyalty.connection"]._till_by_token(token), self.connection)
        self.assertNotIn(token, str(self.connection.read()))
