from odoo import models

from ..domain.points import to_decimal
from ..domain.rules import Rule


class LoyaltyEarningRule(models.Model):
    _inherit = "loyalty.earning.rule"

    def _to_domain(self, members, products) -> tuple[Rule, ...]:
        """Return these rules as ``domain.rules`` evaluates them for purchases of ``members`` with ``products``.

        Domains are evaluated for these records only. Rules without any read nothing but their own rows.
        """
        return tuple(rule._to_domain_rule(members, products) for rule in self)

    def _to_domain_rule(self, members, products):
        filters = {name: frozenset(values) for name, values in (self.filters or {}).items()}
        start, end = to_decimal(self.hour_from), to_decimal(self.hour_to)
        return Rule(
            id=self.id,
            name=self.name,
            kind=self.kind,
            sequence=self.sequence,
            points_mode=self.points_mode,
            points=to_decimal(self.points),
            per_amount=to_decimal(self.per_amount),
            multiplier=to_decimal(self.multiplier),
            group=self._group(),
            product_ids=self._matching("product_domain", products),
            member_ids=self._matching("member_domain", members),
            # No hours at all is the whole day; from 18:00 to 0:00 is the evening, until midnight.
            hour_from=start if start or end else None,
            hour_to=end or None,
            date_from=self.date_from or None,
            date_to=self.date_to or None,
            min_amount=to_decimal(self.min_amount),
            birthday=self.birthday or None,
            first_purchase=self.first_purchase,
            cap_points=to_decimal(self.cap_points),
            cap_period=self.cap_period or "day",
            budget_points=to_decimal(self.budget_points),
            qualifying=self.qualifying,
            **filters,
        )

    def _group(self):
        return (self.group or "").strip() or None

    def _matching(self, name, records):
        """Return the ids of the records that a filter lets pass; None when it lets everything pass."""
        domain = self._filter_domain(name)
        return None if domain.is_true() else frozenset(records.filtered_domain(domain).ids)
