from odoo import fields, models


class LoyaltyTierBenefit(models.Model):
    _name = "loyalty.tier.benefit"
    _description = "Tier Benefit"
    _order = "tier_id, sequence, id"

    tier_id = fields.Many2one("loyalty.tier", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="tier_id.program_id")
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, help="What members read, e.g. \"A coupon of 50 on your birthday\".")
    kind = fields.Selection(
        [
            ("text", "Just tell it"),
            ("coupon_entry", "A coupon on reaching the tier"),
            ("coupon_monthly", "A coupon every month"),
            ("coupon_birthday", "A coupon on the birthday"),
        ],
        required=True,
        default="text",
        help="Coupons are given by themselves, once per occasion; everything else is told to members and kept by staff.",
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        string="Coupon",
        domain=[("program_type", "in", ("coupons", "next_order_coupons"))],
        ondelete="restrict",
        help="The coupon program whose coupons members get.",
    )
    grant_ids = fields.One2many("loyalty.tier.benefit.grant", "benefit_id")

    _coupon_needed = models.Constraint(
        "CHECK (kind = 'text' OR coupon_program_id IS NOT NULL)", "Choose the coupon that this benefit gives."
    )
