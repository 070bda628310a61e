"""Which activities give points at all: what happens for no rule is asked of a cache, and of nobody else."""

from odoo import api, models
from odoo.tools import ormcache


class LoyaltyEarningRuleRewarded(models.Model):
    _inherit = "loyalty.earning.rule"

    @api.model
    @ormcache()
    def _rewarded(self):
        """(program id, activity code) of all active rules that give points for an activity."""
        # sudo: the same for whoever asks
        rules = self.sudo().search([("trigger", "=", "activity"), ("kind", "=", "base")])
        return frozenset((rule.program_id.id, rule.activity_code) for rule in rules)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if {"active", "program_id", "trigger", "kind", "activity_code"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
