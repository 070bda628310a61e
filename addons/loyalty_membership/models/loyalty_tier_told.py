"""What a tier brings, in a few words, where staff meet its members: on the member, the customer and the order."""

from odoo import api, fields, models

#: Between benefits that share a line.
DOT = " · "


class LoyaltyTierTold(models.Model):
    _inherit = "loyalty.tier"

    benefits_told = fields.Char("Benefits", compute="_compute_told", help="What staff do for members of this tier.")
    coupons_told = fields.Char("Coupons", compute="_compute_told", help="The coupons that members of this tier are given.")

    @api.depends("priority_service", "early_access", "benefit_ids.name", "benefit_ids.kind", "benefit_ids.sequence")
    @api.depends_context("lang")
    def _compute_told(self):
        priority, early = self.env._("Priority service"), self.env._("Early access")
        for tier in self:
            texts = tier.benefit_ids.filtered(lambda benefit: benefit.kind == "text")
            told = [text for text, given in ((priority, tier.priority_service), (early, tier.early_access)) if given]
            tier.benefits_told = DOT.join(told + texts.mapped("name"))
            tier.coupons_told = DOT.join((tier.benefit_ids - texts).mapped("name"))


class LoyaltyMemberTold(models.Model):
    _inherit = "loyalty.member"

    benefits_told = fields.Char(related="tier_id.benefits_told")
    coupons_told = fields.Char(related="tier_id.coupons_told")
    account_manager_id = fields.Many2one(related="tier_id.user_id")

    def _benefits(self):
        """What staff are told about this member, as (text, account manager); nothing of who is frozen or closed."""
        tier = self.tier_id if self.state == "active" else self.tier_id.browse()
        return tier.benefits_told, tier.user_id


class ResPartnerTold(models.Model):
    _inherit = "res.partner"

    # sudo: what a member is entitled to is told to all who may see points, also of members whom they may not open
    loyalty_benefits = fields.Char(
        "Benefits", compute="_compute_loyalty_benefits", compute_sudo=True, groups="loyalty_membership.group_viewer"
    )
    loyalty_account_manager_id = fields.Many2one(
        "res.users", "Account Manager", compute="_compute_loyalty_benefits", compute_sudo=True,
        groups="loyalty_membership.group_viewer",
    )  # fmt: skip

    @api.depends("loyalty_member_ids")
    @api.depends_context("lang")
    def _compute_loyalty_benefits(self):
        for partner in self:
            partner.loyalty_benefits, partner.loyalty_account_manager_id = partner.loyalty_member_ids[:1]._benefits()


class SaleOrderTold(models.Model):
    _inherit = "sale.order"

    # sudo: as on the customer
    loyalty_benefits = fields.Char("Benefits", compute="_compute_loyalty_benefits", compute_sudo=True)
    loyalty_account_manager_id = fields.Many2one(
        "res.users", "Account Manager", compute="_compute_loyalty_benefits", compute_sudo=True
    )

    @api.depends("loyalty_member_id")
    @api.depends_context("lang")
    def _compute_loyalty_benefits(self):
        for order in self:
            order.loyalty_benefits, order.loyalty_account_manager_id = order.loyalty_member_id._benefits()
