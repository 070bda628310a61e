"""Nobody serves themselves: which members the user is, and the refusal at every door that is worked by hand."""

from odoo import api, models
from odoo.exceptions import UserError


class LoyaltyMemberOneself(models.Model):
    _inherit = "loyalty.member"

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        placed = [bool(vals.get("tier_id") or vals.get("tier_manual_until")) for vals in vals_list]
        self.browse(member.id for member, is_placed in zip(members, placed, strict=True) if is_placed)._check_not_oneself()
        return members

    @api.model
    def _of_user(self, user, programs):
        """The members of these programs who are this user: by the contact, its company, or a phone or e-mail of the user's."""
        # sudo: who is who is one list for all stores
        everyone, partner = self.sudo().with_context(active_test=False), user.sudo().partner_id
        own = everyone.search([
            ("program_id", "in", programs.ids), ("partner_id", "in", (partner | partner.commercial_partner_id).ids),
        ])  # fmt: skip
        for program in programs.sudo():
            own |= self._known_as(program, partner, user.login)
        return (own | own.merged_into_id).with_env(self.env)

    @api.model
    def _known_as(self, program, partner, login):
        """The members of a program who are known by the phone or e-mail of a customer, or by the login."""
        identities = self.env["loyalty.member.identity"].sudo()
        keys = {*identities._contact_keys(program, partner), *identities._contact_keys(program, partner, email=login)}
        found = [
            member
            for kind in {key.kind for key in keys}
            for member in identities._find(program, kind, [key.value for key in keys if key.kind == kind]).values()
        ]
        return self.env[self._name].sudo().union(*found)

    def _check_not_oneself(self):
        """Refuse members who are the user: what is done for them by hand is a colleague's to do.

        The system is nobody's colleague, nor is another system that comes by the API.
        """
        if not self or self.env.su or self._is_other_system():
            return
        programs = self.sudo().program_id  # sudo: which members are the user's is asked of whomever they name
        for member in self._origin & self._of_user(self.env.user, programs):
            raise UserError(self.env._(
                "%s is you, and nobody serves themselves: ask a colleague to do this. If nobody else may, an administrator "
                "can give somebody the right.", member.sudo().display_name,  # sudo: one's own name
            ))  # fmt: skip

    @api.model
    def _is_other_system(self):
        user = self.env.user
        return user.has_group("loyalty_membership.group_api") and not user.has_group("loyalty_membership.group_store")
