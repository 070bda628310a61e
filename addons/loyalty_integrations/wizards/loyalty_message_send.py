from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

SENDING = [("push_message", "=", True), ("state", "!=", "draft")]


class LoyaltyMessageSend(models.TransientModel):
    """A message that a manager writes to members or colleagues, by a chat system."""

    _name = "loyalty.message.send"
    _description = "Message by a Chat System"

    connection_id = fields.Many2one(
        "loyalty.connection", required=True, domain=SENDING,
        default=lambda self: self.env["loyalty.connection"].search(SENDING, limit=1),
    )  # fmt: skip
    member_ids = fields.Many2many("loyalty.member", string="Members")
    user_ids = fields.Many2many("res.users", string="Colleagues")
    marketing = fields.Boolean(
        "Advertising",
        default=True,
        help="It is only sent to members who have agreed. A notice about their own points goes to all who have not refused it.",
    )
    title = fields.Char(required=True)
    text = fields.Text()
    url = fields.Char("Link")
    button = fields.Char("Button Text", help="Up to four characters.")
    told = fields.Char("Reaches", compute="_compute_told")

    @api.depends("connection_id", "member_ids", "marketing")
    def _compute_told(self):
        for wizard in self:
            known, willing = wizard._reached()
            wizard.told = self.env._(
                "%(reached)s of %(all)s members: %(unknown)s are not known there, %(unwilling)s have not agreed.",
                reached=len(willing), all=len(wizard.member_ids), unknown=len(wizard.member_ids) - len(known),
                unwilling=len(known) - len(willing),
            ) if wizard.member_ids and wizard.connection_id else False  # fmt: skip

    def _reached(self):
        members = self.member_ids._origin
        if not self.connection_id:
            return members.browse(), members.browse()
        known = members.browse(self.env["loyalty.binding"]._of(self.connection_id, "member", members))
        return known, known._may_be_told(self.connection_id.system, "marketing" if self.marketing else "service")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "loyalty.member" and "member_ids" in fields_list:
            values["member_ids"] = [(6, 0, self.env.context.get("active_ids") or [])]
        return values

    def action_send(self):
        """Queue it, and tell who gets it."""
        self.ensure_one()
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may send messages."))
        if not self.member_ids and not self.user_ids:
            raise UserError(self.env._("Choose whom it is for."))
        message = {name: self[name] for name in ("title", "text", "url", "button") if self[name]}
        number, left = 0, 0
        if self.member_ids:
            rows, unknown, unwilling = self.connection_id._message_members(self.member_ids, message, self.marketing)
            number, left = len(rows), len(unknown) + len(unwilling)
        if self.user_ids:
            rows, unknown = self.connection_id._message_staff(self.user_ids, message)
            number, left = number + len(self.user_ids - unknown if rows else []), left + len(unknown)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": self.env._("Queued for %(number)s, not sent to %(left)s.", number=number, left=left),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
