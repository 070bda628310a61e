"""Settings of what members do without buying."""

from odoo import api, fields, models
from odoo.tools import ormcache


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    profile_field_ids = fields.Many2many(
        "loyalty.profile.field",
        string="A Complete Profile Has",
        domain="['|', ('program_id', '=', False), ('program_id', '=', id)]",
        help="A member whose profile has all of these gets the points of the rules for a completed profile, once in a lifetime, "
        "wherever the last of them is filled in. Members who had all of them before get the points when one of them changes.",
    )

    @api.model
    @ormcache()
    def _profiles_wanted(self):
        """(kind, name) of the fields that complete a profile, by the id of each program that gives points for it."""
        # sudo: the same for whoever asks
        ids = [program_id for program_id, code in self.env["loyalty.earning.rule"]._rewarded() if code == "profile_completed"]
        programs = self.sudo().browse(ids).filtered("profile_field_ids")
        return {program.id: frozenset((f.kind, f.name) for f in program.profile_field_ids) for program in programs}

    @api.model
    def _profile_names(self, kind):
        """Names of the fields of this kind that any program waits for; nothing is asked of the database."""
        return {name for wanted in self._profiles_wanted().values() for of_kind, name in wanted if of_kind == kind}

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        if own := programs.filtered("member_properties_definition"):
            self.env["loyalty.profile.field"].sudo()._sync(own)  # sudo: a list that nobody edits
        if programs.filtered("profile_field_ids"):
            self.env.registry.clear_cache()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if "member_properties_definition" in vals:
            self.env["loyalty.profile.field"].sudo()._sync(self)  # sudo: as above
        if "profile_field_ids" in vals:
            self.env.registry.clear_cache()
        return result
