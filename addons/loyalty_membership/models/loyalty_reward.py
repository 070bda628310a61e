from odoo import models


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    def write(self, vals):
        """Archive or restore rewards of memberships for whoever may configure them.

        The product of the line on the order goes with its reward, and installed apps look at more of it (e.g. at bills of
        material) than an administrator of memberships may read.
        """
        if vals.keys() == {"active"} and all(program.is_membership for program in self.program_id):
            self.check_access("write")
            return super(LoyaltyReward, self.sudo()).write(vals)  # sudo: asked above
        return super().write(vals)
