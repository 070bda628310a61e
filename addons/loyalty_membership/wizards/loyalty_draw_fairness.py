from fractions import Fraction

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..domain import chi_square
from ..domain import draw as lots

#: Chance alone brings what is rarer than one in twenty, or one in a hundred; percent.
NOTABLE, ALARMING = 5, 1
#: No smaller p is told as a number.
SMALLEST = 0.0001


class LoyaltyDrawFairness(models.TransientModel):
    """Stated against actual odds: whether a draw gave what it said.

    Each draw is expected to bring what the odds in force at its moment said, so a prize that was out of stock for half of
    the time is expected half as often.  Where odds have changed within the period, the test is a little cautious: it then
    expects somewhat more chance than there was.
    """

    _name = "loyalty.draw.fairness"
    _description = "Stated Against Actual Odds"
    _rec_name = "draw_id"

    draw_id = fields.Many2one("loyalty.draw", required=True, default=lambda self: self.env["loyalty.draw"].search([], limit=1))
    date_from = fields.Date("First Day", help="In the program's time zone. Empty: from the beginning.")
    date_to = fields.Date("Last Day", help="In the program's time zone. Empty: until now.")
    line_ids = fields.One2many("loyalty.draw.fairness.line", "report_id", compute="_compute_lines", store=True)
    draws = fields.Integer(compute="_compute_lines", store=True)
    statistic = fields.Float("Chi-Square", compute="_compute_lines", store=True, digits=(16, 4))
    freedom = fields.Integer("Degrees Of Freedom", compute="_compute_lines", store=True)
    p_value = fields.Float("p", compute="_compute_lines", store=True, digits=(16, 6))
    told = fields.Boolean(compute="_compute_lines", store=True)
    verdict = fields.Text(compute="_compute_verdict")
    alarm = fields.Selection(
        [("none", "Nothing to tell"), ("fine", "Fine"), ("notable", "Notable"), ("alarming", "Alarming")],
        compute="_compute_verdict",
    )

    @api.depends("draw_id", "date_from", "date_to")
    def _compute_lines(self):
        for report in self:
            counted = report._count()
            stated, actual = lots.expected((odds, draws) for odds, _prize, draws in counted), {}
            for _odds, prize, draws in counted:
                actual[prize] = actual.get(prize, 0) + draws
            fit = chi_square.fit([(actual.get(prize, 0), expected) for prize, expected in stated.items()])
            report.draws = sum(actual.values())
            report.statistic, report.freedom = float(fit.statistic), fit.freedom
            report.told, report.p_value = fit.p is not None, fit.p or 0
            report.line_ids = [Command.clear()] + [
                Command.create(report._line(prize, expected, actual.get(prize, 0))) for prize, expected in stated.items()
            ]

    def _line(self, prize, expected, actual):
        return {
            "prize_id": prize,
            "stated": float(100 * expected / self.draws),
            "expected": float(expected),
            "actual": actual,
            "share": float(Fraction(100 * actual, self.draws)),
            "difference": float(actual - expected),
        }

    def _count(self):
        """How often which prize was won by which odds: (odds as spelt, prize id, number), by PostgreSQL."""
        self.ensure_one()
        if not self.draw_id:
            return []
        # Who may read the draw may know what it gave in all; no member is told.
        self.draw_id.check_access("read")
        period = [("draw_id", "=", self.draw_id.id)]
        period += [("day", ">=", self.date_from)] if self.date_from else []
        period += [("day", "<=", self.date_to)] if self.date_to else []
        # sudo: as above
        query = self.env["loyalty.draw.result"].sudo()._search(period)
        return self.env.execute_query(SQL(
            "SELECT odds, prize_id, COUNT(*) FROM loyalty_draw_result WHERE id IN %s GROUP BY odds, prize_id ORDER BY prize_id",
            query.subselect(),
        ))  # fmt: skip

    @api.depends("told", "p_value", "draws")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for report in self:
            report.alarm, report.verdict = report._judge()

    def _judge(self):
        self.ensure_one()
        if not self.told:
            return "none", self.env._("Too few draws to tell: at least two prizes must be expected five times.")
        p = f"p = {self.p_value:.2g}" if self.p_value >= SMALLEST else f"p < {SMALLEST}"
        if 100 * self.p_value >= NOTABLE:
            return "fine", self.env._("%(p)s: what chance alone brings.", p=p)
        if 100 * self.p_value >= ALARMING:
            return "notable", self.env._(
                "%(p)s: unusual, yet chance alone brings it in one of twenty draws. Look again in some days.",
                p=p,
            )  # fmt: skip
        return "alarming", self.env._(
            "%(p)s: chance alone hardly brings this. Compare the odds that were stated with the results.",
            p=p,
        )  # fmt: skip

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_draw_fairness_line")
        return dict(action, domain=[("report_id", "=", self.id)], display_name=self.draw_id.display_name)


class LoyaltyDrawFairnessLine(models.TransientModel):
    _name = "loyalty.draw.fairness.line"
    _description = "Stated Against Actual Odds Of A Prize"
    _order = "stated desc, id"
    _rec_name = "prize_id"

    report_id = fields.Many2one("loyalty.draw.fairness", ondelete="cascade")
    prize_id = fields.Many2one("loyalty.draw.prize")
    stated = fields.Float("Stated %", digits=(16, 4), aggregator="avg")
    expected = fields.Float(digits=(16, 4))
    actual = fields.Integer()
    share = fields.Float("Actual %", digits=(16, 4), aggregator="avg")
    difference = fields.Float(digits=(16, 4))
