from urllib.parse import quote, urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Where the member's number goes in the address.
PLACE = "{number}"


class LoyaltyProgram(models.Model):
    """What the QR code of the member card says."""

    _inherit = "loyalty.program"

    card_link = fields.Char(
        "QR Code Opens",
        size=200,
        help="An address such as https://club.example.com/card/{number}; {number} stands for the member's number. Empty: the "
        "QR code is the number itself, which a till scans like the barcode.",
    )

    @api.constrains("card_link")
    def _check_card_link(self):
        for program in self.filtered("card_link"):
            if not program._is_card_link():
                raise ValidationError(self.env._(
                    "The address of the member card must begin with https:// or http:// and hold {number} where the member's "
                    "number goes, e.g. https://club.example.com/card/{number}"
                ))  # fmt: skip

    def _is_card_link(self):
        try:
            parts = urlsplit(self.card_link)
        except ValueError:
            return False
        return parts.scheme in ("https", "http") and bool(parts.hostname) and PLACE in self.card_link.partition(parts.netloc)[2]

    def _card_qr(self, number):
        """What the QR code on the card of this member says."""
        self.ensure_one()
        return self.card_link.replace(PLACE, quote(number, safe="")) if self.card_link else number
