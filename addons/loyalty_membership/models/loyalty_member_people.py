"""Members from a list of people, as a shop keeps it: names and phones instead of Odoo's customers."""

from odoo import api, models
from odoo.exceptions import UserError

from .loyalty_member import KEPT, REPEATED


class LoyaltyMemberPeople(models.Model):
    _inherit = "loyalty.member"

    @api.model_create_multi
    def create(self, vals_list):
        """Rows with a name and no customer become the customer's members whom Odoo has, or a new customer's."""
        self._refuse_kept(vals_list)
        vals_list = self._with_programs(vals_list)
        people = [bool(vals.get("name") and not vals.get("partner_id")) for vals in vals_list]
        if not any(people):
            return super().create(vals_list)
        joined = iter(self._join_people([vals for vals, person in zip(vals_list, people, strict=True) if person]))
        others = iter(super().create([vals for vals, person in zip(vals_list, people, strict=True) if not person]))
        return self.browse(next(joined if person else others).id for person in people)

    def copy_data(self, default=None):
        """A copy is another person: nothing that was booked goes along."""
        return [
            {name: value for name, value in vals.items() if name not in KEPT | REPEATED} for vals in super().copy_data(default)
        ]

    @api.model
    def _with_programs(self, vals_list):
        if all(vals.get("program_id") for vals in vals_list):
            return vals_list
        default = self.env["loyalty.program"]._default_membership()
        return [dict(vals, program_id=vals.get("program_id") or default.id) for vals in vals_list]

    @api.model
    def _refuse_kept(self, vals_list):
        """Points and sums are refused rather than dropped: who imports a list believes that they have arrived."""
        for name in sorted({name for vals in vals_list for name in KEPT & vals.keys() if vals[name]}):
            raise UserError(
                self.env._(
                    "%s can't be given to a new member: points and sums are booked. Import the members as loyalty cards of "
                    "the program, with customer, points and number, to begin with points; or adjust the points afterwards.",
                    self._fields[name]._description_string(self.env),
                )
            )

    @api.model
    def _join_people(self, rows):
        """Make members of these people; the members, in the order of the rows."""
        members = {}
        for program in self.env["loyalty.program"].browse(dict.fromkeys(row["program_id"] for row in rows)):
            applicants = self._recognise(program, [row for row in rows if row["program_id"] == program.id])
            self._check_people(applicants)
            self._admit(program, applicants)
            members.update({id(applicant.row): applicant.person.member for applicant in applicants})
        return [members[id(row)] for row in rows]

    @api.model
    def _check_people(self, applicants):
        """Refuse who is a member already, or twice in the list, or can't be found again by what is told."""
        first = {}
        for applicant in applicants:
            row, member = applicant.row, applicant.person.member
            for name in {"phone", "email"} & row.keys() - {key.kind for key in applicant.keys}:
                if row[name]:
                    raise UserError(self._not_valid(name, row[name]))
            if member:
                # sudo: whoever enrols learns who is a member already, also in another store
                member.sudo()._refuse_barred(row["name"])
                raise UserError(self.env._("%s is a member of this program already.", member.sudo().display_name))
            if not applicant.is_new:
                self._refuse_twins(row["name"], first[applicant.person])
            first[applicant.person] = row["name"]
