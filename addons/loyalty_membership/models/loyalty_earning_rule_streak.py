"""Rules for check-ins on several days in a row."""

from dataclasses import replace

from odoo import api, fields, models

from .loyalty_earning_rule import CHECK_IN


class LoyaltyEarningRuleStreak(models.Model):
    _inherit = "loyalty.earning.rule"

    streak = fields.Selection(
        [
            ("once", "Once, on day"),
            ("again", "Again, every"),
        ],
        string="Days In A Row",
        help="Empty: every check-in gives the points, once a day. On the 7th day in a row: one bonus, until the member misses a "
        "day and starts again. Every 7 days: a bonus on the 7th day, the 14th, and so on.",
    )
    streak_days = fields.Integer(
        string="Number Of Days",
        default=7,
        help="How many days in a row, without missing one, in the program's time zone. A check-in that is reported late counts "
        "for its own day.",
    )

    _streak_days_several = models.Constraint(
        "CHECK (streak IS NULL OR streak_days > 1)", "Days in a row are at least two: leave it empty to reward every check-in."
    )

    def _counts_streaks(self):
        return self.trigger == "activity" and self.activity_code == CHECK_IN and bool(self.streak)

    def _to_domain_rule(self, members, products):
        rule = super()._to_domain_rule(members, products)
        if not self._counts_streaks():
            return rule
        return replace(rule, streak_days=self.streak_days, streak_repeats=self.streak == "again")

    @api.depends("streak", "streak_days")
    def _compute_summary(self):
        return super()._compute_summary()

    def _summary_when(self):
        if self._counts_streaks() and self.streak == "once":
            yield self.env._("only on day %s in a row", self.streak_days)
        elif self._counts_streaks():
            yield self.env._("every %s days in a row", self.streak_days)
        yield from super()._summary_when()
