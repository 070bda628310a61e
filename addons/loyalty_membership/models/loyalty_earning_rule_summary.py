from functools import reduce

from odoo import api, models
from odoo.tools import format_date, formatLang


class LoyaltyEarningRule(models.Model):
    """A rule as a sentence: what it gives, on what, when, and how much at most."""

    _inherit = "loyalty.earning.rule"

    @api.depends(
        "kind", "trigger", "activity_code", "points_mode", "points", "per_amount", "multiplier", "currency_id", "group",
        "product_domain", "category_ids.name", "tag_ids.name", "team_ids.name", "tier_ids.name", "member_domain",
        "weekdays.name", "hour_from", "hour_to", "date_from", "date_to", "min_amount", "birthday", "first_purchase",
        "cap_points", "cap_period", "budget_points",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            gives = rule._summary_gives()
            things = rule._summary_things()
            if things:
                gives = self.env._("%(gives)s on %(things)s", gives=gives, things=self._summary_names(things))
            parts = [gives, *rule._summary_who(), *rule._summary_when(), *rule._summary_limits()]
            rule.summary = reduce(rule._summary_clause, parts)

    def _summary_gives(self):
        if self.kind == "multiplier":
            return self.env._("Points x %s", self._summary_number(self.multiplier))
        points = self._summary_points(self.points)
        if self.trigger == "activity":
            activity = self._summary_activity()
            return self.env._("%(points)s for: %(activity)s", points=points, activity=activity) if activity else points
        if self.points_mode == "money":
            return self.env._("%(points)s per %(amount)s", points=points, amount=self._summary_money(self.per_amount))
        if self.points_mode == "unit" and self.per_amount == 1:
            return self.env._("%s per unit", points)
        if self.points_mode == "unit":
            return self.env._("%(points)s per %(number)s units", points=points, number=self._summary_number(self.per_amount))
        return self.env._("%s per purchase", points)

    def _summary_activity(self):
        labels = dict(self._fields["activity"]._description_selection(self.env))
        return labels.get(self.activity_code) or self.activity_code or ""

    def _summary_things(self):
        things = [*self.category_ids.mapped("name"), *self.tag_ids.mapped("name")]
        if (self.product_domain or "[]") != "[]":
            things.append(self.env._("chosen products"))
        return things

    def _summary_who(self):
        if self.team_ids:
            yield self.env._("in %s", self._summary_names(self.team_ids.mapped("name")))
        if self.tier_ids:
            yield self.env._("for %s", self._summary_names(self.tier_ids.mapped("name")))
        if (self.member_domain or "[]") != "[]":
            yield self.env._("for chosen members")
        if self.first_purchase:
            yield self.env._("first purchase only")

    def _summary_when(self):
        if self.birthday:
            yield self.env._("around the birthday (%s)", self._summary_label("birthday"))
        days = self._summary_names(self.weekdays.mapped("name"))
        hours = ""
        if self.hour_from or self.hour_to:
            hours = f"{self._summary_hour(self.hour_from)}-{self._summary_hour(self.hour_to or 24)}"
        if days or hours:
            yield " ".join(filter(None, (days, hours)))
        if self.date_from:
            yield self.env._("from %s", format_date(self.env, self.date_from))
        if self.date_to:
            yield self.env._("until %s", format_date(self.env, self.date_to))

    def _summary_limits(self):
        if self.min_amount:
            yield self.env._("for %s or more", self._summary_money(self.min_amount))
        if self.cap_points:
            number = self._summary_number(self.cap_points)
            yield self.env._("at most %(number)s %(period)s", number=number, period=self._summary_label("cap_period"))
        if self.budget_points:
            yield self.env._("until %s are given in all", self._summary_points(self.budget_points))
        if self.group:
            yield self.env._('best of "%s"', self.group)

    # ------------------------------------------------------------ words

    # Chinese parts clauses and names by different marks, and Odoo's exporter finds no term without a letter.
    def _summary_clause(self, clauses, clause):
        return self.env._("%(clauses)s, %(clause)s", clauses=clauses, clause=clause)

    def _summary_names(self, names):
        return reduce(lambda some, name: self.env._("%(names)s, %(name)s", names=some, name=name), names or [""])

    def _summary_label(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

    def _summary_points(self, points):
        number = self._summary_number(points)
        return self.env._("%s point", number) if points == 1 else self.env._("%s points", number)

    def _summary_number(self, number):
        digits = 0 if number == int(number) else 2
        return formatLang(self.env, number, digits=digits)

    def _summary_money(self, amount):
        currency = self.currency_id
        return f"{formatLang(self.env, amount, digits=currency.decimal_places)} {currency.name or ''}".strip()

    @staticmethod
    def _summary_hour(hour):
        minutes = round(hour * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
