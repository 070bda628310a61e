from odoo import api, fields, models


class LoyaltyConsentScreen(models.Model):
    """Channels and purposes in words; those that another system names itself stay as they are."""

    _inherit = "loyalty.consent"

    channel_name = fields.Char("Channel In Words", compute="_compute_names")
    purpose_name = fields.Char("Purpose In Words", compute="_compute_names")
    source_name = fields.Char("Source In Words", compute="_compute_names", help="Where the member said so.")

    @api.depends("channel", "purpose", "source")
    @api.depends_context("lang")
    def _compute_names(self):
        channels = {
            "all": self.env._("All channels"),
            "sms": self.env._("SMS"),
            "email": self.env._("E-mail"),
            "wechat": self.env._("WeChat"),
            "phone": self.env._("Phone"),
        }
        purposes = {"marketing": self.env._("Marketing")}
        sources = self.env["loyalty.transaction"]._source_names()
        for consent in self:
            consent.channel_name = channels.get(consent.channel, consent.channel)
            consent.purpose_name = purposes.get(consent.purpose, consent.purpose)
            consent.source_name = sources.get(consent.source, consent.source)
