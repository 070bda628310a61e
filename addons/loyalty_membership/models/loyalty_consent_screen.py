from odoo import api, fields, models


class LoyaltyConsentScreen(models.Model):
    """Channels, purposes and sources in words; those that another system names itself stay as they are."""

    _inherit = "loyalty.consent"

    channel_name = fields.Char("Channel In Words", compute="_compute_names")
    purpose_name = fields.Char("Purpose In Words", compute="_compute_names")
    source_name = fields.Char("Source In Words", compute="_compute_names", help="Where the member said so.")

    @api.depends("channel", "purpose", "source")
    @api.depends_context("lang")
    def _compute_names(self):
        channels, purposes, sources = self._channel_names(), self._purpose_names(), self._source_names()
        for consent in self:
            consent.channel_name = channels.get(consent.channel, consent.channel)
            consent.purpose_name = purposes.get(consent.purpose, consent.purpose)
            consent.source_name = sources.get(consent.source, consent.source)

    @api.model
    def _channel_names(self):
        return {
            "all": self.env._("All channels"),
            "sms": self.env._("SMS"),
            "email": self.env._("E-mail"),
            "wechat": self.env._("WeChat"),
            "phone": self.env._("Phone"),
        }

    @api.model
    def _purpose_names(self):
        return {
            "all": self.env._("Everything"),
            "marketing": self.env._("Marketing"),
            "service": self.env._("Notices of own points"),
        }

    @api.model
    def _source_names(self):
        """Where members say so; any other system is shown as it names itself."""
        return {
            **self.env["loyalty.transaction"]._source_names(),
            "counter": self.env._("At the counter"),
            "paper": self.env._("In writing"),
            "call": self.env._("By phone"),
            "chat": self.env._("By chat or e-mail"),
            "link": self.env._("Link in a message"),
            "one-click": self.env._("Unsubscribe button of the mailbox"),
        }
