from odoo import fields, models


class LoyaltyTierBenefitGrant(models.Model):
    _name = "loyalty.tier.benefit.grant"
    _description = "Granted Tier Benefit"
    _order = "id desc"
    _rec_name = "occasion"

    benefit_id = fields.Many2one("loyalty.tier.benefit", required=True, index=True, ondelete="restrict")
    member_id = fields.Many2one("loyalty.member", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="benefit_id.company_id", store=True)
    occasion = fields.Char(required=True, help="What it was given for, e.g. the month 2026-11.")
    card_id = fields.Many2one("loyalty.card", string="Coupon", index="btree_not_null", ondelete="set null")

    _occasion_unique = models.Constraint(
        "UNIQUE (benefit_id, occasion, member_id)", "This benefit was given to this member for this occasion already."
    )
