"""What a connection decides of what comes in."""

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.api_shapes import RESERVED_SOURCES
from odoo.exceptions import UserError, ValidationError


class LoyaltyConnectionInbox(models.Model):
    _inherit = "loyalty.connection"

    inbox_patience_days = fields.Integer(
        "Wait For (Days)", default=30, required=True,
        help="So long a refund waits for its purchase, and a purchase for its customer to join. Then it has failed.",
    )  # fmt: skip
    inbox_keep_days = fields.Integer(
        "Keep Messages (Days)", default=90, required=True,
        help="After that what was sent, and the names in it, are forgotten. What was booked stays.",
    )  # fmt: skip
    source = fields.Char(
        "Source Name", copy=False,
        help="What the system is called in the purchase journal, e.g. pos-01. Numbers of documents are unique in it, and outside "
             "numbers of members are those that were told under this name. A connection that takes another's place has its name, "
             "so that nothing is booked twice.",
    )  # fmt: skip
    inbox_ids = fields.One2many("loyalty.inbox", "connection_id", readonly=True)

    _inbox_days_sane = models.Constraint(
        "CHECK (inbox_patience_days BETWEEN 1 AND 3650 AND inbox_keep_days BETWEEN 1 AND 3650)",
        "Choose 1 to 3,650 days.",
    )

    _source_unique = models.UniqueIndex(
        "(program_id, source) WHERE active", "Another connection of this program has this source name: archive it first."
    )

    @api.constrains("source")
    def _check_source(self):
        for connection in self.filtered("source"):
            if connection.source in RESERVED_SOURCES or len(connection.source) > 64:
                raise ValidationError(self.env._("%s can't be a source name: choose another one.", connection.source))

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        for connection in connections.filtered(lambda connection: not connection.source):
            connection.source = f"{connection.system}-{connection.id}"
        return connections

    def write(self, vals):
        if "source" in vals:
            for connection in self.filtered(lambda connection: connection.source and connection.source != vals["source"]):
                connection._check_source_free()
        return super().write(vals)

    def _check_source_free(self):
        """What was booked under a name is told from what is new by it, and who joined under it is known by it."""
        named = [("program_id", "=", self.program_id.id), ("source", "=", self.source)]
        # sudo: that there is something counts, whoever may see it
        if self.env["loyalty.transaction"].sudo().search_count(named, limit=1):
            raise UserError(self.env._("Purchases are booked under %s: its source name stays.", self.source))
        if self.env["loyalty.member.identity"].sudo().search_count([*named, ("kind", "=", "external")], limit=1):
            raise UserError(self.env._("Members are known under %s: its source name stays.", self.source))

    def _inbox_source(self):
        """Under which name its purchases stand in the journal, and its numbers name members; they are unique in it."""
        self.ensure_one()
        return self.source

    def _readers_lang(self):
        """In which language reasons are told: that of who is responsible."""
        return self.sudo().user_id.lang  # sudo: a job's user may see no others

    def action_view_inbox(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_inbox")
        return dict(action, domain=[("connection_id", "=", self.id)], context={})
