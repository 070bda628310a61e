from odoo import api, models
from odoo.exceptions import ValidationError


class LoyaltyRule(models.Model):
    _inherit = "loyalty.rule"

    @api.constrains("program_id")
    def _check_no_membership(self):
        program = self.program_id.filtered("is_membership")[:1]
        if program:
            raise ValidationError(
                self.env._(
                    "%s is a membership program: its points come from earning rules, and a conditional rule would give "
                    "them twice. Configure it in the app Membership.",
                    program.display_name,
                )
            )
