"""What a journey brought, for its screen: figures of who went through it and of the control group, and what they mean."""

from odoo import api, fields, models
from odoo.tools import formatLang

from ..domain import uplift

GROUPS = "loyalty_membership.group_marketing,loyalty_membership.group_manager"


def _figure(cls, *args, **kwargs):
    """A field of results: for those who see all members, as the figures are those of all."""
    return cls(*args, compute="_compute_results", groups=GROUPS, **kwargs)


class LoyaltyJourneyResults(models.Model):
    _inherit = "loyalty.journey"

    result_step_ids = fields.One2many("loyalty.journey.step", "journey_id", "Results Of Steps", readonly=True, copy=False)
    result_members = _figure(fields.Integer, "Audience", help="Members it was for, control group included.")
    result_done = _figure(fields.Integer, "Members Done", help="Members who came to the end, or for whom a condition ended it.")
    treated_members = _figure(
        fields.Integer, "Members Treated", help="Members for whom it has begun, whatever became of its steps."
    )
    treated_buyers = _figure(fields.Integer, "Buyers")
    treated_rate = _figure(fields.Float, "Bought (%)", digits=(16, 4))
    treated_purchases = _figure(fields.Integer, "Number Of Purchases")
    treated_revenue = _figure(fields.Monetary, "Revenue")
    treated_mean = _figure(fields.Monetary, "Revenue A Member")
    control_members = _figure(fields.Integer, "Members In The Control Group")
    control_buyers = _figure(fields.Integer, "Buyers In The Control Group")
    control_rate = _figure(fields.Float, "Bought In The Control Group (%)", digits=(16, 4))
    control_purchases = _figure(fields.Integer, "Number Of Purchases Of The Control Group")
    control_revenue = _figure(fields.Monetary, "Revenue Of The Control Group")
    control_mean = _figure(fields.Monetary, "Revenue A Member Of The Control Group")
    result_verdict = _figure(
        fields.Selection,
        [
            ("none", "Not counted yet"),
            ("alone", "No control group"),
            ("small", "Too few members to tell"),
            ("unknown", "Can't be told"),
            ("more", "More"),
            ("less", "Less"),
        ],
        "What It Brought",
    )
    buyers_told = _figure(fields.Char, "Buyers It Brought")
    revenue_told = _figure(fields.Char, "Revenue It Brought")

    @api.depends("figures", "attribution_days")
    @api.depends_context("lang")
    def _compute_results(self):
        for journey in self:
            figures = journey.figures or {}
            groups = {name: journey._group(figures.get(name, {})) for name in ("treated", "control")}
            journey.result_members = sum(some.get("members", 0) for some in figures.values())
            journey.result_done = figures.get("treated", {}).get("done", 0)
            for name, group in groups.items():
                journey[f"{name}_members"] = group.members
                journey[f"{name}_buyers"] = group.buyers
                journey[f"{name}_rate"] = group.rate
                journey[f"{name}_purchases"] = figures.get(name, {}).get("purchases", 0)
                journey[f"{name}_revenue"] = group.revenue
                journey[f"{name}_mean"] = group.mean
            journey._tell_results(groups["treated"], groups["control"])

    @api.model
    def _group(self, figures):
        return uplift.Group(*(figures.get(name, 0) for name in ("counted", "buyers", "revenue", "squares", "cubes")))

    def _tell_results(self, treated, control):
        """Set the verdict and its sentences: one of buyers, one of revenue."""
        self.buyers_told = self.revenue_told = False
        if not treated.members + control.members:
            self.result_verdict = "none"
            return
        if not control.members:
            self.result_verdict = "alone"
            return
        buyers, revenue = uplift.buyers(treated, control), uplift.revenue(treated, control)
        self.result_verdict = self._verdict(buyers.verdict, revenue.verdict)
        self.buyers_told = self._tell_buyers(treated, control, buyers)
        self.revenue_told = self._tell_revenue(treated, control, revenue)

    @api.model
    def _verdict(self, *verdicts):
        """The one of buyers and of revenue that says something; of opposite ones, neither."""
        told = set(verdicts) & {"more", "less"}
        if len(told) == 1:
            return told.pop()
        return "unknown" if told or "unknown" in verdicts else "small"

    def _tell_buyers(self, treated, control, gain):
        shares = {"control": self._number(100 * control.rate, 1), "treated": self._number(100 * treated.rate, 1)}
        bought = self.env._(
            "In the control group %(control)s%% bought, of those who went through it %(treated)s%%:", **shares
        )  # fmt: skip
        if gain.verdict == "small":
            return self.env._("%s these are too few members, or too few buyers, to tell whether that is chance.", bought)
        each = self._bounds(gain, 100, 1)
        if gain.verdict == "unknown":
            return self.env._(
                "%(bought)s a difference that can be chance (between %(low)s and %(high)s points).", bought=bought, **each
            )
        # A share that is less is told as so much less: its bounds change places.
        if gain.verdict == "less":
            return self.env._(
                "%(bought)s %(gain)s points less (%(low)s to %(high)s). That is about %(buyers)s buyers less.",
                bought=bought, buyers=self._number(-gain.total.estimate, 0), **self._bounds(gain, -100, 1),
            )  # fmt: skip
        return self.env._(
            "%(bought)s %(gain)s points more (%(low)s to %(high)s). That is about %(buyers)s buyers more.",
            bought=bought, buyers=self._number(gain.total.estimate, 0), **each,
        )  # fmt: skip

    def _tell_revenue(self, treated, control, gain):
        spent = self.env._(
            "In the control group a member spent %(control)s, of those who went through it %(treated)s:",
            control=self._money(control.mean), treated=self._money(treated.mean),
        )  # fmt: skip
        if gain.verdict == "small":
            return self.env._("%s so few members differ as much by chance, since a few of them spend much.", spent)
        if gain.verdict == "unknown":
            return self.env._(
                "%(spent)s a difference that can be chance (between %(low)s and %(high)s).", spent=spent, **self._bounds(gain, 1)
            )
        sign = -1 if gain.verdict == "less" else 1
        values = {"spent": spent, "total": self._money(sign * gain.total.estimate, "units"), **self._bounds(gain, sign)}
        if gain.verdict == "less":
            return self.env._("%(spent)s %(gain)s less (%(low)s to %(high)s). That is about %(total)s less.", **values)
        return self.env._("%(spent)s %(gain)s more (%(low)s to %(high)s). That is about %(total)s more.", **values)

    def _bounds(self, gain, factor, digits=None):
        """The difference a member and its bounds as text, times a factor; money where there are no digits."""
        each = gain.each.times(factor)
        low, high = sorted((each.low, each.high))
        numbers = {"gain": each.estimate, "low": low, "high": high}
        return {name: self._money(n) if digits is None else self._number(n, digits) for name, n in numbers.items()}

    def _number(self, number, digits):
        return formatLang(self.env, round(number, digits) + 0.0, digits=digits)  # + 0: no minus before nothing

    def _money(self, amount, unit="decimals"):
        currency = self.currency_id
        amount = (currency.round(amount) if unit == "decimals" else round(amount)) + 0.0
        return formatLang(self.env, amount, currency_obj=currency, rounding_unit=unit)
