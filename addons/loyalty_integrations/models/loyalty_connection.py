import secrets
from contextlib import contextmanager

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..adapters import base
from ..adapters.base import ADAPTERS
from ..domain.gate import Gate

#: Flows as fields of the connection, in the order of the form.
FLOWS = (
    base.PUSH_MEMBER,
    base.PUSH_POINTS,
    base.PUSH_REDEMPTION,
    base.PUSH_MESSAGE,
    base.PUSH_EVENT,
    base.PULL_CONTACTS,
    base.PULL_PURCHASES,
    base.PULL_DELIVERY,
    base.PULL_ENROLMENTS,
)


class LoyaltyConnection(models.Model):
    """One other system that members, points and purchases are exchanged with.

    What its system can do is said by an adapter (``adapters``); what this connection does of it by the flows that are
    switched on. A draft queues nothing. One that is paused, or stopped by an error, keeps queueing and sends nothing, so that
    nothing is lost meanwhile.
    """

    _name = "loyalty.connection"
    _description = "Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    system = fields.Selection([], required=True, help="What is connected. It can't be changed later: make another connection.")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("error", "Stopped")],
        default="draft", required=True, readonly=True, copy=False, tracking=True,
        help="Draft: nothing is queued. Paused and stopped: changes are queued and kept, and sent when it goes on.",
    )  # fmt: skip
    stopped_because = fields.Char(readonly=True, copy=False, help="Why it was stopped: mend this, then activate it again.")
    program_id = fields.Many2one(
        "loyalty.program", required=True, ondelete="restrict", domain="[('is_membership', '=', True)]",
        default=lambda self: self.env["loyalty.program"]._for_company(self.env.company)[:1],
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company,
        help="Whose connection it is. Members and purchases are those of the program.",
    )  # fmt: skip
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, tracking=True,
        help="Who is told when the connection needs help.",
    )  # fmt: skip

    push_member = fields.Boolean("Send Members", help="Profile, tier, points, segments and statistics, whenever they change.")
    push_points = fields.Boolean("Send Points", help="Each line of the points ledger, as it is booked.")
    push_redemption = fields.Boolean("Send Redemptions", help="Gifts that are to be delivered, and what becomes of them.")
    push_message = fields.Boolean("Send Messages", help="To members and staff.")
    push_event = fields.Boolean("Send Events", help="What happens, to whoever wants to know.")
    pull_contacts = fields.Boolean("Fetch Contacts", help="What was changed there about customers. Points are never fetched.")
    pull_purchases = fields.Boolean("Fetch Purchases", help="Purchases and refunds, which then earn and lose points.")
    pull_delivery = fields.Boolean("Fetch Deliveries", help="Whether gifts were delivered.")
    pull_enrolments = fields.Boolean("Enrol from Won Deals", help="The customer of a deal that was won there becomes a member.")
    supported_flows = fields.Json(compute="_compute_supported_flows")

    rate_calls = fields.Integer("Calls", default=10, required=True, help="So many calls at most...")
    rate_seconds = fields.Integer("Seconds", default=1, required=True, help="... in so many seconds.")
    timeout = fields.Integer("Time-out (s)", default=20, required=True, help="Seconds after which a call is given up.")
    allow_private = fields.Boolean(
        "Inside Our Network", help="The system has an address of a private network. Without this, such addresses are refused."
    )
    ca_certificate = fields.Text(
        "Certificate Authority",
        help="In PEM, where the system's certificate is signed by the company's own authority. Certificates are always checked.",
    )
    callback_key = fields.Char(
        copy=False, readonly=True, groups="base.group_system", default=lambda self: secrets.token_urlsafe(24)
    )

    _rate_positive = models.Constraint(
        "CHECK (rate_calls > 0 AND rate_seconds > 0)", "Calls and seconds of the rate must be above zero."
    )
    _timeout_sane = models.Constraint("CHECK (timeout BETWEEN 1 AND 120)", "The time-out must be 1 to 120 seconds.")
    _callback_key_unique = models.UniqueIndex("(callback_key)")

    @api.depends("system")
    def _compute_supported_flows(self):
        for connection in self:
            adapter = ADAPTERS.get(connection.system)
            connection.supported_flows = sorted(adapter.flows) if adapter else []

    @api.onchange("system")
    def _onchange_system(self):
        if adapter := ADAPTERS.get(self.system):
            self.rate_calls, self.rate_seconds = adapter.rate
            self.name = self.name or dict(self._fields["system"]._description_selection(self.env))[self.system]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.constrains("program_id", "company_id")
    def _check_program(self):
        for connection in self:
            if not connection.program_id.is_membership:
                raise ValidationError(self.env._("Choose a membership program."))
            if not connection.company_id._shares_tree(connection.program_id.company_id):
                raise ValidationError(self.env._("The program belongs to another company than the connection."))

    @api.constrains("ca_certificate")
    def _check_ca_certificate(self):
        for connection in self.filtered("ca_certificate"):
            try:
                Gate(ca_pem=connection.ca_certificate).close()
            except (ValueError, OSError) as error:
                raise ValidationError(self.env._(
                    "The certificate authority is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----."
                )) from error  # fmt: skip

    @api.constrains("state", *FLOWS)
    def _check_flows(self):
        for connection in self:
            if wrong := [flow for flow in FLOWS if connection[flow] and flow not in connection.supported_flows]:
                names = ", ".join(connection._fields[flow]._description_string(self.env) for flow in wrong)
                raise ValidationError(self.env._("This system can't do that: %s.", names))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if adapter := ADAPTERS.get(vals.get("system")):
                calls, seconds = adapter.rate
                vals.update({"rate_calls": calls, "rate_seconds": seconds} | vals)
        connections = super().create(vals_list)
        self.env.registry.clear_cache()
        # sudo: nobody writes meters but the layer
        self.env["loyalty.connection.meter"].sudo().create([{"connection_id": connection.id} for connection in connections])
        return connections

    def write(self, vals):
        if "system" in vals and any(connection.system != vals["system"] for connection in self):
            raise UserError(self.env._("A connection stays with its system: make another connection."))
        if not self.env.su and {"state", "stopped_because", "secrets_kept", "callback_key"} & vals.keys():
            raise UserError(self.env._("Use the buttons of the connection: Activate, Pause."))
        result = super().write(vals)
        if {"state", "program_id", "active", *FLOWS} & vals.keys():
            self.env.registry.clear_cache()
        if any(name.startswith(f"{connection.system}_") for connection in self for name in vals):
            self._forget_tokens()
        return result

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        if "name" not in (default or {}):
            for connection, vals in zip(self, copies, strict=True):
                vals["name"] = self.env._("%s (copy)", connection.name)
        return copies

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.filtered(lambda connection: connection.state != "draft"):
            raise UserError(self.env._("A connection that was used can't be deleted: archive it. Its log stays."))

    # ------------------------------------------------------------------
    # What others ask of a connection
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _listening(self):
        """Which connections keep what changes: tuple of (id, program id, frozenset of flows)."""
        found = self.sudo().search([("state", "!=", "draft")])  # sudo: what is queued doesn't depend on who works
        return tuple(
            (connection.id, connection.program_id.id, frozenset(flow for flow in FLOWS if connection[flow]))
            for connection in found
        )

    def _adapter_class(self):
        self.ensure_one()
        return ADAPTERS[self.system]

    def _settings(self, secrets=True):
        """What the adapter is told: dict of this system's settings, without its prefix; secrets in the clear, or left out."""
        prefix, secret = f"{self.system}_", set(self._secret_names())
        names = [name for name in self._fields if name.startswith(prefix) and (secrets or name not in secret)]
        return {
            name.removeprefix(prefix): self._secret(name) if name in secret else self[name] or ""
            for name in names
        }  # fmt: skip

    def _missing_settings(self):
        """The labels of settings that have to be filled in."""
        settings = self._settings()
        return [
            self._fields[f"{self.system}_{name}"]._description_string(self.env)
            for name in self._adapter_class().settings_needed
            if not settings[name]
        ]

    @contextmanager
    def _adapter(self, note=None, before=None):
        """The adapter of this connection, ready to be used; its connections to the other system are closed at the end.

        :param note: called with each ``Exchange``
        :param before: called before each request, see ``Gate``
        """
        self.ensure_one()
        settings = self._settings()
        hidden = [
            settings[name.removeprefix(f"{self.system}_")] for name in self._secret_names() if name.startswith(f"{self.system}_")
        ]
        gate = Gate(
            allow_private=self.allow_private, timeout=self.timeout, ca_pem=self.ca_certificate or "", secrets=hidden,
            before=before, note=note,
        )  # fmt: skip
        try:
            yield self._adapter_class()(settings, gate, self._tokens())
        finally:
            gate.close()
