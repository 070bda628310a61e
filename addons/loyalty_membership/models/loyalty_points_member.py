from odoo import models
from odoo.exceptions import UserError

from ..domain.expiry import inactive_on


class LoyaltyPointsMember(models.Model):
    """What the ledger asks of a member."""

    _inherit = "loyalty.member"

    def _check_not_barred(self):
        """Refuse members who neither earn nor spend: frozen, closed and archived ones."""
        # sudo: whoever books for a member of another store is told what bars the booking
        for member in self.sudo():
            if member.state == "active" and member.active:
                continue
            states = dict(member._fields["state"]._description_selection(self.env))
            state = states[member.state] if member.state != "active" else self.env._("Archived")
            raise UserError(self.env._(
                "%(member)s is %(state)s and neither earns nor spends points. Reactivate the member first, or let a "
                "membership manager adjust the balance with a reason.",
                member=member.display_name, state=state.lower(),
            ))  # fmt: skip

    def _adjustment(self, difference, balance):
        """The entry of a balance that somebody changed outside the ledger, as for ``_post``."""
        self.ensure_one()
        return {
            "member_id": self.id,
            "kind": "adjust",
            "points": difference,
            "origin_model": "res.users",
            "origin_id": self.env.uid,
            "expires_on": (difference > 0 and self.program_id._expires_on(self.program_id._today())) or None,
            "note": self.env.context.get("loyalty_note") or self.env._("Balance changed to %s", f"{balance:g}"),
        }

    def _has_ended_points(self):
        """Whether points are past their last day, or all are, for the member has been inactive for too long."""
        self.ensure_one()
        program = self.program_id
        if self.next_expiry_date and self.next_expiry_date < program._today():
            return True
        if program.expiry_policy != "inactivity" or self.points <= 0 or not self.last_movement_at:
            return False
        moved_on = program._local(self.last_movement_at).date()
        return inactive_on(moved_on, program.expiry_number, program.expiry_unit) < program._today()
