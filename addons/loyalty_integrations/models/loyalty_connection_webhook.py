import uuid
from urllib.parse import urlsplit

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..adapters.base import PUSH_EVENT
from ..domain.outcomes import Gone, Permanent
from ..domain.standard_webhooks import key_of, new_secret
from .secret import DOTS, Secret


class LoyaltyConnectionWebhook(models.Model):
    """Outgoing webhooks: see ``adapters.webhook`` and docs/integrations/webhooks.md."""

    _inherit = "loyalty.connection"

    system = fields.Selection(selection_add=[("webhook", "Webhooks (outgoing)")], ondelete={"webhook": "cascade"})
    webhook_url = fields.Char("Endpoint", copy=False, help="Where events are sent to.")
    webhook_secret = Secret("Webhook Secret")
    webhook_previous_secret = Secret("Secret Before")
    webhook_previous_until = fields.Datetime(
        "Valid Until", readonly=True, copy=False, help="Until then events are signed with the secret before, too."
    )
    webhook_rotation_hours = fields.Integer(
        "Overlap (Hours)", default=24, help="So long the old secret stays valid beside a new one."
    )
    webhook_personal = fields.Boolean(
        "With Personal Data", help="Names, phones and e-mails of members are in the events. Without it only member numbers are."
    )
    webhook_expiring_days = fields.Integer(
        "Expiring Within (Days)", default=30, help="So many days before points expire, the receiver is told once."
    )
    webhook_event_ids = fields.Many2many(
        "loyalty.event.type", "loyalty_connection_event_type", "connection_id", "type_id", "Events",
        help="Which events are sent; none chosen: all.",
    )  # fmt: skip

    _webhook_numbers_sane = models.Constraint(
        "CHECK (webhook_rotation_hours BETWEEN 0 AND 720 AND webhook_expiring_days BETWEEN 1 AND 365)",
        "Choose 0 to 720 hours of overlap, and 1 to 365 days.",
    )

    @api.constrains("webhook_url")
    def _check_webhook_url(self):
        for connection in self.filtered("webhook_url"):
            parts = urlsplit(connection.webhook_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
                raise ValidationError(self.env._("The endpoint must be an address such as https://shop.example.com/webhooks."))

    @api.onchange("system")
    def _onchange_system_webhook(self):
        if self.system == "webhook":
            self.push_event = True

    def write(self, vals):
        result = super().write(vals)
        if "webhook_event_ids" in vals:
            self.env.registry.clear_cache()
        return result

    @tools.ormcache("self.id")
    def _event_names(self):
        """The events that this connection tells, or None: all."""
        return self.sudo().webhook_event_ids.mapped("code") or None  # sudo: whoever changes something reads no connections

    # ------------------------------------------------------------------
    # Secrets
    # ------------------------------------------------------------------

    def _keep_secrets(self, told):
        for name in ("webhook_secret", "till_secret"):
            if (text := told.get(name)) and text != DOTS:
                self._check_signing_secret(text)
        return super()._keep_secrets(told)

    def _check_signing_secret(self, text):
        try:
            key_of(text)
        except ValueError as error:
            raise ValidationError(self.env._("A secret is whsec_ and 24 to 64 bytes in base64: let one be made.")) from error

    def action_rotate_webhook_secret(self):
        """Make a new secret and show it, once; events are signed with both until receivers have had time to change."""
        self._check_may_make_secrets()
        secret = new_secret()
        if before := self._secret("webhook_secret"):
            until = fields.Datetime.add(fields.Datetime.now(), hours=self.webhook_rotation_hours)
            self.write({"webhook_previous_secret": before, "webhook_previous_until": until})
        self.webhook_secret = secret
        return self._show_secret(self.env._("Webhook Secret"), secret)

    # ------------------------------------------------------------------
    # Trying it
    # ------------------------------------------------------------------

    def action_send_test_event(self):
        """Queue an event of type webhook.test, which goes the way of all others."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "draft":
            raise UserError(self.env._("Activate it first: a draft sends nothing."))
        key = uuid.uuid4().hex
        # sudo: the queue is written by its own methods; who may was asked
        outbox = self.env["loyalty.outbox"].sudo()
        row = outbox.create({
            "connection_id": self.id, "flow": PUSH_EVENT, "event": "webhook.test", "ordering_key": f"test:{key}",
            "idempotency_key": key, "data": {"message": "It works."},
        })  # fmt: skip
        outbox._wake()
        return {
            "type": "ir.actions.act_window", "res_model": "loyalty.outbox", "res_id": row.id, "views": [(False, "form")],
        }  # fmt: skip

    def action_view_attempts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_attempt")
        return dict(action, domain=[("connection_id", "=", self.id)], context={})


class LoyaltyOutboxWebhook(models.Model):
    _inherit = "loyalty.outbox"

    def _fail(self, shift, error):
        """An endpoint that says it is gone is asked nothing more; what it hasn't got is kept, in case it comes back.

        An event that it can't read is given up as soon as it has taken others.
        """
        if isinstance(error, Gone) and shift.connection.system == "webhook":
            shift.stopped = True
            shift.connection._stop(error)
            kept = {"error_kind": error.kind, "error_code": error.code, "error_message": error.message}
            return self._settle(shift, counts=False, state="retry", **kept)
        if error.code == "400" and shift.connection.system == "webhook" and self._others_arrived():
            error = Permanent(error.message, error.code)  # it isn't our signature, nor the clock
        return super()._fail(shift, error)

    def _on_given_up(self, error):
        """Three days of failures: the endpoint is switched off, and somebody is told; unless it takes other events meanwhile."""
        if self.connection_id.system == "webhook" and not self._others_arrived():
            self.connection_id._stop(error)
        return super()._on_given_up(error)

    def _others_arrived(self):
        """Whether anything arrived at this connection since this row was first tried."""
        tries = self.env["loyalty.outbox.attempt"]
        first = tries.search([("outbox_id", "=", self.id)], order="id", limit=1)
        return bool(first and tries.search_count([
            ("connection_id", "=", self.connection_id.id), ("outcome", "=", "ok"), ("started_at", ">=", first.started_at),
        ], limit=1))  # fmt: skip
