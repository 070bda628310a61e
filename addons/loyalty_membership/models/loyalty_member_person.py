"""One person, one member: who may join, who may come back."""

from odoo import api, models
from odoo.exceptions import UserError


class LoyaltyMemberPerson(models.Model):
    _inherit = "loyalty.member"

    def write(self, vals):
        returning = vals.get("active") or vals.get("state", "closed") != "closed"
        if returning:
            self._check_may_return()
        if vals.get("active"):
            self._check_alone()
        result = super().write(vals)
        # sudo: a native card goes and comes with its member, and what names a member is looked up for all
        if "active" in vals:
            self.sudo().card_id.filtered(lambda card: card.active != vals["active"]).write({"active": vals["active"]})
        if returning:
            self.env["loyalty.member.identity"].sudo()._sync_contact(self.sudo())
        return result

    def _is_barred(self):
        """Whether this person was a member and may not simply join again: closed or archived, and not merged."""
        # sudo: a member of another store is barred all the same
        member = self.sudo()
        return bool(member) and not member.merged_into_id and (member.state == "closed" or not member.active)

    def _check_may_return(self):
        for member in self.filtered("merged_into_id")[:1]:
            raise UserError(member._merged_message())

    def _check_alone(self):
        # sudo: a member of another store serves the customer all the same
        others = self.sudo().search([
            ("program_id", "in", self.program_id.ids),
            ("partner_id", "in", self.partner_id.ids),
            ("id", "not in", self.ids),
        ])
        for other in others[:1]:
            raise UserError(
                self.env._(
                    "%(customer)s is served by another member now: %(member)s. Archive that one first.",
                    customer=other.partner_id.display_name,
                    member=other.display_name,
                )
            )

    # ------------------------------------------------------------------
    # One person, one member
    # ------------------------------------------------------------------

    @api.model
    def _check_newcomers(self, rows, joining=False):
        """Refuse to make members of people who are members already, or were until they were closed or archived.

        :param rows: dicts with ``program_id``, ``partner_id`` and optionally ``phone``
        :param joining: what these rows have may join the customer's own member
        """
        if not all(row.get("partner_id") for row in rows):
            raise UserError(self.env._("Choose the customer who joins: a member always has one."))
        customers, programs = self.env["res.partner"], self.env["loyalty.program"]
        for program in programs.browse({row["program_id"] for row in rows}):
            mine = [row for row in rows if row["program_id"] == program.id]
            keys = self._identity_keys(program, mine)
            known = self._known_by(program, {key for group in keys for key in group})
            seen = {}
            for row, group in zip(mine, keys, strict=True):
                customer = customers.browse(row["partner_id"])
                for member in [known[key] for key in group if key in known][:1]:
                    member._refuse_second(customer, joining)
                twin = next((seen[key] for key in group if key in seen), None)
                if twin and not (joining and twin == customer):
                    self._refuse_twins(customer.display_name, twin.display_name)
                seen.update(dict.fromkeys(group, customer))

    def _refuse_second(self, customer, joining=False):
        """Refuse a second membership of this member, and say what to do instead."""
        # sudo: whoever enrols learns who is a member already, also in another store
        member = self.sudo()
        member._refuse_barred(customer.display_name)
        names = {"member": member.display_name, "customer": customer.display_name}
        if member.partner_id != customer:
            raise UserError(self.env._(
                "The phone or e-mail of %(customer)s is that of another member, %(member)s. Merge the two contacts if they "
                "are one person, else correct the phone or e-mail.", **names,
            ))  # fmt: skip
        if not joining:
            raise UserError(self.env._("%s is a member of this program already.", names["member"]))

    def _refuse_barred(self, name):
        """Refuse whoever would join again under this name."""
        if self._is_barred():
            raise UserError(self.env._(
                "%(member)s is closed or archived, and has the phone, the e-mail or the contact of %(customer)s. "
                "Ask a membership manager to reactivate that member.", member=self.display_name, customer=name,
            ))  # fmt: skip

    @api.model
    def _refuse_twins(self, one, other):
        raise UserError(
            self.env._(
                "%(one)s and %(other)s have the same phone or e-mail, or are one customer: one person is one member.",
                one=one,
                other=other,
            )
        )
