from odoo import fields, models


class LoyaltyTierChange(models.Model):
    _name = "loyalty.tier.change"
    _description = "Tier Change"
    _order = "date desc, id desc"
    _rec_name = "tier_id"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    tier_from_id = fields.Many2one("loyalty.tier", "Previous Tier", readonly=True, ondelete="restrict")
    tier_id = fields.Many2one("loyalty.tier", "New Tier", readonly=True, ondelete="restrict")
    reason = fields.Selection(
        [
            ("joined", "Joined"),
            ("earned", "Threshold reached"),
            ("refunded", "Purchase refunded"),
            ("lapsed", "Validity ended"),
            ("manual", "Set by hand"),
            ("merged", "Merged"),
        ],
        required=True,
        readonly=True,
    )
    value = fields.Float("Reached", digits=(16, 2), readonly=True, help="What counted for the tier.")
    tier_until = fields.Date("Valid Until", readonly=True)
    transaction_id = fields.Many2one("loyalty.transaction", "Purchase", readonly=True, ondelete="restrict")
    note = fields.Char("Reason Given", readonly=True)
