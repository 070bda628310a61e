"""Secret settings of a connection: written, used, and never shown again."""

import contextlib
import os
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS
from odoo.tools import config

from ..domain.vault import Vault, VaultError, new_key

#: What a form shows of a secret that is there; writing it changes nothing.
DOTS = "••••••••"
KEY_VARIABLE = "LOYALTY_SECRET_KEY"
KEY_FILE = "loyalty_secret.key"


class Secret(fields.Char):
    """A setting that is encrypted in the database: the form shows dots, other code asks ``_secret``."""

    def __init__(self, string="", **kwargs):
        super().__init__(
            string, compute="_compute_secrets", inverse="_inverse_secrets", groups="base.group_system", copy=False, **kwargs
        )


def vault():
    """The vault of this server: keys of the environment, comma-separated, newest first; else of a file in the data folder.

    The file is made where there is none, so that a new server needs no step by hand. It must be kept with backups, apart
    from the database: without it the secrets have to be entered anew.

    :raise VaultError: what stands there is no key
    """
    if keys := os.environ.get(KEY_VARIABLE):
        return Vault(keys.split(","))
    path = Path(config["data_dir"]) / KEY_FILE
    if not path.exists():
        _make_key(path)
    return Vault(path.read_text(encoding="ascii").splitlines())


def _make_key(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(new_key())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)  # the first of several workers makes it
    draft.unlink()


class LoyaltyConnectionSecret(models.Model):
    _inherit = "loyalty.connection"

    secrets_kept = fields.Json(groups=NO_ACCESS, copy=False)

    @api.model
    def _secret_names(self):
        return [name for name, field in self._fields.items() if isinstance(field, Secret)]

    @api.depends("secrets_kept")
    def _compute_secrets(self):
        for connection in self:
            kept = connection.sudo().secrets_kept or {}  # sudo: nobody reads them; whether there is one may be seen
            for name in self._secret_names():
                connection[name] = DOTS if kept.get(name) else False

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._forget_written_secrets()
        return connections

    def write(self, vals):
        result = super().write(vals)
        self._forget_written_secrets()
        return result

    def _forget_written_secrets(self):
        """What was written is read as dots, in the same request, too."""
        self.invalidate_recordset(self._secret_names(), flush=False)

    def _inverse_secrets(self):
        for connection in self:
            # Those that were written are in the cache; while they are, the others would be read as nothing and forgotten.
            written = connection._cache
            connection._keep_secrets({name: written[name] for name in self._secret_names() if name in written})

    def _keep_secrets(self, told):
        """Keep these secrets; dots, as the form shows it, leave one as it is, and nothing forgets it."""
        # sudo: whoever may write the connection may set its secrets, and read none
        own = self.sudo()
        before = own.secrets_kept or {}
        kept = {name: value for name, value in before.items() if told.get(name, DOTS) == DOTS}
        for name, text in told.items():
            if text and text != DOTS:
                kept[name] = self._open_vault().encrypt(text.strip())
        if kept != before:
            own.secrets_kept = kept
            own._forget_tokens()

    def _secret(self, name):
        """A secret in the clear, for the wire alone; "" where there is none.

        :raise UserError: it was encrypted with a key that this server doesn't have
        """
        kept = (self.sudo().secrets_kept or {}).get(name)  # sudo: see the field; callers are our own
        if not kept:
            return ""
        try:
            return self._open_vault().decrypt(kept)
        except VaultError as error:
            raise UserError(self.env._(
                "%(connection)s: %(setting)s can't be decrypted with this server's key. "
                "Enter it again, or give the server the key it was kept with.",
                connection=self.name, setting=self._fields[name]._description_string(self.env),
            )) from error  # fmt: skip

    @api.model
    def _open_vault(self):
        try:
            return vault()
        except VaultError as error:
            raise UserError(
                self.env._("The server's key for secrets is wrong (%s): see the operator's guide.", KEY_VARIABLE)
            ) from error

    @api.model
    def _reencrypt(self):
        """Encrypt all secrets with the newest key, so that the older ones can go; of how many connections.

        For whoever changes the key, in ``odoo shell``. Tokens are fetched anew.

        :raise UserError: one can't be opened with any of the keys; then nothing was changed
        """
        # sudo: secrets_kept is nobody's to read
        connections = self.sudo().with_context(active_test=False).search([("secrets_kept", "!=", False)])
        kept_anew = [
            {name: self._open_vault().encrypt(connection._secret(name)) for name in connection.secrets_kept}
            for connection in connections
        ]
        for connection, kept in zip(connections, kept_anew, strict=True):
            connection.secrets_kept = kept
        connections._forget_tokens()
        return len(connections)
