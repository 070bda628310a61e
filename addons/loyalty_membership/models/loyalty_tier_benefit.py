from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain.expiry import celebrated_on

_BATCH = 500

#: A birthday is still answered when the server was down on the day itself.
_BIRTHDAY_CATCH_UP_DAYS = 3


class LoyaltyTierBenefit(models.Model):
    """What a tier brings. Coupons are given by themselves, once for each occasion (see ``loyalty.tier.benefit.grant``)."""

    _name = "loyalty.tier.benefit"
    _description = "Tier Benefit"
    _order = "tier_id, sequence, id"

    tier_id = fields.Many2one("loyalty.tier", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="tier_id.program_id")
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, help='What members read, e.g. "A coupon of 50 on your birthday".')
    kind = fields.Selection(
        [
            ("text", "Something staff or members read"),
            ("coupon_entry", "A coupon on reaching the tier"),
            ("coupon_monthly", "A coupon every month"),
            ("coupon_birthday", "A coupon on the birthday"),
        ],
        required=True,
        default="text",
        help="Coupons are given by themselves, once per occasion. Anything else is text that members and staff read.",
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        string="Coupon",
        domain=[("program_type", "in", ("coupons", "next_order_coupons"))],
        ondelete="restrict",
        index="btree_not_null",
        help="The coupon program whose coupons members get.",
    )
    valid_days = fields.Integer(
        string="Valid For (Days)", help="The coupon ends this many days after it was given. 0: it does not end."
    )
    grant_ids = fields.One2many("loyalty.tier.benefit.grant", "benefit_id")

    _coupon_needed = models.Constraint(
        "CHECK (kind = 'text' OR coupon_program_id IS NOT NULL)", "Choose the coupon that this benefit gives."
    )
    _valid_days_positive = models.Constraint("CHECK (valid_days >= 0)", "A coupon can't be valid for fewer than 0 days.")

    @api.constrains("coupon_program_id")
    def _check_coupon_program(self):
        for benefit in self.filtered("coupon_program_id"):
            if benefit.coupon_program_id.program_type not in ("coupons", "next_order_coupons"):
                raise ValidationError(
                    self.env._(
                        "The benefit %(benefit)s gives %(program)s, which is not a coupon program.",
                        benefit=benefit.name,
                        program=benefit.coupon_program_id.display_name,
                    )
                )

    # ------------------------------------------------------------ giving

    def _issue(self, members, occasion, kind="coupon_entry"):
        """Give ``members`` the coupons of those of these benefits that are of ``kind``; return the new grants.

        Exactly once for each (member, benefit, ``occasion``), however often and from however many processes it is called.
        """
        # sudo: the tier gives the coupon, whoever's action moved the member there
        grants = self.env["loyalty.tier.benefit.grant"].sudo()
        return grants._claim(self.filtered(lambda benefit: benefit.kind == kind), members, occasion)._give()

    def _grants_of(self, members, occasion):
        # sudo: as in _issue
        return self.env["loyalty.tier.benefit.grant"].sudo().search([
            ("benefit_id", "=", self.id), ("occasion", "=", occasion), ("member_id", "in", members.ids),
        ])  # fmt: skip

    @api.model
    def _cron_issue(self):
        """Give this month's coupons and those of today's birthdays, in committed batches; can stop anywhere."""
        benefits = self.search([
            ("kind", "in", ("coupon_monthly", "coupon_birthday")),
            ("tier_id.active", "=", True),
            ("tier_id.program_id.active", "=", True),
            ("coupon_program_id.active", "=", True),
        ])
        todo = [(benefit, *occasion) for benefit in benefits for occasion in benefit._occasions()]
        member = self.env["loyalty.member"]
        total = sum(member.search_count(benefit._waiting(*occasion)) for benefit, *occasion in todo)
        time_left = self.env["ir.cron"]._commit_progress(remaining=total)
        for benefit, *occasion in todo:
            while time_left and (members := member.search(benefit._waiting(*occasion), limit=_BATCH, order="id")):
                benefit._issue(members, occasion[0], benefit.kind)
                time_left = self.env["ir.cron"]._commit_progress(len(members))

    def _occasions(self):
        """Yield the occasions of a benefit that are due by its program's calendar, each with the members that have it."""
        self.ensure_one()
        today = self.program_id._today()
        if self.kind == "coupon_monthly":
            yield f"{today:%Y-%m}", Domain.TRUE
            return
        for days in range(_BIRTHDAY_CATCH_UP_DAYS):
            day = today - timedelta(days=days)
            for month, day_of_month in celebrated_on(day):
                yield (
                    f"birthday {day.year}",
                    Domain("birthdate.month_number", "=", month) & Domain("birthdate.day_of_month", "=", day_of_month),
                )

    def _waiting(self, occasion, domain):
        """Return the domain of the active members who have not got this benefit for ``occasion`` yet."""
        self.ensure_one()
        given = SQL("SELECT member_id FROM loyalty_tier_benefit_grant WHERE benefit_id = %s AND occasion = %s", self.id, occasion)
        return Domain("tier_id", "=", self.tier_id.id) & Domain("state", "=", "active") & Domain("id", "not in", given) & domain
