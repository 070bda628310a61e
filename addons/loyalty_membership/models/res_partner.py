from odoo import api, fields, models
from odoo.exceptions import UserError

from .in_process import IDENTIFIED, says


class ResPartner(models.Model):
    _inherit = "res.partner"

    # sudo: Viewer is told tier and points of every customer, and reads no member
    loyalty_member_ids = fields.Many2many(
        "loyalty.member", string="Members", compute="_compute_loyalty_members", compute_sudo=True,
        groups="loyalty_membership.group_viewer",
    )  # fmt: skip
    loyalty_tier_name = fields.Char(
        "Tier", compute="_compute_loyalty_members", compute_sudo=True, groups="loyalty_membership.group_viewer"
    )
    loyalty_tier_color = fields.Integer(
        compute="_compute_loyalty_members", compute_sudo=True, groups="loyalty_membership.group_viewer"
    )
    loyalty_points = fields.Float(
        "Points", digits=(16, 2), compute="_compute_loyalty_members", compute_sudo=True,
        groups="loyalty_membership.group_viewer",
    )  # fmt: skip

    @api.depends_context("allowed_company_ids")
    def _compute_loyalty_members(self):
        """The members who serve these customers, in the companies at hand; the first shows its tier."""
        programs = self.env["loyalty.program"].search([
            ("is_membership", "=", True),
            ("company_id", "in", [False, *self.env.companies.ids, *self.env.companies.parent_ids.ids]),
        ])  # fmt: skip
        found = self.env["loyalty.member"]._of_partners(self)
        for partner in self:
            members = found.get(partner.id, self.env["loyalty.member"]).filtered(lambda m: m.program_id in programs)
            partner.loyalty_member_ids = members
            partner.loyalty_tier_name = members[:1].tier_id.name
            partner.loyalty_tier_color = members[:1].tier_id.color
            partner.loyalty_points = members[:1].points

    def write(self, vals):
        result = super().write(vals)
        if {"phone", "email", "country_id"} & vals.keys() and not says(self.env, IDENTIFIED):
            self._loyalty_identify()
        return result

    def _loyalty_identify(self):
        """Let members of these customers be known by the phones and e-mails that these have now."""
        # sudo: whoever may change the customer changes how the member is found
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        members = members.search([("partner_id", "in", self.ids), ("merged_into_id", "=", False)])
        if members:
            self.env["loyalty.member.identity"].sudo()._sync_contact(members)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_members(self):
        # sudo: a member whom the user may not see keeps the customer all the same
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        if members.search_count([("partner_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A customer who is a member can't be deleted. Archive the customer instead."))

    def action_view_loyalty_members(self):
        members = self.loyalty_member_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Members"),
            "res_model": "loyalty.member",
            "view_mode": "list,form",
            "domain": [("id", "in", members.ids)],
        }
        if len(members) == 1:
            action.update(view_mode="form", res_id=members.id)
        return action
