from odoo import fields, models

from .in_process import REWARDS_STAY, says


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    def write(self, vals):
        """Archive or restore programs; Odoo does so with all their rewards, too.

        Of a membership, a reward is archived on purpose: points are no money, or it pays for an item of the catalogue alone.
        """
        if "active" not in vals:
            return super().write(vals)
        if not vals["active"]:
            leaving = self.filtered(lambda program: program.is_membership and program.active)
            for reward in leaving.with_context(active_test=False).reward_ids:
                reward.stays_archived = not reward.active
        return super(LoyaltyProgram, self.with_context(**REWARDS_STAY)).write(vals)


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    stays_archived = fields.Boolean(readonly=True, copy=False, help="It was archived before its program was.")

    def write(self, vals):
        """Archive or restore rewards of memberships for whoever may configure them.

        The product of the line on the order goes with its reward, and installed apps look at more of it (e.g. at bills of
        material) than an administrator of memberships may read.
        """
        if says(self.env, REWARDS_STAY) and "active" in vals:
            self = self.filtered(lambda reward: not reward.stays_archived)
        if vals.keys() == {"active"} and all(program.is_membership for program in self.program_id):
            self.check_access("write")
            return super(LoyaltyReward, self.sudo()).write(vals)  # sudo: asked above
        return super().write(vals)
