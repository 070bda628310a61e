from odoo import fields, models
from odoo.fields import Domain


class LoyaltyProgram(models.Model):
    """Who decides what waits for approval."""

    _inherit = "loyalty.program"

    approver_ids = fields.Many2many(
        "res.users",
        "loyalty_program_approver_rel",
        string="Approvers",
        domain=lambda self: [
            ("all_group_ids", "in", self.env.ref("loyalty_membership.group_manager").ids),
            ("share", "=", False),
        ],
        help="Who is asked when a redemption or points given by hand wait for approval. Empty: every membership manager. "
        "Any manager may decide, whoever is asked.",
    )

    def _approvers(self):
        """Users who are asked to decide requests of this program, and may."""
        managers, chosen = self._managers(), self.sudo().approver_ids
        return managers & chosen if chosen else managers

    def _managers(self):
        """Users who may decide requests of this program."""
        self.ensure_one()
        # sudo: whoever asks needs no right to read users
        manager = self.env.ref("loyalty_membership.group_manager").sudo()
        managers = Domain("all_group_ids", "in", manager.ids) & Domain("share", "=", False)
        if self.company_id:
            managers &= Domain("company_ids", "in", self.company_id.ids)
        return self.env["res.users"].sudo().search(managers)
