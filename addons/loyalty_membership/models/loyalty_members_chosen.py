from odoo import api, models
from odoo.fields import Command


class LoyaltyMembersChosen(models.AbstractModel):
    """A window (wizard) about several members, ``member_ids``: those chosen in the list, or the one whose form is open."""

    _name = "loyalty.members.chosen"
    _description = "Chosen Members"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "member_ids" in fields and self.env.context.get("active_model") == "loyalty.member":
            values["member_ids"] = [Command.set(self.env.context.get("active_ids") or [])]
        return values
