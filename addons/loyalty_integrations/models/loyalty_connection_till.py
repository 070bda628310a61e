import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..domain.standard_webhooks import new_secret
from .secret import Secret

ADDRESS = "/loyalty/v1/purchases"
TOKEN_PREFIX = "lt_"  # noqa: S105


class LoyaltyConnectionTill(models.Model):
    """Tills and shops that send their tickets: see ``controllers.purchases`` and docs/integrations/incoming.md."""

    _inherit = "loyalty.connection"

    system = fields.Selection(selection_add=[("till", "Tills & shops (incoming)")], ondelete={"till": "cascade"})
    till_answer = fields.Selection(
        [("now", "With the points"), ("later", "At once, book later")], "Answer", default="now",
        help="Book later: for tills that must not wait. They are told that the ticket has arrived, and where to ask.",
    )  # fmt: skip
    # Only its digest: whoever reads the database can't send tickets.
    till_token_hash = fields.Char(copy=False, groups="base.group_system")
    till_token_since = fields.Datetime("Token Made", readonly=True, copy=False)
    till_secret = Secret("Signing Secret")
    till_url = fields.Char("Address", compute="_compute_till_url", help="Where tickets are sent to, with the bearer token.")
    till_signed_url = fields.Char(
        "Address for Signed Calls", compute="_compute_till_url", groups="base.group_system",
        help="Where tickets are sent to that are signed after Standard Webhooks.",
    )  # fmt: skip

    _till_token_unique = models.UniqueIndex("(till_token_hash) WHERE till_token_hash IS NOT NULL")

    @api.depends("system")
    def _compute_till_url(self):
        for connection in self:
            url = f"{connection.get_base_url()}{ADDRESS}" if connection.system == "till" else False
            connection.till_url = url
            # sudo: the field itself is of the system group
            connection.till_signed_url = url and f"{url}?c={connection.sudo().callback_key}"

    @api.onchange("system")
    def _onchange_system_till(self):
        if self.system == "till":
            self.pull_purchases = True

    # ------------------------------------------------------------------
    # Secrets
    # ------------------------------------------------------------------

    def action_make_till_token(self):
        """Make a new bearer token and show it, once; the one before is taken no more."""
        self._check_may_make_secrets()
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        self.write({"till_token_hash": _digest(token), "till_token_since": fields.Datetime.now()})
        return self._show_secret(self.env._("Bearer Token"), token)

    def action_make_till_secret(self):
        """Make a new secret for signed calls and show it, once."""
        self._check_may_make_secrets()
        secret = new_secret()
        self.till_secret = secret
        return self._show_secret(self.env._("Signing Secret"), secret)

    def _check_may_make_secrets(self):
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only the system administrator may make secrets."))

    def _show_secret(self, title, secret):
        """A window that shows a secret and keeps it nowhere."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "loyalty.shown.secret",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret},
        }

    # ------------------------------------------------------------------
    # Who calls
    # ------------------------------------------------------------------

    @api.model
    def _till_by_token(self, token):
        """The connection whose bearer token this is, whatever its state, or none."""
        digest = _digest(token)
        found = self.search([("till_token_hash", "=", digest), ("system", "=", "till")])
        return found if found and secrets.compare_digest(found.till_token_hash, digest) else self.browse()

    @api.model
    def _till_by_key(self, key):
        return self.search([("callback_key", "=", key), ("system", "=", "till")]) if key else self.browse()


def _digest(token):
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
