from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltySegmentAdding(models.TransientModel):
    """Members put on a list, or taken off it: those chosen in the member list, or pasted by number, phone or e-mail."""

    _name = "loyalty.segment.adding"
    _inherit = ["loyalty.members.chosen"]
    _description = "Add To Segment"

    what = fields.Selection([("add", "Add to the list"), ("remove", "Remove from the list")], required=True, default="add")
    program_id = fields.Many2one("loyalty.program", required=True, domain=[("is_membership", "=", True)])
    segment_id = fields.Many2one(
        "loyalty.segment", "List", domain="[('program_id', '=', program_id), ('kind', '=', 'list')]"
    )  # fmt: skip
    new_name = fields.Char("New List")
    member_ids = fields.Many2many("loyalty.member", string="Members", domain="[('program_id', '=', program_id)]")
    pasted = fields.Text("Numbers Or Phones", help="Member numbers, phones or e-mails, one a line or separated by commas.")
    told = fields.Text("What Happens", compute="_compute_told")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "program_id" in fields and not values.get("program_id"):
            chosen = self.env["loyalty.member"].browse(self.env.context.get("active_ids") or [])
            chosen = chosen if self.env.context.get("active_model") == "loyalty.member" else chosen.browse()
            values["program_id"] = (chosen.program_id[:1] or self.env["loyalty.program"]._default_membership()).id
        return values

    @api.depends("member_ids", "pasted", "program_id")
    @api.depends_context("lang")
    def _compute_told(self):
        for wizard in self:
            members, unknown = wizard._members()
            told = [self.env._("Members: %s", f"{len(members):,}")]
            if unknown:
                told.append(self.env._("Not found: %s", ", ".join(unknown)))
            wizard.told = "\n".join(told)

    def _members(self):
        """The members meant, and what was pasted and names nobody."""
        texts = self.env["loyalty.points.adjustment"]._split(self.pasted)
        # Whoever is not shown to the user is not found.
        found = self.env["loyalty.member"]._resolve(self.program_id, texts) if texts and self.program_id else {}
        members = self.member_ids._origin.union(*found.values())._filtered_access("read")
        return members, [text for text in texts if text not in found or found[text] not in members]

    def action_done(self):
        self.ensure_one()
        members, _unknown = self._members()
        if not members:
            raise UserError(self.env._("Choose members, or paste their numbers or phones."))
        segment = self.segment_id or self._new_list()
        moved = segment._add_members(members) if self.what == "add" else segment._remove_members(members)
        added = self.what == "add"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s members were added to %(list)s.", count=moved, list=segment.name)
                if added
                else self.env._("%(count)s members were removed from %(list)s.", count=moved, list=segment.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _new_list(self):
        if self.what != "add" or not (self.new_name or "").strip():
            raise UserError(self.env._("Choose a list, or give a new one a name."))
        return self.env["loyalty.segment"].create({
            "name": self.new_name.strip(), "kind": "list", "program_id": self.program_id.id,
        })  # fmt: skip
