from odoo import models
from odoo.exceptions import AccessError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Merge members through the ledger; what native code merges are the other cards."""
        # sudo: members of other stores count, too
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        moving = members.search([("partner_id", "in", src_partners.ids), ("merged_into_id", "=", False)])
        if moving and not self.env.su and not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._(
                "%s is a member: points and tier would go to another customer. Ask a membership manager to merge these contacts.",
                moving[0].partner_id.display_name,
            ))  # fmt: skip
        if moving:
            (moving | members.search([("partner_id", "=", dst_partner.id)])).with_env(self.env)._check_not_oneself()
        members._merge_partners(src_partners, dst_partner)
        return super()._merge_loyalty_cards(src_partners, dst_partner)

    def _update_foreign_keys(self, src_partners, dst_partner):
        """What moves behind the ORM's back leaves the name of the old customer with the member."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        self.env.add_to_compute(members._fields["name"], members.search([("partner_id", "=", dst_partner.id)]))
        return result
