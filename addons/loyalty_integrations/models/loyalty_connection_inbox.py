"""What a connection decides of what comes in."""

from odoo import fields, models


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
    inbox_ids = fields.One2many("loyalty.inbox", "connection_id", readonly=True)

    _inbox_days_sane = models.Constraint(
        "CHECK (inbox_patience_days BETWEEN 1 AND 3650 AND inbox_keep_days BETWEEN 1 AND 3650)",
        "Choose 1 to 3,650 days.",
    )

    def _inbox_source(self):
        """Under which name purchases of this connection stand in the journal; their numbers are unique in it."""
        self.ensure_one()
        return f"{self.system}-{self.id}"

    def action_view_inbox(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_inbox")
        return dict(action, domain=[("connection_id", "=", self.id)], context={})
