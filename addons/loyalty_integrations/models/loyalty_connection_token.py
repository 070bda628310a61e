"""Access tokens, fetched once for all workers."""

import time
from datetime import timedelta

from odoo import fields, models
from odoo.orm.models import NO_ACCESS

from .own_transaction import own_transaction

#: Seconds before its end at which a token is not used any more.
MARGIN = 120
#: Seconds that a worker trusts in what it has read: it calls many times a second, and looks up one that is refused anyway.
TRUSTED = 10


class LoyaltyConnectionToken(models.Model):
    """One token of one connection, encrypted; the row's lock is what lets a single worker fetch it."""

    _name = "loyalty.connection.token"
    _description = "Access Token"

    connection_id = fields.Many2one("loyalty.connection", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    value = fields.Char(groups=NO_ACCESS)
    expires_at = fields.Datetime()

    _kind_unique = models.UniqueIndex("(connection_id, kind)")


class Tokens:
    """The tokens of one connection, as adapters use them (see ``adapters.base.MemoryTokens``)."""

    def __init__(self, connection):
        self._env = connection.env
        self._connection_id = connection.id
        self._vault = connection._open_vault()
        #: kind -> (token, until when it is trusted)
        self._known = {}

    def get(self, kind, fetch):
        token, until = self._known.get(kind, ("", 0))
        if token and time.monotonic() < until:
            return token
        return self._trust(kind, self._read(kind) or self.renew(kind, None, fetch))

    def _trust(self, kind, token):
        self._known[kind] = token, time.monotonic() + TRUSTED
        return token

    def _read(self, kind):
        with self._env.registry.cursor() as cr:
            cr.execute(
                """SELECT value FROM loyalty_connection_token
                    WHERE connection_id = %s AND kind = %s AND (expires_at IS NULL OR expires_at > %s)""",
                [self._connection_id, kind, fields.Datetime.now()],
            )
            return self._open(cr.fetchone())

    def renew(self, kind, stale, fetch):
        """Whoever locks the row first fetches; whoever waits for it meets a conflict, looks again, and finds the new one."""
        return self._trust(kind, own_transaction(self._env, lambda cr: self._fetch_locked(cr, kind, stale, fetch)))

    def _fetch_locked(self, cr, kind, stale, fetch):
        now = fields.Datetime.now()
        # Made and locked in one statement: tokens may be forgotten at any moment.
        cr.execute(
            """INSERT INTO loyalty_connection_token (connection_id, kind) VALUES (%s, %s)
                   ON CONFLICT (connection_id, kind) DO UPDATE SET kind = excluded.kind RETURNING id, value, expires_at""",
            [self._connection_id, kind],
        )
        row, *kept, expires_at = cr.fetchone()
        value = self._open(kept)
        if value and value != stale and (not expires_at or expires_at > now):
            return value
        value, seconds = fetch()
        expires_at = seconds and now + timedelta(seconds=max(seconds - MARGIN, seconds // 2))
        cr.execute(
            "UPDATE loyalty_connection_token SET value = %s, expires_at = %s WHERE id = %s",
            [self._vault.encrypt(value), expires_at or None, row],
        )
        return value

    def _open(self, kept):
        return self._vault.decrypt(kept[0]) if kept and kept[0] else ""


class LoyaltyConnectionTokens(models.Model):
    _inherit = "loyalty.connection"

    def _tokens(self):
        return Tokens(self)

    def _forget_tokens(self):
        """Whoever has new secrets signs in anew."""
        # sudo: nobody may see tokens
        self.env["loyalty.connection.token"].sudo().search([("connection_id", "in", self.ids)]).unlink()
