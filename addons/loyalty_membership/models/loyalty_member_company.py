"""What a member is joined with belongs to the same program, and to a company of the same tree."""

from odoo import api, models
from odoo.exceptions import ValidationError


class LoyaltyMemberCompany(models.Model):
    _inherit = "loyalty.member"

    @api.constrains("tier_id", "referrer_id")
    def _check_program(self):
        # sudo: a referrer may be a member of another store
        for member in self.sudo():
            for other in filter(None, (member.tier_id, member.referrer_id)):
                if other.program_id != member.program_id:
                    raise ValidationError(
                        self.env._(
                            "%(record)s belongs to the program %(other)s, the member %(member)s to %(program)s.",
                            record=other.display_name,
                            other=other.program_id.display_name,
                            member=member.display_name,
                            program=member.program_id.display_name,
                        )
                    )

    @api.constrains("team_id")
    def _check_store(self):
        # sudo: the store may be one of a company that the user doesn't see
        for member in self.sudo():
            member.company_id._refuse_outsider(member.team_id)
