"""Settings of what members do without buying."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
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

    referral_url = fields.Char(
        "Referral Link",
        help="Where friends join: the address of a shop's or mini program's page, with {code} where the member's referral code "
        "goes.",
    )
    referral_limit = fields.Integer(
        "Referrals Rewarded A Month",
        default=0,
        help="How many friends a month, in the program's time zone, give points to one member who brings them. Friends beyond "
        "that get theirs all the same. 0: no limit.",
    )

    _referral_limit_positive = models.Constraint("CHECK (referral_limit >= 0)", "The limit of referrals can't be negative.")

    @api.constrains("referral_url")
    def _check_referral_url(self):
        for program in self.filtered("referral_url"):
            if "{code}" not in program.referral_url or re.match(r"\s*(javascript|data):", program.referral_url, re.I):
                raise ValidationError(
                    self.env._(
                        "The referral link needs {code} where the code goes, e.g. https://shop.example.com/join?ref={code}"
                    )
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
