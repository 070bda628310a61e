from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.fields import Domain

from ..domain import expiry, order_due, points, rules, tiers


class LoyaltyProgram(models.Model):
    """What the settings of a program mean, in the words of ``domain``."""

    _inherit = "loyalty.program"

    @api.model
    def _for_company(self, company):
        """Return the active membership programs that ``company`` uses: its own, those of its parent companies and the
        shared ones, in their order.
        """
        return self._for_companies(company)[company]

    @api.model
    def _for_companies(self, companies):
        """Return {company: the programs that it uses}; one search for all of them."""
        # sudo: a branch uses its parents' programs, whoever asks
        families = {company: company.sudo().parent_ids.ids for company in [*companies] or [companies]}
        programs = self.search(
            Domain("is_membership", "=", True)
            & Domain("company_id", "in", [False, *{family for ids in families.values() for family in ids}])
        )
        return {
            company: programs.filtered_domain([("company_id", "in", [False, *family])]) for company, family in families.items()
        }

    def _terms(self, kept=None) -> order_due.Terms:
        """What orders are settled by.

        :param kept: the journal row of a purchase that keeps what was set in its time
        """
        self.ensure_one()
        said = kept or self
        return order_due.Terms(said.earn_on, "price_total" if said.amount_basis == "tax_included" else "price_subtotal")

    def _policy(self) -> rules.Policy:
        self.ensure_one()
        return rules.Policy(
            precision=Decimal(self.points_precision), rounding=self.points_rounding, multipliers=self.multiplier_policy
        )

    def _local(self, moment: datetime) -> datetime:
        """Return a naive UTC moment, as Odoo stores it, as a naive moment of the program's time zone."""
        self.ensure_one()
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.tz or "UTC")).replace(tzinfo=None)

    def _utc(self, moment: datetime) -> datetime:
        """Return a naive moment of the program's time zone as a naive UTC moment, as Odoo stores it."""
        self.ensure_one()
        return moment.replace(tzinfo=ZoneInfo(self.tz or "UTC")).astimezone(UTC).replace(tzinfo=None)

    def _today(self) -> date:
        return self._local(datetime.now(UTC).replace(tzinfo=None)).date()

    def _round_points(self, number: Decimal) -> Decimal:
        self.ensure_one()
        return points.quantize(number, self.points_precision, self.points_rounding)

    def _expires_on(self, available_on: date) -> date | None:
        """Return the last valid day of points that can be spent from ``available_on`` on; None: no end by their age."""
        self.ensure_one()
        return expiry.expires_on(self.expiry_policy, self.expiry_number, self.expiry_unit, self.expiry_round, available_on)

    def _ladder(self) -> tuple[tiers.Tier, ...]:
        """All tiers by which members are ranked; nobody reaches an archived one, and who is on it keeps its place."""
        return self.with_context(active_test=False)._domain_tiers()

    def _domain_tiers(self) -> tuple[tiers.Tier, ...]:
        self.ensure_one()
        # The digits are read from the column's own, so that a float's last bits never decide who has reached a tier.
        return tuple(tiers.Tier(tier.id, points.to_decimal(round(tier.threshold, 2)), tier.sequence) for tier in self.tier_ids)
