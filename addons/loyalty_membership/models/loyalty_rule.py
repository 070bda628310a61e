from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class LoyaltyRule(models.Model):
    _inherit = "loyalty.rule"

    @api.model
    @ormcache()
    def _top_up_product_ids(self):
        """The products that only turn money into a gift card or an e-wallet: few, and every order asks for them."""
        # sudo: the same for whoever asks.  A gift card stays one when its program has been archived meanwhile.
        rules = self.sudo().with_context(active_test=False)
        rules = rules.search([("program_id.program_type", "in", ("gift_card", "ewallet"))])
        return frozenset(rules.product_ids.ids)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if {"product_ids", "program_id"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

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
