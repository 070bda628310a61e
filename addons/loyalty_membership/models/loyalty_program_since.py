from odoo import api, fields, models


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    membership_since = fields.Datetime(
        compute="_compute_membership_since", store=True, copy=False,
        help="Orders from before neither earn points of this membership nor owe it any: an ordinary loyalty "
        "program, which this may have been until then, has settled them itself.",
    )  # fmt: skip

    @api.depends("is_membership")
    def _compute_membership_since(self):
        for program in self:
            program.membership_since = program.is_membership and (program.membership_since or fields.Datetime.now())
