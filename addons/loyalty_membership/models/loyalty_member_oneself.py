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
        return self._of_users(user, programs)[user]

    @api.model
    def _of_users(self, users, programs):
        """The members of these programs who are these users; dict user -> members. As many queries for many users as for one."""
        # sudo: who is who is one list for all stores
        everyone, users = self.browse().sudo().with_context(active_test=False), users.sudo()
        partners = users.partner_id | users.partner_id.commercial_partner_id
        by_partner = everyone.search([("program_id", "in", programs.ids), ("partner_id", "in", partners.ids)]).grouped(
            "partner_id"
        )
        own = {}
        for user in users:
            contacts = user.partner_id | user.partner_id.commercial_partner_id
            own[user] = everyone.union(*(by_partner.get(contact, everyone) for contact in contacts))
        for program in programs.sudo():
            for user, members in self._known_as(program, users).items():
                own[user] |= members
        return {user: (members | members.merged_into_id).with_env(self.env) for user, members in own.items()}

    @api.model
    def _known_as(self, program, users):
        """The members of a program who are known by the phone or e-mail of these users' contacts, or by a login."""
        identities, everyone = self.env["loyalty.member.identity"].sudo(), self.browse().sudo()
        keys = {
            user: {
                *identities._contact_keys(program, user.partner_id),
                *identities._contact_keys(program, user.partner_id, email=user.login),
            }
            for user in users
        }
        wanted = set().union(*keys.values())
        found = {
            (kind, value): member
            for kind in {key.kind for key in wanted}
            for value, member in identities._find(program, kind, [key.value for key in wanted if key.kind == kind]).items()
        }
        return {
            user: everyone.union(*(found.get((key.kind, key.value), everyone) for key in named)) for user, named in keys.items()
        }

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
