"""How many days ago, or ahead, in the days of each program: to be asked for as plain numbers in filters."""

from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: Field -> the column that it counts from, and whether the days have passed (1) or are to come (-1).
COUNTED = {"days_silent": ("last_purchase_at", 1), "days_joined": ("joined_on", 1), "days_to_expiry": ("next_expiry_date", -1)}


class LoyaltyMemberDays(models.Model):
    _inherit = "loyalty.member"

    days_silent = fields.Integer(
        "Days Without A Purchase", compute="_compute_days", search="_search_days_silent",
        help="Since the last purchase, as of now. Who never bought has none.",
    )  # fmt: skip
    days_joined = fields.Integer("Days Since Joining", compute="_compute_days", search="_search_days_joined")
    days_to_expiry = fields.Integer(
        "Days Until Points Expire", compute="_compute_days", search="_search_days_to_expiry", help="Until the next points end."
    )

    @api.depends(*(column for column, _sign in COUNTED.values()), "program_id.tz")
    def _compute_days(self):
        # sudo: a time zone tells nothing
        days = {program: (program._today(), program._local) for program in self.sudo().program_id}
        for member in self:
            today, local = days.get(member.sudo().program_id, (fields.Date.today(), lambda moment: moment))
            for name, (column, sign) in COUNTED.items():
                value = member[column]
                day = local(value).date() if isinstance(value, datetime) else value
                member[name] = day and sign * (today - day).days

    @api.model
    def _search_days_silent(self, operator, value):
        return self._search_days("days_silent", operator, value)

    @api.model
    def _search_days_joined(self, operator, value):
        return self._search_days("days_joined", operator, value)

    @api.model
    def _search_days_to_expiry(self, operator, value):
        return self._search_days("days_to_expiry", operator, value)

    @api.model
    def _search_days(self, name, operator, value):
        """By the column itself, for which there is an index; each program has a today of its own."""
        column, sign = COUNTED[name]
        if operator == "in":
            unset = Domain(column, "=", False) if False in value else Domain.FALSE
            return unset | Domain.OR(
                self._between_days(column, sign, days, days + 1) for days in value if days is not False
            )  # fmt: skip
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        whole = value + (operator in ("<=", ">"))
        return self._between_days(column, sign, *((None, whole) if operator[0] == "<" else (whole, None)))

    @api.model
    def _between_days(self, column, sign, least, end):
        """Members for whom it is at least so many days, and less than ``end``."""
        # sudo: the days of members are asked for, not the settings of their programs
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False).search([("is_membership", "=", True)])
        return Domain.OR(
            Domain("program_id", "=", program.id) & self._days_domain(program, column, sign, least, end) for program in programs
        )  # fmt: skip

    @api.model
    def _days_domain(self, program, column, sign, least, end):
        today, day = program._today(), timedelta(days=1)
        first, last = (number is not None and today - sign * number * day for number in (least, end))
        if sign > 0:  # the more days ago, the earlier
            first, last = (bound and bound + day for bound in (last, first))
        if self._fields[column].type == "datetime":
            first, last = (bound and program._utc(datetime.combine(bound, time())) for bound in (first, last))
        domain = Domain(column, "!=", False)
        if first:
            domain &= Domain(column, ">=", first)
        if last:
            domain &= Domain(column, "<", last)
        return domain
