from odoo import api, models


class ResLang(models.Model):
    _inherit = "res.lang"

    @api.model_create_multi
    def create(self, vals_list):
        languages = super().create(vals_list)
        languages.filtered("active")._name_point_rewards()
        return languages

    def write(self, vals):
        added = self.filtered(lambda language: vals.get("active") and not language.active)
        result = super().write(vals)
        added._name_point_rewards()
        return result

    def _name_point_rewards(self):
        """Programs made before this language came get its name of "points as money", on orders, too."""
        if self:
            # sudo: whoever may add a language names what the addon itself named
            programs = self.env["loyalty.program"].sudo().with_context(active_test=False)
            programs.search([("is_membership", "=", True)])._translate_point_reward()
