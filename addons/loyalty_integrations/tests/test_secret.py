"""Secrets are written, used, and shown to nobody."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config

from ..domain.vault import Vault, new_key
from ..models import secret as secret_module
from ..models.secret import DOTS, KEY_FILE, KEY_VARIABLE, Secret
from .common import EchoCase


@tagged("post_install", "-at_install")
class TestSecret(EchoCase):
    """The secret here is one of WeCom's, which may be any text."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fields = cls.connection._fields.items()
        cls.name = next(name for name, field in fields if isinstance(field, Secret) and name.startswith("wecom_"))
        cls.kept = lambda self: self.connection.sudo().secrets_kept or {}

    def set_secret(self, text):
        self.connection.write({self.name: text})

    def test_the_database_holds_no_secret_in_the_clear(self):
        self.set_secret("s3cr3t-value")
        self.env.flush_all()
        self.env.cr.execute("SELECT secrets_kept::text FROM loyalty_connection WHERE id = %s", [self.connection.id])
        [kept] = self.env.cr.fetchone()
        self.assertTrue(kept)
        self.assertNotIn("s3cr3t", kept)
        self.assertEqual(self.connection._secret(self.name), "s3cr3t-value")

    def test_a_form_shows_dots_and_saving_them_changes_nothing(self):
        self.set_secret("s3cr3t-value")
        self.assertEqual(self.connection[self.name], DOTS)
        self.set_secret(DOTS)
        self.assertEqual(self.connection._secret(self.name), "s3cr3t-value")
        self.set_secret(False)
        self.assertEqual((self.connection._secret(self.name), self.connection[self.name]), ("", False))

    def test_even_the_administrator_reads_none(self):
        self.set_secret("s3cr3t-value")
        admin = self.connection.with_user(self.env.ref("base.user_admin"))
        self.assertEqual(admin.read([self.name])[0][self.name], DOTS)
        with self.assertRaises(AccessError):
            admin.read(["secrets_kept"])
        with self.assertRaises(UserError):
            admin.write({"secrets_kept": {}})
        self.assertNotIn("s3cr3t", str(admin.read()))

    def test_managers_see_that_there_is_a_connection_and_nothing_of_its_secrets(self):
        manager = self.connection.with_user(self.make_user("boss", "loyalty_membership.group_manager"))
        self.assertEqual(manager.name, "Echo")
        with self.assertRaises(AccessError):
            manager.read([self.name])
        with self.assertRaises(AccessError):
            manager.write({"name": "Mine"})

    def test_a_copy_has_no_secrets(self):
        self.set_secret("s3cr3t-value")
        self.assertFalse(self.connection.copy()._secret(self.name))

    def test_without_the_key_it_says_what_to_do(self):
        self.set_secret("s3cr3t-value")
        with patch.dict(os.environ, {KEY_VARIABLE: new_key()}), self.assertRaisesRegex(UserError, "Enter it again"):
            self.connection._secret(self.name)
        with patch.dict(os.environ, {KEY_VARIABLE: "no key"}), self.assertRaisesRegex(UserError, KEY_VARIABLE):
            self.connection._secret(self.name)

    def test_a_new_key_is_put_before_the_old_one(self):
        old, new = new_key(), new_key()
        with patch.dict(os.environ, {KEY_VARIABLE: old}):
            self.set_secret("s3cr3t-value")
        with patch.dict(os.environ, {KEY_VARIABLE: f"{new},{old}"}):
            self.assertEqual(self.connection._secret(self.name), "s3cr3t-value")
            self.set_secret("another")
        with patch.dict(os.environ, {KEY_VARIABLE: new}):
            self.assertEqual(self.connection._secret(self.name), "another")

    def test_all_secrets_move_to_the_new_key_so_that_the_old_one_can_go(self):
        archived = self.make_connection(name="Archived", active=False)
        old, new = new_key(), new_key()
        with patch.dict(os.environ, {KEY_VARIABLE: old}):
            (self.connection | archived).write({self.name: "s3cr3t-value"})
            self.connection._tokens().get("access", lambda: ("token of the old key", 7200))
        with patch.dict(os.environ, {KEY_VARIABLE: f"{new},{old}"}):
            self.assertEqual(self.env["loyalty.connection"]._reencrypt(), 2)
        with patch.dict(os.environ, {KEY_VARIABLE: new}):
            self.assertEqual([self.connection._secret(self.name), archived._secret(self.name)], ["s3cr3t-value"] * 2)
            self.assertEqual(self.connection._tokens().get("access", lambda: ("fresh", 7200)), "fresh")

    def test_no_secret_moves_while_one_of_them_can_not_be_opened(self):
        lost, old, new = new_key(), new_key(), new_key()
        other = self.make_connection(name="Other")
        for connection, key in ((self.connection, old), (other, lost)):
            with patch.dict(os.environ, {KEY_VARIABLE: key}):
                connection.write({self.name: "s3cr3t-value"})
        with patch.dict(os.environ, {KEY_VARIABLE: f"{new},{old}"}), self.assertRaisesRegex(UserError, "^Other: "):
            self.env["loyalty.connection"]._reencrypt()
        with patch.dict(os.environ, {KEY_VARIABLE: old}):
            self.assertEqual(self.connection._secret(self.name), "s3cr3t-value")

    def test_a_server_without_a_key_makes_one_that_only_it_can_read(self):
        with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ), patch.dict(config.options, {"data_dir": folder}):
            os.environ.pop(KEY_VARIABLE, None)
            kept = secret_module.vault().encrypt("x")
            file = Path(folder) / KEY_FILE
            self.assertEqual((file.stat().st_mode & 0o777, secret_module.vault().decrypt(kept)), (0o600, "x"))
            self.assertEqual(Vault([file.read_text()]).decrypt(kept), "x")
            self.assertEqual(len(list(Path(folder).iterdir())), 1)
