from odoo import fields, models


class LoyaltyMemberState(models.Model):
    """Who is frozen or closed neither earns nor spends, nor earns afterwards for what was ordered meanwhile."""

    _inherit = "loyalty.member"

    earning_since = fields.Datetime(
        readonly=True, copy=False, help="When the member was last reactivated: orders confirmed before never earn."
    )

    def write(self, vals):
        back = self.filtered(lambda member: member.state != "active") if vals.get("state") == "active" else self.browse()
        result = super().write(vals)
        back.sudo().earning_since = fields.Datetime.now()  # sudo: nobody chooses this moment
        return result

    def _could_earn_at(self, moment):
        """Whether an order confirmed at ``moment`` is one of this member's.

        The day of joining counts as a whole: whoever orders and then joins at the same counter earns.
        """
        if self.earning_since:
            return moment >= self.earning_since
        program = self.program_id
        return program._local(moment).date() >= program._local(self.create_date).date()
