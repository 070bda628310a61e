from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartnerEnrol(models.Model):
    _inherit = "res.partner"

    loyalty_member_count = fields.Integer(
        compute="_compute_loyalty_membership", groups="loyalty_membership.group_viewer",
        help="How many members that the user may open serve this customer.",
    )  # fmt: skip
    loyalty_is_member = fields.Boolean("Member", compute="_compute_loyalty_membership", groups="loyalty_membership.group_viewer")
    loyalty_can_enroll = fields.Boolean(
        compute="_compute_loyalty_membership", groups="loyalty_membership.group_viewer",
        help="Whether this customer could join a program, and the user may let them.",
    )  # fmt: skip

    @api.depends("loyalty_member_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_loyalty_membership(self):
        members = self.env["loyalty.member"]
        may_enroll = members.has_access("create") and bool(self._loyalty_program())
        readable = self.loyalty_member_ids.with_env(self.env)._filtered_access("read")
        for partner in self:
            own = partner.loyalty_member_ids
            partner.loyalty_is_member = bool(own)
            partner.loyalty_member_count = len(own.with_env(self.env) & readable)
            partner.loyalty_can_enroll = (
                may_enroll and not own and bool(partner._origin) and partner.active and partner.type == "contact"
            )

    @api.model
    def _loyalty_program(self):
        # sudo: which program the company has is no secret to who works there
        return self.env["loyalty.program"].sudo()._default_membership()

    def action_enroll_as_member(self):
        """Make this customer a member of the company's program, and open the member."""
        self.ensure_one()
        members = self.env["loyalty.member"]
        members.check_access("create")
        program = self._loyalty_program()
        if not program:
            raise UserError(self.env._("Your company has no membership program yet."))
        row = {
            "name": self.name,
            "partner_id": self.id,
            "phone": self.phone,
            "email": self.email,
            "team_id": self.env.user.sale_team_id.id,
        }
        [(member, _created)] = members._find_or_make(program.sudo(False), [row])
        member._refuse_second(self, joining=True)
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "view_mode": "form",
            "res_id": member.id,
        }
