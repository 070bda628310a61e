"""Points for days that come round: the birthday, and the day of joining."""

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..domain.expiry import celebrated_on

#: A day is still answered when the server was down on the day itself.
CATCH_UP_DAYS = 3
BATCH = 500
#: What a rule calls the occasion, and the date that it comes round from.
OCCASIONS = {"birthday": "birthdate", "anniversary": "joined_on"}
#: Activities that the program itself records, once an occasion.
GIVEN_BY_ITSELF = {"joined", "profile_completed", "referral", "referred", *OCCASIONS}


class LoyaltyMemberOccasions(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _cron_occasions(self):
        """Give the points of today's birthdays and anniversaries, once a year, in committed batches."""
        todo = [
            (chunk, code, year)
            for program in self.env["loyalty.program"].search([("is_membership", "=", True)])
            for code, year, members in self._celebrating(program)
            for chunk in split_every(BATCH, members.ids, self.browse)
        ]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(todo))
        for members, code, year in todo:
            self.env["loyalty.transaction"]._record_activity_once(members, code, str(year))
            if not cron._commit_progress(1):
                return

    @api.model
    def _celebrating(self, program):
        """Yield (activity, year, members) for the days that are due by the program's calendar."""
        wanted = set(program.earning_rule_ids.filtered(lambda r: r.trigger == "activity").mapped("activity_code"))
        for code in OCCASIONS.keys() & wanted:
            for days in range(CATCH_UP_DAYS):
                day = program._today() - timedelta(days=days)
                yield code, day.year, self.search(self._celebrates(program, OCCASIONS[code], day))

    @api.model
    def _celebrates(self, program, field, day):
        """Active members whose date comes round on ``day``; the day itself is no anniversary."""
        dates = Domain.OR(
            Domain(f"{field}.month_number", "=", month) & Domain(f"{field}.day_of_month", "=", day_of_month)
            for month, day_of_month in celebrated_on(day)
        )
        members = Domain("program_id", "=", program.id) & Domain("state", "=", "active")
        return members & Domain(field, "<", day.replace(month=1, day=1)) & dates
