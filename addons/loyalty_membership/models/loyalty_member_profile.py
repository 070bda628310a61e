"""Profiles that are complete: noticed wherever the last field is filled in, and rewarded once in a lifetime."""

from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from .in_process import MOVED_IN, says

_TOGETHER = "loyalty_membership.profiles"


class LoyaltyMemberProfile(models.Model):
    _inherit = "loyalty.member"

    profile_missing = fields.Char(
        "Missing In The Profile", compute="_compute_profile_missing", compute_sudo=True,
        help="What the program asks of its members and this one has not told yet.",
    )  # fmt: skip

    @api.depends(
        "birthdate", "gender", "team_id", "properties", "program_id.profile_field_ids",
        *(f"partner_id.{name}" for name in ("phone", "email", "street", "city", "state_id", "zip", "country_id")),
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_profile_missing(self):
        missing = self._origin._profile_missing()
        for member in self:
            names = missing.get(member._origin.id, self.env["loyalty.profile.field"]).mapped("display_name")
            member.profile_missing = ", ".join(names)

    def _profile_missing(self):
        """What these members' profiles lack; dict member id -> fields.  One query a program."""
        result = {}
        for program, members in self.grouped("program_id").items():
            if wanted := program.profile_field_ids:
                self._flush_profiles(wanted)
                lacks = SQL(", ").join(SQL("CASE WHEN %s THEN NULL ELSE %s END", f._is_filled(), f.id) for f in wanted)
                for member_id, ids in self.env.execute_query(SQL(
                    """SELECT m.id, ARRAY_REMOVE(ARRAY[%s]::int[], NULL)
                         FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id JOIN res_partner p ON p.id = c.partner_id
                        WHERE m.id = ANY(%s)""", lacks, list(members.ids),
                )):  # fmt: skip
                    result[member_id] = wanted.browse(ids)
        return result

    @api.model
    def _flush_profiles(self, wanted):
        own = {"properties"} if "own" in wanted.mapped("kind") else set()
        names = {kind: set(group.mapped("name")) for kind, group in wanted.grouped("kind").items()}
        self.env["loyalty.member"].flush_model([*names.get("member", ()), *own, "card_id"])
        self.env["res.partner"].flush_model(names.get("contact", ()))
        self.env["loyalty.card"].flush_model(["partner_id"])

    # ------------------------------------------------------------------
    # Every door
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        programs = self.env["loyalty.program"]
        if programs._profiles_wanted() and vals.keys() & {*programs._profile_names("member"), "properties", "state", "active"}:
            self._complete_profiles()
        return result

    def _after_create(self):
        result = super()._after_create()
        self._complete_profiles()
        return result

    @api.model
    def _admit(self, program, applicants):
        with self._profiles_together():
            return super()._admit(program, applicants)

    def _merge_into(self, target, *args, **kwargs):
        """What either of them got is known to both only when they are one."""
        with self._profiles_together():
            return super()._merge_into(target, *args, **kwargs)

    @contextmanager
    def _profiles_together(self):
        """Look at the profiles of all who are written meanwhile once, at the end."""
        data = self.env.cr.precommit.data
        if _TOGETHER in data:
            yield
            return
        data[_TOGETHER] = set()
        try:
            yield
        finally:
            ids = data.pop(_TOGETHER, ())
        self.browse(ids)._complete_profiles()

    def _complete_profiles(self):
        """Give those of these members whose profile is complete the points for it, once in a lifetime."""
        wanted = self.env["loyalty.program"]._profiles_wanted()
        if not wanted or not self or says(self.env, MOVED_IN):
            return
        if (together := self.env.cr.precommit.data.get(_TOGETHER)) is not None:
            together.update(self.ids)
            return
        # sudo: the points are the program's, whoever fills in the last field
        members = self.sudo().filtered(lambda m: m.program_id.id in wanted and m.state == "active" and m.active)
        missing = members._profile_missing()
        complete = members.filtered(lambda member: member.id in missing and not missing[member.id])
        self.env["loyalty.transaction"].sudo()._record_activity_once(complete, "profile_completed")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        programs = self.env["loyalty.program"]
        if programs._profiles_wanted() and vals.keys() & programs._profile_names("contact"):
            # sudo: whoever may change the contact fills in the profile
            self.env["loyalty.member"].sudo().search([("partner_id", "in", self.ids)])._complete_profiles()
        return result
