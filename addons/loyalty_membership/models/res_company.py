from odoo import models
from odoo.exceptions import UserError


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
