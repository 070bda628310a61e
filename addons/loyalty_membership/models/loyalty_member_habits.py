"""What the statistics say of a member, on the member: to be searched, and told in a few words."""

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from .loyalty_tier_told import DOT


class LoyaltyMemberHabits(models.Model):
    _inherit = "loyalty.member"

    # Not stored: a million members are measured anew without a write on any of them.
    insight_ids = fields.One2many("loyalty.member.insight", "member_id", "Statistics", readonly=True)
    rfm_class = fields.Selection(related="insight_ids.rfm_class")
    recency_score = fields.Integer(related="insight_ids.recency_score")
    frequency_score = fields.Integer(related="insight_ids.frequency_score")
    monetary_score = fields.Integer(related="insight_ids.monetary_score")
    recency_days = fields.Integer(related="insight_ids.recency_days")
    last_bought_on = fields.Date("Last Bought On", related="insight_ids.last_on")
    period_purchases = fields.Integer(related="insight_ids.purchases")
    period_amount = fields.Monetary(related="insight_ids.amount")
    average_basket = fields.Monetary(related="insight_ids.average_basket")
    interval_days = fields.Float(related="insight_ids.interval_days")
    favourite_category_id = fields.Many2one(related="insight_ids.category_id")
    favourite_team_id = fields.Many2one(related="insight_ids.team_id")
    favourite_weekday_id = fields.Many2one(related="insight_ids.weekday_id")
    active_days = fields.Integer(related="insight_ids.active_days")
    reduced_share = fields.Float(related="insight_ids.reduced_share")
    points_earned_90 = fields.Float(related="insight_ids.points_earned")
    points_spent_90 = fields.Float(related="insight_ids.points_spent")

    habits_told = fields.Char("Habits", compute="_compute_habits_told")
    scores_told = fields.Char("Scores", compute="_compute_habits_told", help="Recency, frequency and money: 1 is low, 5 is high.")

    @api.depends("insight_ids")
    @api.depends_context("lang")
    def _compute_habits_told(self):
        for member in self:
            insights = member.sudo().insight_ids  # sudo: as the related fields
            insight = next(iter(insights), insights)  # no slice: all members' are read at once
            member.habits_told = DOT.join(member._habits(insight))
            member.scores_told = insight.rfm_class and self.env._(
                "R %(recency)s, F %(frequency)s, M %(money)s",
                recency=insight.recency_score, frequency=insight.frequency_score, money=insight.monetary_score,
            )  # fmt: skip

    @api.model
    def _habits(self, insight):
        """Yield what there is to tell, in a few words each."""
        if not insight.last_on:
            return
        if insight.interval_days:
            days = formatLang(self.env, insight.interval_days, digits=0 if insight.interval_days >= 10 else 1)
            yield self.env._("Buys every %s days", days)
        else:
            yield self.env._("Bought on one day only")
        if insight.weekday_id:
            yield self.env._("Mostly on %s", insight.weekday_id.name)
        if insight.team_id:
            yield self.env._("At %s", insight.team_id.name)
        if insight.category_id:
            yield self.env._("Likes %s", insight.category_id.name)

    def _close_for_good(self):
        # At once: what somebody was like is nothing to keep until the night.
        self.env["loyalty.member.insight"].search([("member_id", "in", self.ids)]).unlink()
        return super()._close_for_good()
