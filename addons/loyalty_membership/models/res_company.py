from odoo import models
from odoo.exceptions import UserError, ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """A membership counts in its company's currency: what is booked can't follow a change, so none is made."""
        if currency := vals.get("currency_id"):
            changing = self.filtered(lambda company: company.currency_id.id != currency)
            # sudo: programs that the user may not see count all the same
            programs = self.env["loyalty.program"].sudo().with_context(active_test=False)
            programs = programs.search([("is_membership", "=", True), ("company_id", "in", changing.ids)])
            if changing and (program := programs._with_bookings()):
                raise UserError(
                    self.env._(
                        "The membership program %(program)s has purchases or points in %(currency)s: the currency of "
                        "%(company)s is fixed.",
                        program=program.display_name,
                        currency=program.currency_id.name,
                        company=program.company_id.display_name,
                    )
                )
        return super().write(vals)

    def _shares_tree(self, other):
        """Whether this company is the other one, above it or below it; none at all fits any."""
        return not self or not other or self in other.parent_ids or other in self.parent_ids

    def _refuse_outsider(self, record):
        """Refuse to join this company's membership with a record of an unrelated company."""
        if not self._shares_tree(record.company_id):
            raise ValidationError(
                self.env._(
                    "%(record)s belongs to %(other)s, the membership to %(company)s.",
                    record=record.display_name,
                    other=record.company_id.display_name,
                    company=self.display_name,
                )
            )
