from odoo import fields, models


class LoyaltyConsent(models.Model):
    """A log: what a member agreed to or withdrew, when, where, and in which words."""

    _name = "loyalty.consent"
    _description = "Member Consent"
    _order = "date desc, id desc"
    _rec_name = "channel"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="member_id.company_id", store=True)
    channel = fields.Char(required=True, readonly=True, help="E.g. sms, email, wechat, phone, all.")
    purpose = fields.Char(required=True, readonly=True, default="marketing")
    given = fields.Boolean(required=True, readonly=True, default=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    source = fields.Char(readonly=True, help="Where the member said so.")
    wording = fields.Text(readonly=True, help="The text that the member agreed to.")
