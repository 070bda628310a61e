from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.rfm import CutsError, parse_cuts

#: What is scored -> the setting with its cut points.
CUT_FIELDS = {"recency": "rfm_recency_cuts", "frequency": "rfm_frequency_cuts", "monetary": "rfm_monetary_cuts"}


class LoyaltyProgram(models.Model):
    """How members are measured: over which period, and what makes a score and a class."""

    _inherit = "loyalty.program"

    insight_days = fields.Integer(
        "Period", default=365, required=True,
        help="Purchases of the last days that count for recency, frequency, money and the average basket.",
    )  # fmt: skip
    rfm_way = fields.Selection(
        [("fifths", "Fifths of the members who bought"), ("cuts", "Cut points of your own")],
        "Scores By", required=True, default="fifths",
        help="Fifths: the best fifth of the members gets a 5, the next a 4; equal figures get equal scores. Cut points: fixed "
        "limits, so that scores can be compared over the years.",
    )  # fmt: skip
    rfm_recency_cuts = fields.Char(
        "Days Since The Last Purchase", default="30, 60, 90, 180",
        help="Four rising numbers of days: up to the first gives a 5, up to the last a 2, more a 1.",
    )  # fmt: skip
    rfm_frequency_cuts = fields.Char(
        "Number Of Purchases", default="2, 4, 8, 12",
        help="Four rising numbers of purchases: fewer than the first gives a 1, the last and more a 5.",
    )  # fmt: skip
    rfm_monetary_cuts = fields.Char(
        "Money Spent", default="500, 1000, 2500, 5000",
        help="Four rising amounts: less than the first gives a 1, the last and more a 5.",
    )  # fmt: skip
    rfm_high = fields.Selection(
        [("3", "3 and more"), ("4", "4 and more"), ("5", "5 only")], "High Is", required=True, default="4",
        help="From which score on recency, frequency and money are high. High and low together make the eight RFM classes.",
    )  # fmt: skip
    insight_at = fields.Datetime(
        "Measured", readonly=True, copy=False, help="When the statistics of all members were last ready."
    )
    rfm_cuts = fields.Json(readonly=True, copy=False, help="Technical: the cut points of the last scores, by what is scored.")

    _insight_days_positive = models.Constraint("CHECK (insight_days > 0)", "The period of the statistics is at least one day.")

    @api.constrains("rfm_way", *CUT_FIELDS.values())
    def _check_rfm_cuts(self):
        for program in self.filtered(lambda program: program.rfm_way == "cuts"):
            for name in CUT_FIELDS.values():
                program._own_cuts(name)

    def _own_cuts(self, name):
        """The four cut points that were written in this setting; an error says what is wrong with them."""
        self.ensure_one()
        try:
            return parse_cuts(self[name] or "")
        except CutsError as error:
            title = self._fields[name]._description_string(self.env)
            raise ValidationError(self._cuts_message(error, title)) from None

    def _cuts_message(self, error, title):
        told = {"setting": title, "found": error.found}
        match error.kind:
            case "number":
                return self.env._(
                    "%(setting)s: “%(found)s” is no number. Write four numbers, e.g. 1000, 2000, 4000, 8000.", **told
                )
            case "count":
                return self.env._("%(setting)s: there must be four cut points, not %(found)s. Write e.g. 10, 20, 40, 80.", **told)
            case "sign":
                return self.env._("%(setting)s: the first cut point, %(found)s, must be above 0.", **told)
        return self.env._("%(setting)s: each cut point must be above the one before, and %(found)s is not.", **told)
